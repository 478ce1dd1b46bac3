// `reckoner test`: what passes, what fails and how it says so, and what a file of tests may not say.
#include "app/test_session.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/scratch_directory.hpp"

namespace reckoner::testing {

namespace {

constexpr std::string_view kRuleSet = R"(ruleset: tested
version: 1
inputs:
  events:
    time: at
    out_of_orderness: 5s
    id: event_id
    dedupe: {within: 1h}
    key: account
    fields:
      event_id: {type: string, required: true}
      at:       {type: time, format: rfc3339, required: true}
      account:  {type: string, required: true}
      amount:   {type: money, currency: USD, scale: 2, required: true}
      note:     {type: string, path: extra.note}
totals:
  per_minute:
    on: events
    by: account
    window: 1m
    allowed_lateness: 0s
    measures: {count: {count: true}}
)";

constexpr std::string_view kRule = R"(id: R1
title: Three within a minute
severity: high
on: events
by: account
facts:
  n:     {count: true, within: 1m}
  spent: {sum: amount, within: 1m}
fire: n >= 3 and amount > 1 USD
say: "{n} within a minute"
)";

class Folder {
 public:
  // `more` comes at the end of ruleset.yaml.
  explicit Folder(const std::string& tests, const std::string& more = {}) {
    write("ruleset.yaml", std::string(kRuleSet) + more);
    write("rules/R1.yaml", std::string(kRule));
    write("rules/R1.test.yaml", "defaults: {events: {account: A, amount: 5.00 USD}}\ntests:\n" + tests);
  }
  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = scratch_.path() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream stream(scratch_.path() / name, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
  }
  [[nodiscard]] TestSession run(const TestSelection& selection = {}) const {
    FakeClock clock;
    auto session = run_tests(scratch_.path().string(), selection, clock);
    REQUIRE(session.has_value());
    return std::move(*session);
  }
  [[nodiscard]] std::string path() const { return scratch_.path().string(); }

 private:
  ScratchDirectory scratch_;
};

// Everything that failed, without the folder.
std::string failures_of(const TestSession& session) {
  std::string text = session.findings;
  for (const std::string& failure : session.result.failure_texts) text += failure;
  for (std::size_t at = text.find(session.result.folder + "/"); at != std::string::npos; at = text.find(session.result.folder + "/", at))
    text.erase(at, session.result.folder.size() + 1);
  return text;
}

std::string outcome_of(const std::string& tests) { return failures_of(Folder(tests).run()); }

}  // namespace

TEST_CASE("a test that comes out as written passes, whatever happens to the process in between") {
  CHECK(outcome_of(R"(
  - name: fires at the third
    steps:
      - {at: "10:00", send: {events: {}}, times: 2, every: 10s, expect: []}
      - {crash: restore_last_checkpoint}
      - {at: "10:00:30", send: {events: {note: hi}}, expect: [{rule: R1, account: A, n: 3, spent: 15 USD, amount: 5.0, note: hi, severity: high}]}
      - {crash: restore_last_checkpoint}
      - {replay: from_start}
      - {at: "10:00:31", send: {events: {}}, expect: [{rule: R1, n: 4}]}
      - {duplicate: last, expect: {duplicates: [{input: events}], alerts: []}}
      - {at: "10:02", send: {events: {account: B}}, expect: {totals: [{account: A, count: 4}], values: {n: 1, spent: 5.00 USD}}}
)")
            .empty());
}

