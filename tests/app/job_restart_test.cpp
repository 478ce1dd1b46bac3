// What a job's next process makes of what the one before it left.
#include <cstdint>
#include <string>

#include "job_world.hpp"
#include "support/catch.hpp"
#include "torture_job.hpp"

namespace reckoner::testing {

namespace {

constexpr int kRecords = 600;
constexpr std::uint64_t kRoundsBeforeTheKill = 50;

JobWorld torture_world(const JobSettingTexts& more = {}) {
  JobSettingTexts settings = torture_settings(10);
  for (const auto& [path, value] : more) settings[path] = value;
  return {std::string(kTortureRules), torture_inputs(kRecords), std::move(settings)};
}

void require_good(const JobOutcome& outcome) {
  if (!outcome.result) FAIL(outcome.result.error().text);
}

}  // namespace

TEST_CASE("a job whose log forgot its first epochs comes back from a checkpoint") {
  JobWorld unbroken = torture_world();
  require_good(unbroken.run());
  JobWorld world = torture_world();
  REQUIRE(world.run(kRoundsBeforeTheKill).killed);
  world.files().crash(FakeLoss::kNothing);
  CHECK(world.has_forgotten_epochs());
  require_good(world.run());
  CHECK(first_difference(unbroken.outputs(), world.outputs()) == "");
}

TEST_CASE("a job without a usable checkpoint whose log forgot its first epochs says so and changes nothing") {
  JobWorld world = torture_world();
  REQUIRE(world.run(kRoundsBeforeTheKill).killed);
  world.files().crash(FakeLoss::kNothing);
  world.checkpoints().forget_all();
  const JobOutcome outcome = world.run();
  REQUIRE(!outcome.result);
  CHECK(outcome.result.error().text.find("no checkpoint is usable") != std::string::npos);
}

TEST_CASE("a job that lost its checkpoints replays everything from its log") {
  JobWorld unbroken = torture_world();
  require_good(unbroken.run());
  JobWorld world = torture_world({{"log.retention", "1GiB"}});
  REQUIRE(world.run(kRoundsBeforeTheKill).killed);
  world.files().crash(FakeLoss::kNothing);
  world.checkpoints().forget_all();
  require_good(world.run());
  CHECK(first_difference(unbroken.outputs(), world.outputs()) == "");
}

TEST_CASE("half of the input, then all of it, then nothing new: what is closed stays closed, and nothing is written twice") {
  const JobInput whole = torture_inputs(kRecords)[1];
  const std::string& text = whole.files[0];
  const std::size_t middle = text.find('\n', text.size() / 2) + 1;
  JobInput half = whole;
  half.files[0] = text.substr(0, middle);
  JobWorld world(std::string(kTortureRules), {{"logins", {""}}, half}, torture_settings(10));
  require_good(world.run());
  const OutputTexts first = world.outputs();
  world.append_input("payments", 0, text.substr(middle));
  const JobOutcome second = world.run();
  require_good(second);
  CHECK(second.report.epochs > 0);
  for (const auto& [file, bytes] : first) {
    INFO(file);
    CHECK(world.outputs()[file].starts_with(bytes));
  }
  // Windows that the first end of input closed take nothing more.
  CHECK(sorted_rows(world.outputs(), "late").size() > sorted_rows(first, "late").size());
  const OutputTexts all = world.outputs();
  const JobOutcome third = world.run();
  require_good(third);
  CHECK(third.report.epochs == 0);
  CHECK(first_difference(all, world.outputs()) == "");
}

TEST_CASE("a replay that gives another result stops the job and changes nothing") {
  std::string payments = torture_inputs(kRecords)[1].files[0];
  while (payments.size() < 300'000) payments += payments;  // longer than the prefix that a file is known by
  JobWorld world(std::string(kTortureRules), {{"logins", {""}}, {"payments", {payments}}}, {{"epoch.records", "600"}, {"checkpoint.every", "0s"}});
  REQUIRE(world.run(4).killed);
  world.files().crash(FakeLoss::kNothing);
  const std::string path = world.directory() + "/payments-0.jsonl";
  const std::size_t place = payments.find("\"amount\": \"", 66'000) + 11;
  payments[place] = payments[place] == '1' ? '2' : '1';
  world.files().put(path, payments);
  const JobOutcome outcome = world.run();
  REQUIRE(!outcome.result);
  CHECK(outcome.result.error().kind == ErrorKind::kInternal);
  CHECK(outcome.result.error().text.find("gave another result") != std::string::npos);
}

TEST_CASE("a state directory made for another number of shards is refused") {
  JobWorld world = torture_world();
  require_good(world.run());
  world.set("shards", "2");
  const JobOutcome outcome = world.run();
  REQUIRE(!outcome.result);
  CHECK(outcome.result.error().kind == ErrorKind::kConfiguration);
}

}  // namespace reckoner::testing
