// Damaged rule sets and expressions: whatever the bytes, the answer is a plan or findings, never a crash, and never one without the other.
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "rule_set_text.hpp"
#include "rules/expression_parser.hpp"
#include "rules/load.hpp"
#include "support/scratch_directory.hpp"

namespace reckoner {

namespace {

// splitmix64 with a fixed seed: the same damage in every run.
class Sequence {
 public:
  explicit Sequence(std::uint64_t seed) : state_(seed) {}
  std::size_t below(std::size_t bound) {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return static_cast<std::size_t>((z ^ (z >> 31U)) % bound);
  }

 private:
  std::uint64_t state_;
};

const std::vector<std::string> kPieces{"[",  "]",       "{",    "}",      "(",      ")",      "'",    "\"",
                                       ":",  ": ",      "- ",   "\n",     "\n  ",   " ",      ",",    "#",
                                       "|",  ">",       "&a",   "*a",     "!!str ", "<<",     "? ",   "%",
                                       "~",  "null",    "017",  "0x1",    "1_000",  "1:30",   "1e9",  "9223372036854775807",
                                       "-",  "--",      "and ", "or ",    "not ",   " in ",   "==",   "<",
                                       ">=", "//",      "%",    "param.", "score.", "amount", "min(", "if(",
                                       "5m", "200 USD", "EUR",  "true",   "\\",     "\\x",    "\xff", "\xc3",
                                       "\t", "\0"};

std::string damaged(std::string text, Sequence& sequence) {
  const std::size_t edits = 1 + sequence.below(4);
  for (std::size_t i = 0; i < edits; ++i) {
    const std::size_t at = sequence.below(text.size() + 1);
    const std::size_t length = std::min(sequence.below(12), text.size() - at);
    switch (sequence.below(5)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, kPieces[sequence.below(kPieces.size())]);
        break;
      case 2:
        text.insert(at, text.substr(at, length));
        break;
      case 3:
        text.replace(at, length, kPieces[sequence.below(kPieces.size())]);
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(sequence.below(256));
        break;
    }
    if (text.empty()) text = " ";
  }
  return text;
}

const std::string kFacts =
    "n: {count: true, within: 60s, where: \"type == 'card_payment'\"}\nspent: {sum: amount, within: 1h}\nold: {previous: type}";

}  // namespace

TEST_CASE("a damaged rule set gives a plan or findings") {
  const std::string sound = testing::with_rules(testing::rule_text("R1", "n >= param.burst and spent in [5, 10.5) and old != 'transfer_in'", kFacts,
                                                                   "    say: \"{n} of {spent}\"\n    columns: {score: score.s}\n"),
                                                "scores:\n  s:\n    on: events\n    by: account_id\n    recompute: event\n    start: 100\n    parts: "
                                                "{p: \"if(ok, 0, -10)\"}\n    bands: {good: 80, poor: 0}\n    initial_band: good\n"
                                                "totals:\n  t:\n    on: events\n    by: account_id\n    window: 5m\n    allowed_lateness: 0s\n    "
                                                "measures:\n      count: {count: true}\n      rate: {derive: count / 5}\n");
  REQUIRE(load_resolved(sound).plan);
  Sequence sequence(20260101);
  std::size_t sound_still = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string text = damaged(sound, sequence);
    const LoadResult result = load_resolved(text);
    if (result.plan.has_value() != result.diagnostics.empty()) FAIL("neither or both:\n" << text);
    sound_still += result.plan ? 1U : 0U;
    for (const Diagnostic& diagnostic : result.diagnostics) {
      if (to_text(diagnostic).empty()) FAIL("a finding without text:\n" << text);
    }
  }
  CHECK(sound_still > 0);
  CHECK(sound_still < 2000);
}

