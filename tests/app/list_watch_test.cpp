// A job whose lists change while it runs: new entries are in force for what is read afterwards, and a replay decides each record by the entries that
// were in force when it was read.
#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "golden_case.hpp"
#include "job_world.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

constexpr std::string_view kRules = R"(
ruleset: lists
version: 1
inputs:
  payments:
    time: at
    out_of_orderness: 0s
    id: id
    key: account
    fields:
      id:      {type: string, required: true}
      at:      {type: time, required: true}
      account: {type: string, required: true}
      payee:   {type: string, required: true}
parameters: {most: 3}
lists:
  blocked: {owner: tests, file: lists/blocked.csv}
rules:
  - id: BLOCKED
    title: A payment to a blocked payee
    severity: high
    on: payments
    by: account
    facts: {n: {count: true, within: 1h, where: payee in list.blocked}}
    fire: payee in list.blocked
    columns: {n: n}
)";

class ListWorld {
 public:
  ListWorld() : world_(std::string(kRules), {{"payments", {""}}}, settings()) { put(1); }

  // The list has the payees P1 to P`last`.
  void put(int last) {
    std::string text = "value,by\n";
    for (int payee = 1; payee <= last; ++payee) text += fmt::format("P{},alice\n", payee);
    write("lists/blocked.csv", text);
    last_ = last;
  }
  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = std::filesystem::path(world_.directory()) / "rules" / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void pay(int payee) {
    const std::string id = fmt::format("e{}", payments_++);
    world_.append_input("payments", 0,
                        fmt::format(R"({{"id": "{}", "at": {}, "account": "x", "payee": "P{}"}})", id, payments_ * 1000, payee) + "\n");
    if (payee <= last_) expected_.insert(id);
  }

  // Goes through the steps, with time for each to be noticed, and is killed at pauses in between where `kills` says so.
  void go_through(std::vector<std::function<void()>> steps, const std::function<bool()>& kills = [] { return false; }) {
    constexpr int kPausesOfAStep = 20;
    std::size_t step = 0;
    int pauses = 0;
    for (int processes = 0;; ++processes) {
      REQUIRE(processes < 500);
      const JobOutcome outcome = world_.follow([&] {
        if (++pauses % kPausesOfAStep == 0) {
          if (step == steps.size()) return JobWorld::Pause::kStop;
          steps[step++]();
        }
        return kills() ? JobWorld::Pause::kKill : JobWorld::Pause::kGoOn;
      });
      if (!outcome.killed) {
        if (!outcome.result) FAIL(outcome.result.error().text);
        return;
      }
      world_.files().crash(static_cast<FakeLoss>(processes % 3), static_cast<std::uint64_t>(processes));
    }
  }

  [[nodiscard]] std::set<std::string> alerts() const {
    std::set<std::string> ids;
    const OutputTexts outputs = world_.outputs();
    const auto found = outputs.find("alerts-0.jsonl");
    for (std::size_t begin = 0; found != outputs.end() && begin < found->second.size();) {
      const std::size_t end = found->second.find('\n', begin);
      const std::string id = columns_of_row(found->second.substr(begin, end - begin)).at("id");
      CHECK(ids.insert(id.substr(1, id.size() - 2)).second);
      begin = end + 1;
    }
    return ids;
  }
  [[nodiscard]] const std::set<std::string>& expected() const { return expected_; }
  [[nodiscard]] JobWorld& world() { return world_; }

 private:
  static JobSettingTexts settings() {
    return {{"inputs.payments.follow", "true"}, {"epoch.time", "2ms"}, {"checkpoint.every", "0s"},
            {"lists.look_every", "10ms"},       {"idle_after", "1h"},  {"max_skew", "1000d"}};
  }

  JobWorld world_;
  int payments_ = 0;
  int last_ = 0;
  std::set<std::string> expected_;
};

std::vector<std::function<void()>> changing_lists(ListWorld& lists) {
  const auto pay = [&lists] {
    for (int payee = 1; payee <= 4; ++payee) lists.pay(payee);
  };
  return {pay, [&lists] { lists.put(2); }, pay, [&lists] { lists.put(4); }, pay, pay, [&lists] { lists.put(1); }, pay};
}

}  // namespace

TEST_CASE("entries that are put into a list while the job runs are in force for what is read afterwards") {
  ListWorld lists;
  lists.go_through(changing_lists(lists));
  CHECK(lists.alerts() == lists.expected());
  CHECK(lists.expected().size() == 1 + 2 + 4 + 4 + 1);
}

TEST_CASE("each record is decided again by the list that was in force when it was read, whoever was killed when") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    INFO("seed " << seed);
    ListWorld lists;
    if (seed % 2 == 0) lists.world().set("checkpoint.every", "3ms");
    std::uint64_t pauses = 0;
    // Some live for less than a step, some long enough to notice a change and to decide records by it.
    lists.go_through(changing_lists(lists), [&] { return ++pauses % (5 + 4 * seed) == 0; });
    CHECK(lists.alerts() == lists.expected());
  }
}

TEST_CASE("a list with a finding, and a change of anything else, leave a running job as it is") {
  ListWorld lists;
  const auto pay = [&lists] {
    lists.pay(1);
    lists.pay(2);
  };
  const std::string other(kRules);
  lists.go_through({pay, [&] { lists.write("lists/blocked.csv", "value\nP1\nP2\nP2\n"); }, pay,  // twice
                    [&] {
                      lists.write("lists/blocked.csv", "value\nP1\nP2\n");
                      lists.write("ruleset.yaml", "\n# changed\n" + other.substr(0, other.find("parameters")) + "parameters: {most: 4}\n" +
                                                      other.substr(other.find("lists:\n")));
                    },
                    pay});
  CHECK(lists.alerts() == lists.expected());
  CHECK(lists.expected() == std::set<std::string>{"e0", "e2", "e4"});
}

}  // namespace reckoner::testing