TEST_CASE("a test that does not come out as written shows expected beside got and what the rule saw at each step") {
  CHECK(outcome_of(R"(
  - name: one too many
    steps:
      - {at: "10:00", send: {events: {}}, times: 2, every: 10s}
      - {at: "10:00:30", send: {events: {}}, expect: [{rule: R1, n: 4}]}
)") == R"(FAIL rules/R1.test.yaml:4:11: one too many
  step 2 (line 7): alerts are not as expected
    ! expected  {rule: R1, n: 4}
    ! got       {rule: R1, n: 3}
    R1, at the last record that it saw in each step:
      step  time          n  spent      n >= 3  amount > 1.00 USD  fires
      1     10:00:10.000  2  10.00 USD  false   true               no
      2     10:00:30.000  3  15.00 USD  true    true               yes
)");
}

TEST_CASE("an alert or a rejected record that no step expects fails a test, and silence that was expected too") {
  const std::string alert = outcome_of("  - {name: a, steps: [{at: \"10:00\", send: {events: {}}, times: 3}]}\n");
  CHECK(alert.find("step 1 (line 3): alerts that no step expects\n    ! expected  nothing\n    ! got       {rule: R1, say: 3 within a minute}\n") !=
        std::string::npos);
  const std::string rejected = outcome_of("  - {name: a, steps: [{send: {events: '{\"event_id\": 5}'}}]}\n");
  CHECK(rejected.find("dead_letters that no step expects") != std::string::npos);
  const std::string silent = outcome_of("  - {name: a, steps: [{send: {events: {}}, expect: [{rule: R1}]}]}\n");
  CHECK(silent.find("! expected  {rule: R1}\n    ! got       nothing\n") != std::string::npos);
  CHECK(outcome_of("  - {name: a, steps: [{at: \"10:00\", send: {events: {}}, times: 3, expect: any}]}\n").empty());
}

TEST_CASE("a test in which limits are in the way says which, and how often, and a step may expect them") {
  const std::string limits = "limits: {max_keys: 2, max_per_key: 2}\n";
  const std::string keys = "[{account: A}, {account: B}, {account: C}, {account: D}]";
  const std::string refused = "limits.max_keys (2) was reached: 2 records of new keys by account came to no rule, score or total\n";
  const std::string truncated = "limits.max_per_key (2) was reached: R1 was unknown 1 time, since older records of the key were let go\n";

  const Folder passing("  - {name: a, steps: [{at: \"10:00\", send: {events: " + keys + "}}, {send: {events: {}}, times: 2}]}\n", limits);
  const TestSession passed = passing.run();
  CHECK(failures_of(passed).empty());
  CHECK(limits_text("F", passed.result.verdicts.front()) == "NOTE F/rules/R1.test.yaml:3:12: a\n  " + refused + "  " + truncated);

  const Folder failing("  - {name: a, steps: [{at: \"10:00\", send: {events: {}}, times: 3, expect: [{rule: R1}]}]}\n", limits);
  CHECK(failures_of(failing.run()).find("got       nothing\n  " + truncated) != std::string::npos);

  const Folder expecting("  - {name: a, steps: [{at: \"10:00\", send: {events: " + keys + "}, expect: {limits: {max_keys: 2}}}, " +
                             "{replay: from_start}, {send: {events: {}}, times: 2, expect: {limits: {max_per_key: 1}}}]}\n",
                         limits);
  const TestSession expected = expecting.run();
  CHECK(failures_of(expected).empty());
  CHECK(limits_text("F", expected.result.verdicts.front()).empty());

  const Folder mistaken("  - {name: a, steps: [{at: \"10:00\", send: {events: " + keys + "}, expect: {limits: {max_keys: 1}}}]}\n", limits);
  const TestSession wrong = mistaken.run();
  CHECK(failures_of(wrong).find("limits are not as expected\n    ! expected  {max_keys: 1, max_per_key: 0}\n" +
                                std::string("    ! got       {max_keys: 2, max_per_key: 0}\n")) != std::string::npos);
  REQUIRE(wrong.edits.size() == 1);
  CHECK(wrong.edits.front().text == " {limits: {max_keys: 2, max_per_key: 0}}");

  const Folder pattern("  - {name: a, steps: [{at: \"10:00\", send: {events: {}}, expect: {limits: {}}}, " +
                       std::string("{send: {events: {}}, times: 2, expect: {limits: {max_per_key: 2}}}]}\n"));
  pattern.write("rules/R1.yaml",
                "id: R1\ntitle: Two\nseverity: low\non: events\nby: account\nfacts:\n"
                "  pair: {sequence: [{name: one}, {name: two, where: amount > 9 USD}], within: 1h, max_open: 1}\nfire: pair\n");
  const TestSession let_go = pattern.run();
  CHECK(failures_of(let_go).empty());
  REQUIRE(let_go.result.verdicts.size() == 1);
  CHECK(let_go.result.verdicts.front().limits.lines ==
        std::vector<std::string>{"limits.max_per_key (2000) or max_open was reached: 'pair' let 2 records or attempts go"});
}

TEST_CASE("values of facts are compared at the last record of a step") {
  const std::string text = outcome_of("  - {name: a, steps: [{send: {events: {}}, times: 2, every: 61s, expect: {values: {n: 2, spent: 5 EUR}}}]}\n");
  CHECK(text.find("! expected  n: 2\n    ! got       n: 1\n") != std::string::npos);
  CHECK(text.find("! expected  spent: 5 EUR\n    ! got       spent: 5.00 USD\n") != std::string::npos);
}

TEST_CASE("event time goes on with the clock when nothing comes") {
  CHECK(outcome_of(R"(
  - name: idle
    steps:
      - {at: "10:00", send: {events: {}}}
      - {idle: 40s, expect: {totals: []}}
      - {idle: 20s, expect: {totals: [{account: A, window_start: "10:00", window_end: "10:01", count: 1}]}}
)")
            .empty());
}

TEST_CASE("a shuffle finds what depends on the order of records") {
  const std::string steps = R"(
    steps:
      - {at: "10:00", send: {events: {}}, times: 2, every: 2s}
      - {at: "10:00:04", send: {events: {amount: 9 USD}}, expect: [{rule: R1, n: 3, amount: 9 USD}]}
)";
  CHECK(outcome_of("  - name: apart\n    shuffle: {within: 1s, seeds: 10}" + steps).empty());
  const std::string text = outcome_of("  - name: close\n    shuffle: {within: 30s, seeds: 10}" + steps);
  CHECK(text.find("alerts depend on the order of records: seed ") != std::string::npos);
  CHECK(text.find("! expected, not got  {rule: R1, n: 3, amount: 9 USD}") != std::string::npos);
}