TEST_CASE("damaged environments give a plan or findings") {
  const std::string base = testing::with_rules(testing::rule_text("R1", "n >= param.burst", kFacts, "    dedup: device_id\n    hold: 1h\n"),
                                               "lists:\n  seen: {owner: risk, entries: \"value\\nD1\\n\"}\nmacros: {large: amount > 5.00}\n");
  const std::string environments =
      "environments:\n  north:\n    parameters: {burst: 3}\n    rules: {R1: {severity: high, facts: {n: {count: true, within: 5s}}, add: {dedup: "
      "type}}}\n"
      "    lists: {seen: {entries: \"value\\nD2\\n\"}}\n  south:\n    rules: {R1: {replace: {dedup: [type], facts: {n: {count: true, within: "
      "5s}}}}}\n"
      "    add:\n      parameters: {few: 2}\n      lists: {more: {owner: risk, entries: \"value\\nD3\\n\"}}\n      rules:\n"
      "        - {id: R2, title: T, severity: low, on: events, by: account_id, fire: age > param.few and device_id in list.more}\n";
  const testing::ScratchDirectory folder;
  const auto linted = [&](const std::string& text) {
    std::ofstream(folder.inner("ruleset.yaml"), std::ios::binary) << text;
    return lint_rule_set(folder.path().string());
  };
  REQUIRE(linted(base + environments).plan);
  Sequence sequence(31);
  std::size_t sound_still = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string text = (i % 4 == 0 ? damaged(base, sequence) : base) + damaged(environments, sequence);
    const LoadResult result = linted(text);
    const bool has_errors = std::any_of(result.diagnostics.begin(), result.diagnostics.end(),
                                        [](const Diagnostic& one) { return diagnostic_info(one.code).level == DiagnosticLevel::kError; });
    if (result.plan.has_value() == has_errors) FAIL("neither or both:\n" << text);
    sound_still += result.plan ? 1U : 0U;
    for (const std::string& name : result.environments) {
      const LoadResult there = load_rule_set(folder.path().string(), name);
      if (there.plan && load_resolved(there.resolved).plan.value_or(Plan{}).hash != there.plan->hash) FAIL("does not load again:\n" << text);
    }
  }
  CHECK(sound_still > 0);
  CHECK(sound_still < 1000);
}

TEST_CASE("a damaged expression is parsed or refused inside its text") {
  const std::vector<std::string> sound{"type == 'card_payment' and n >= param.burst", "amount in [9000.00, 10000.00) or not known(old)",
                                       "10 * went >= 9 * came", "-min(40, 8 * declined) + if(a < 100.00, -10, 0) // 5 % 3",
                                       "fee > 200.00 USD and gap in (0s, 15m] and x in ['a', 'b', 'c']"};
  Sequence sequence(7);
  std::size_t accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string text = damaged(sound[sequence.below(sound.size())], sequence);
    const auto tree = parse_expression(text);
    if (tree)
      ++accepted;
    else if (tree.error().position > text.size())
      FAIL(text);
  }
  CHECK(accepted > 100);
  CHECK(accepted < 19000);
}

TEST_CASE("a damaged expression inside a rule set gives a plan or findings") {
  const std::vector<std::string> sound{"type == 'card_payment' and n >= param.burst", "amount in [9000.00, 10000.00) or not known(old)",
                                       "10 * spent >= 9 * amount", "clamp(n, 1, 9) - if(amount < 100.00, -10, 0) // 5 % 3 > age / 7",
                                       "fee > 200.00 USD and n * 5m in (0s, 15m] and device_id in ['a', 'b', 'c']"};
  Sequence sequence(11);
  for (int i = 0; i < 3000; ++i) {
    std::string fire = damaged(sound[sequence.below(sound.size())], sequence);
    std::string quoted;
    for (const char letter : fire) quoted += letter == '\'' ? std::string("''") : std::string(1, letter);
    const std::string text = testing::with_rules(
        "  - id: R1\n    title: A rule\n    severity: low\n    on: events\n    by: account_id\n    facts:\n        n: {count: true, within: 60s}\n   "
        "     spent: {sum: amount, within: 1h}\n        old: {previous: type}\n    fire: '" +
        quoted + "'\n");
    const LoadResult result = load_resolved(text);
    if (result.plan.has_value() != result.diagnostics.empty()) FAIL("neither or both:\n" << text);
  }
}

}  // namespace reckoner
