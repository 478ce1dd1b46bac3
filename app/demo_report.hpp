// The closing table of the demos: what became of the records, totals, score bands, alerts against the truth, some alerts explained.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/generate_card_fraud.hpp"
#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"
#include "engine/outputs.hpp"

namespace reckoner {

// Visits all committed rows of an output; an account's in their order.
using DemoRows = std::function<Result<void>(OutputId output, const std::function<void(std::string_view row)>& visit)>;
[[nodiscard]] DemoRows rows_of_files(Files& files, const std::string& outputs_directory);

struct DemoFacts {
  std::string data;  // directory of the generated files
  DemoRows rows;
  CardFraudCounts expected;
  std::uint32_t accounts = 0;
  std::vector<Conservation> found;  // by input: transactions, logins, account changes, in the order of `expected`
};

// Of every committed byte of the outputs.
[[nodiscard]] Result<std::uint64_t> digest_of_outputs(const DemoRows& rows);
// Of totals, scores and alerts in any order, without what tells positions in files or topics.
[[nodiscard]] Result<std::uint64_t> digest_of_content(const DemoRows& rows);

// Prints to standard output. False = some record is in another bucket than the generator put it.
[[nodiscard]] Result<bool> print_demo_report(Files& files, const DemoFacts& facts);

}  // namespace reckoner