TEST_CASE("every mistake in a file of tests is a finding with its place, and all of them are told at once") {
  const std::string text = outcome_of(R"(
  - name: wrong
    step: []
    steps:
      - {at: noon, send: {event: {}}}
      - {at: "10:00", send: {events: {acount: A, amount: 5 EUR, at: late}}, every: 5s}
      - {idle: 10m, crash: now}
      - {send: {events: {account: ~}}, expect: [{rul: R1}, {rule: R2}, {rule: R1, spend: 5}]}
      - {expect: {alarms: [], values: {m: 3}}}
  - {name: wrong, steps: []}
)");
  for (const std::string_view finding :
       {"rules/R1.test.yaml:5:5: error: a test has no key 'step'; did you mean 'steps'? [unknown-key]\n        step: []\n        ^~~~\n",
        "rules/R1.test.yaml:7:14: error: 'noon' is no moment; ", "rules/R1.test.yaml:7:27: error: no input is named 'event'; did you mean 'events'?",
        "'acount' is no field of input 'events'; did you mean 'account'?", "'amount' is money", "'at' is time, this is 'late'",
        "'every' without 'times'; say how often", "'crash' in a step that has 'idle'; make it a step of its own",
        "'now' is none of the words allowed here", "'account' is required, so it cannot be null", "an expected alert names its rule; add rule: R1",
        "no rule has the id 'R2'; did you mean 'R1'?", "an alert of R1 has no column, fact or field 'spend'; did you mean 'spent'?",
        "the step does nothing; add send", "'expect' has no key 'alarms'; did you mean 'alerts'?",
        "facts have values at a record, and this step sends none", "another test is named 'wrong'", "the test does nothing; add a step"}) {
    INFO(text);
    INFO(finding);
    CHECK(text.find(finding) != std::string::npos);
  }
}

TEST_CASE("an update writes what came and leaves the rest of the file alone") {
  const Folder folder(R"(
  - name: a  # kept
    steps:
      - {at: "10:00", send: {events: {}}, times: 3, every: 1s}
      - at: "10:00:10"
        send: {events: {}}
        expect: [{rule: R1, n: 9, spent: 1 USD}]  # kept too
      - {at: "10:00:11", send: {events: {}}, expect: {alerts: any, values: {n: 7}}}
      - at: "10:00:12"
        send: {events: {}}
        expect:
          - {rule: R1, n: 1}
          - {rule: R1, n: 2}
      - at: "10:00:13"
        send: {events: {}}
)");
  TestSession session = folder.run();
  REQUIRE(write_edits(folder.path(), std::move(session.edits)).has_value());
  CHECK(folder.read("rules/R1.test.yaml") == R"(defaults: {events: {account: A, amount: 5.00 USD}}
tests:

  - name: a  # kept
    steps:
      - {at: "10:00", send: {events: {}}, times: 3, every: 1s, expect: [{rule: R1}]}
      - at: "10:00:10"
        send: {events: {}}
        expect: [{rule: R1, n: 4, spent: 20.00 USD}]  # kept too
      - {at: "10:00:11", send: {events: {}}, expect: {alerts: any, values: {n: 5}}}
      - at: "10:00:12"
        send: {events: {}}
        expect: [{rule: R1, n: 6}]
      - at: "10:00:13"
        send: {events: {}}
        expect: [{rule: R1}]
)");
  CHECK(failures_of(folder.run()).empty());
}

TEST_CASE("coverage names rules, branches and facts that no test took") {
  const TestSession session = Folder("  - {name: a, steps: [{send: {events: {}}}]}\n").run();
  CHECK(session.coverage == "0 of 1 rules fired, 2 of 4 branches of fire, 2 of 2 facts");
  CHECK(session.uncovered == std::vector<std::string>{"rules/R1.yaml:1: R1 never fires", "rules/R1.yaml:1: R1: never true: n >= 3",
                                                      "rules/R1.yaml:1: R1: never false: amount > 1.00 USD"});
}

TEST_CASE("a filter runs some tests, and the report for machines has all that ran") {
  const Folder folder(
      "  - {name: first & best, steps: [{send: {events: {}}}]}\n  - {name: second, steps: [{send: {events: {}}, expect: [{rule: R1}]}]}\n");
  const TestSession one = folder.run({{}, "second"});
  CHECK(one.result.verdicts.size() == 1);
  CHECK(one.coverage.empty());
  std::vector<TestFolderResult> results;
  TestSession all = folder.run();
  results.push_back(std::move(all.result));
  const std::string report = junit_text(results);
  CHECK(report.find("tests=\"2\" failures=\"1\"") != std::string::npos);
  CHECK(report.find("name=\"first &amp; best\"") != std::string::npos);
  CHECK(report.find("<failure message=\"alerts are not as expected\">") != std::string::npos);
}

TEST_CASE("the tests of card-fraud pass and take every rule, branch and fact") {
  FakeClock clock;
  const auto session = run_tests(RECKONER_SOURCE_DIR "/examples/card-fraud", {}, clock);
  REQUIRE(session.has_value());
  CHECK(failures_of(*session).empty());
  CHECK(session->result.verdicts.size() >= 30);
  CHECK(session->uncovered.empty());
}

}  // namespace reckoner::testing
