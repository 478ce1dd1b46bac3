// The keys of files with tests.
#include <array>

#include "rules/map_forms.hpp"

namespace reckoner {

namespace {

constexpr std::array<std::string_view, 1> kDuplicate{"last"};
constexpr std::array<std::string_view, 1> kCrash{"restore_last_checkpoint"};
constexpr std::array<std::string_view, 1> kReplay{"from_start"};

KeyInfo key(std::string_view name, ValueForm form, std::string_view meaning, bool required = false) { return {name, form, required, meaning}; }

}  // namespace

const MapForm& test_file_form() {
  static const KeyInfo tests{"tests", ValueForm::kListOfMaps, true, "the tests", {}, 0, 0, test_form};
  static const MapForm form{
      "test_file",
      "a file of tests",
      "`rules/NAME.test.yaml`, beside `rules/NAME.yaml` and about its rule; or `tests/*.yaml`, about all rules.",
      {key("description", ValueForm::kText, "for people"),
       key("start", ValueForm::kMoment, "the day and time that moments such as `10:00` belong to, 2026-01-01T00:00:00Z unless given"),
       key("rules", ValueForm::kTexts, "whose alerts are looked at, by id"),
       key("defaults", ValueForm::kFieldValues, "fields that records of an input have unless they say otherwise"), tests}};
  return form;
}

const MapForm& test_defaults_form() {
  static const MapForm form{
      "test_defaults",
      "a file of defaults",
      "`tests/defaults.yaml`: what all files of tests have in common.",
      {key("description", ValueForm::kText, "for people"), key("start", ValueForm::kMoment, "as in a file of tests"),
       key("rules", ValueForm::kTexts, "as in a file of tests"), key("defaults", ValueForm::kFieldValues, "as in a file of tests")}};
  return form;
}

const MapForm& test_form() {
  static const KeyInfo steps{"steps", ValueForm::kListOfMaps, true, "what happens, in order", {}, 0, 0, step_form};
  static const KeyInfo shuffle{
      "shuffle", ValueForm::kMap, false, "runs it again with records in other orders; all of it together must come out the same", {}, 0,
      0,         shuffle_form};
  static const MapForm form{
      "test",
      "a test",
      "A test: a job of its own, from nothing.",
      {key("name", ValueForm::kText, "a sentence about what it shows", true), key("start", ValueForm::kMoment, "as in the file, for this test"),
       key("rules", ValueForm::kTexts, "as in the file, for this test"), key("defaults", ValueForm::kFieldValues, "on top of those of the file"),
       steps, shuffle}};
  return form;
}

const MapForm& step_form() {
  static const MapForm form{
      "step",
      "a step",
      "A step. What it sends is read and decided before its `expect` is looked at and before the next step.",
      {key("at", ValueForm::kMoment, "event time of its records: `10:00`, `10:00:30.250`, `+5m` after the record before, or a full date and time"),
       key("send", ValueForm::kRecords, "records, by input; `{n}` in a value is 1, 2, ... of `times`"),
       {"times", ValueForm::kInteger, false, "how often it is sent", {}, 1, 100'000},
       key("every", ValueForm::kDuration, "event time between two of `times`"),
       {"duplicate", ValueForm::kWord, false, "sends the records of the step that last sent some again, to the byte", kDuplicate},
       key("idle", ValueForm::kDuration, "for so long nothing arrives: silent inputs hold nothing back, and event time goes on with the clock"),
       {"crash", ValueForm::kWord, false, "the process dies and comes back from the last checkpoint, replaying what was decided since", kCrash},
       {"replay", ValueForm::kWord, false, "the process dies and all of its state is lost; it replays everything, which must give the same rows",
        kReplay},
       {"expect",
        ValueForm::kExpectation,
        false,
        "what must come out: a list is of alerts; `any` lets any alert pass; without it, the step must raise none",
        {},
        0,
        0,
        expectation_form}}};
  return form;
}

const MapForm& shuffle_form() {
  static const MapForm form{"shuffle",
                            "'shuffle'",
                            "Other orders of the records between two steps that are no records.",
                            {key("within", ValueForm::kDuration, "a record comes at most so much later than by its time", true),
                             {"seeds", ValueForm::kInteger, true, "how many orders", {}, 1, 1000}}};
  return form;
}

const MapForm& expected_limits_form() {
  static const MapForm form{"expected_limits",
                            "'limits'",
                            "How often the rule set's `limits` are in the way in a step; 0 unless given.",
                            {{"max_keys", ValueForm::kInteger, false, "records of new keys that nothing looks at", {}, 0, kLimitCountMax},
                             {"max_per_key",
                              ValueForm::kInteger,
                              false,
                              "rules and scores that are unknown for want of older records, and what patterns let go",
                              {},
                              0,
                              kLimitCountMax}}};
  return form;
}

const MapForm& expectation_form() {
  static const MapForm form{
      "expectation",
      "'expect'",
      "What must come out. A row names the columns that matter; all rows are listed, in order.",
      {key("alerts", ValueForm::kRows, "with `rule`, columns of the alert, facts of the rule and fields of the record that set it off"),
       key("values", ValueForm::kValues, "facts as `NAME` or `RULE.NAME` and scores as `score.NAME`, at the last record of the step"),
       key("totals", ValueForm::kRows, "rows of totals whose window became final"),
       key("scores", ValueForm::kRows, "rows of scores whose band changed"),
       key("late", ValueForm::kRows, "windows that records missed"),
       key("dead_letters", ValueForm::kRows, "records that were rejected"),
       key("duplicates", ValueForm::kRows, "second copies"),
       {"limits", ValueForm::kMap, false, "how often limits of the rule set are in the way", {}, 0, 0, expected_limits_form}}};
  return form;
}

}  // namespace reckoner
