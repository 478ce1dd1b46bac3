// The events of the demos: generated once, and read back in the order in which they would have happened.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/generate_card_fraud.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

inline constexpr std::array<std::string_view, 3> kDemoInputs = {"transactions", "logins", "account_changes"};
inline constexpr std::array<std::string_view, 3> kDemoIdFields = {"transaction_id", "login_id", "change_id"};

// Removes what is in the directory, generates the events into its `data`, and says so.
[[nodiscard]] Result<CardFraudCounts> make_demo_data(Files& files, const std::string& directory);
[[nodiscard]] std::string demo_data_directory(const std::string& directory);

struct DemoEvent {
  std::size_t input = 0;  // in kDemoInputs
  std::string key;        // its account; "?" = it says none
  std::string id;         // empty = it says none
  std::string line;
};
// All of them: merged by time, each file in its own order.
[[nodiscard]] Result<std::vector<DemoEvent>> read_demo_events(Files& files, const std::string& directory);

}  // namespace reckoner
