// Money that comes back to where it started: a record that closes a cycle of transfers is a record of a derived input. A cycle is time-respecting:
// each transfer leaves where the one before arrived, no earlier than it (equal times: in recorded order), all within the span that ends at the
// closing one, and passes through no account twice.
//
// Transfers of the span are kept by the account that they reached, and each new one looks back from where it left: a depth-first search, fewest hops
// first, newest transfers first, the textbook way (Cormen et al., Introduction to Algorithms, section 20.3) under two bounds: kept transfers,
// and steps of one search.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/derived_source.hpp"
#include "operators/plan.hpp"

namespace reckoner {

class CycleWatch final : public DerivedSource {
 public:
  // `cycles`: the number of the derived input whose records are made.
  CycleWatch(const Plan& plan, InputId cycles);

  void see(const Round& round, DerivedRecords& into) override;
  [[nodiscard]] std::string state() const override;
  void restore(std::string_view state) override;
  [[nodiscard]] std::vector<std::string> left_out() const override;

  // Fields of its records besides those of the closing transfer.
  static constexpr std::string_view kHops = "hops";
  static constexpr std::string_view kPath = "path";  // "A > B > C > A", from the first transfer on
  static constexpr std::string_view kBegan = "first_event_time";

 private:
  struct Transfer {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::int64_t event_time = 0;
    std::int64_t amount = 0;
  };
  struct Account {
    std::string name;
    std::deque<std::uint64_t> reached_by;  // numbers of transfers, ascending
    std::uint32_t uses = 0;                // transfers that it is an end of
  };

  [[nodiscard]] bool sees(const Round& round, std::size_t row) const;
  [[nodiscard]] const Transfer& transfer(std::uint64_t number) const { return transfers_[number - first_]; }
  std::uint32_t account(std::string_view name);
  void release(std::uint32_t number);
  void add(std::string_view from, std::string_view to, std::int64_t event_time, std::int64_t amount);
  void forget_first();
  void forget_old(std::int64_t event_time);
  [[nodiscard]] bool find_cycle();
  [[nodiscard]] bool go_back(std::uint64_t later, std::uint32_t hops);
  [[nodiscard]] bool can_precede(std::uint64_t number, std::uint64_t later) const;
  void tell(const Round& round, std::size_t row, DerivedRecords& into) const;

  CyclePlan plan_;
  InputId cycles_;
  std::size_t kind_;                                                    // that transfers are handed on to, where they are
  Schema schema_;                                                       // of its records
  std::function<void(KeyedBlock&, std::vector<std::uint8_t>&)> fails_;  // empty = all records are transfers
  std::int64_t disorder_ms_;

  std::deque<Transfer> transfers_;         // in recorded order
  std::uint64_t first_ = 0;                // number of the first of them
  std::optional<std::int64_t> newest_ms_;  // event time of any transfer, kept or not
  std::vector<Account> accounts_;
  std::vector<std::uint32_t> spare_;  // places in accounts_
  std::map<std::string, std::uint32_t, std::less<>> places_;

  std::vector<std::uint64_t> path_;  // of the search at hand: from the closing transfer back
  std::uint64_t steps_ = 0;
  std::uint64_t given_up_ = 0;  // searches, in this run
  std::uint64_t dropped_ = 0;   // transfers of the span, for want of room, in this run
};

}  // namespace reckoner
