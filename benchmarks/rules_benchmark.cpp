// How the number of rules shows: 6, 100 and 1,000 rules over the same 64 facts of the seed workload, half of whose conditions several rules share; and
// 200 rules over 20 facts beside 20 over the same, whose keys must be of one size. Ratios compare runs of this one call.
//   rules_benchmark [EVENTS [DIRECTORY]]   about 330 bytes of disk an event
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <string_view>

#include "benchmarks/measured_run.hpp"
#include "engine/check.hpp"

namespace reckoner {
namespace {

constexpr std::array<std::string_view, 8> kKinds{"count: true", "sum: amount",         "max: amount",           "min: amount",
                                                 "avg: amount", "distinct: device_id", "distinct: merchant_id", "distinct: country"};
constexpr std::array<std::string_view, 8> kWindows{"5m", "10m", "1h", "2h", "6h", "12h", "24h", "30m"};
constexpr std::array<std::string_view, 7> kCheap{"type == 'card_payment'", "status == 'declined'", "type == 'transfer_out'", "amount > 500.00",
                                                 "channel == 'ecom'",      "country != 'US'",      "type == 'login'"};
constexpr std::uint64_t kAccounts = 10'000;  // few, so that windows hold many events
constexpr std::size_t kSharedConditions = 100;

// A condition on a fact of the kind that seldom holds, with a bound of its own.
std::string condition(std::mt19937_64& random, std::size_t facts) {
  const std::size_t fact = random() % facts;
  const auto bound = [&](std::uint64_t low, std::uint64_t high) { return low + random() % (high - low); };
  switch (fact % kKinds.size()) {
    case 0:
      return fmt::format("f{} >= {}", fact, bound(2'000, 9'000));
    case 3:
      return fmt::format("f{} < 0.0{}", fact, bound(1, 9));
    case 5:
    case 6:
      return fmt::format("f{} >= {}", fact, bound(900, 1'900));
    case 7:
      return fmt::format("f{} >= {}", fact, bound(9, 90));
    default:
      return fmt::format("f{} >= {}.00", fact, bound(900'000, 9'000'000));
  }
}

// The seed rule set's inputs, `facts` facts and `rules` rules. The path of its job file.
std::string write_rules(const std::string& directory, std::size_t rules, std::size_t facts) {
  const std::filesystem::path source = RECKONER_SOURCE_DIR "/examples/seed";
  const std::filesystem::path to = fmt::format("{}/rules_{}_{}", directory, rules, facts);
  std::filesystem::remove_all(to);
  std::filesystem::create_directories(to / "rules");
  std::filesystem::copy(source / "job.yaml", to);
  std::stringstream whole;
  whole << std::ifstream(source / "ruleset.yaml").rdbuf();
  std::string text = whole.str().substr(0, whole.str().find("\nfacts:")) + "\nfacts:\n";
  for (std::size_t fact = 0; fact < facts; ++fact) {
    const std::size_t where = (fact * 5 + fact / 8) % (kCheap.size() + 1);
    text += fmt::format("  f{}: {{on: events, {}, within: {}{}}}\n", fact, kKinds[fact % kKinds.size()], kWindows[fact / 8 % kWindows.size()],
                        where == kCheap.size() ? "" : fmt::format(", where: \"{}\"", kCheap[where]));
  }
  std::ofstream(to / "ruleset.yaml") << text;
  std::mt19937_64 random(1);
  std::vector<std::string> shared;
  shared.reserve(kSharedConditions);
  for (std::size_t i = 0; i < kSharedConditions; ++i) shared.push_back(condition(random, facts));
  for (std::size_t rule = 0; rule < rules; ++rule) {
    const std::string_view cheap = kCheap[random() % kCheap.size()];
    const std::string& common = shared[random() % shared.size()];
    std::ofstream(to / "rules" / fmt::format("{}.yaml", rule))
        << fmt::format("id: R{}\ntitle: Made for measuring\nseverity: low\non: events\nby: account_id\nfire: {} and {} and {}\n", rule, cheap, common,
                       condition(random, facts));
  }
  return (to / "job.yaml").string();
}

void run_all(std::uint64_t events, const std::string& directory) {
  const std::string input = generate(directory + "/events.jsonl", events, kAccounts, false);
  const auto run = [&](std::size_t rules, std::size_t facts) {
    const std::string job = write_rules(directory, rules, facts);
    const Measured measured = in_child(1, [&] { return run_job(job, input, directory + "/run", events, 1, {"checkpoint.every=24h"}); });
    report(fmt::format("{} rules over {} facts, one core", rules, facts), measured);
    return measured;
  };
  const Measured six = run(6, 64);
  const Measured hundred = run(100, 64);
  const Measured thousand = run(1000, 64);
  const Measured few = run(20, 20);
  const Measured many = run(200, 20);
  fmt::print("\n100 rules take {:.2f} times as long as 6, 1,000 take {:.2f} times\n", six.rate() / hundred.rate(), six.rate() / thousand.rate());
  fmt::print("a key has {} bytes and {} in windows with 20 rules over 20 facts, {} and {} with 200\n", few.key_bytes / few.keys,
             few.ring_bytes / few.keys, many.key_bytes / many.keys, many.ring_bytes / many.keys);
  std::filesystem::remove_all(directory + "/run");
  std::filesystem::remove(input);
}

}  // namespace
}  // namespace reckoner

int main(int arguments, char** values) {
  const std::uint64_t events = arguments > 1 ? std::strtoull(values[1], nullptr, 10) : 1'000'000;
  const std::string directory = arguments > 2 ? values[2] : std::filesystem::temp_directory_path() / "reckoner-bench-rules";
  std::filesystem::create_directories(directory);
  reckoner::run_all(events, directory);
}
