#include "connectors/committed_reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "commit_log_job.hpp"
#include "connectors/committed_sidecar.hpp"
#include "connectors/local_commit_log.hpp"
#include "connectors/output_check.hpp"
#include "engine/error.hpp"
#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_files.hpp"

namespace reckoner {

using testing::CommitLogJob;
using testing::FakeClock;
using testing::FakeFiles;

namespace {

// All rows of an output, shard after shard, or the error's text.
std::string rows_of(FakeFiles& files, const CommittedState& state, std::string_view name) {
  std::string text;
  for (CommittedRows& rows : committed_rows(files, "out", state, name)) {
    while (true) {
      const Result<std::optional<std::string_view>> row = rows.next();
      if (!row) return row.error().text;
      if (!*row) break;
      text += std::string(**row) + "\n";
    }
  }
  return text;
}

std::string expected_rows(std::uint64_t epoch, std::uint16_t output) {
  return CommitLogJob::committed(epoch, 0, output) + CommitLogJob::committed(epoch, 1, output);
}

}  // namespace

TEST_CASE("a reader sees the committed rows of a running job and not a byte more") {
  FakeFiles files;
  FakeClock clock;
  LocalCommitLogSettings settings = CommitLogJob::settings();
  settings.publish_every_ms = 1'000'000;
  LocalCommitLog log(files, clock, settings);
  REQUIRE(log.recover().has_value());
  CHECK(committed_from_log(files, "log", settings.outputs).value_or(CommittedState{.job_hash = 1, .id = {1, 1}, .outputs = {}}).outputs.empty());
  for (std::uint64_t epoch = 1; epoch <= 6; ++epoch) {
    REQUIRE(CommitLogJob::append(log, epoch).has_value());
    REQUIRE(log.append_output(0, 0, {}).has_value());
    const Result<CommittedState> before = committed_from_log(files, "log", settings.outputs);
    REQUIRE(before.has_value());
    if (epoch > 1) CHECK(rows_of(files, *before, "totals") == expected_rows(epoch - 1, 0));
    REQUIRE(log.commit(CommitLogJob::record(epoch)).has_value());
    const Result<CommittedState> after = committed_from_log(files, "log", settings.outputs);
    REQUIRE(after.has_value());
    CHECK(rows_of(files, *after, "totals") == expected_rows(epoch, 0));
    CHECK(rows_of(files, *after, "alerts") == expected_rows(epoch, 1));
    const Result<CommittedState> lagging = committed_from_sidecar(files, "out");
    REQUIRE(lagging.has_value());
    CHECK(lagging->id.epoch == 0);
    CHECK(rows_of(files, *lagging, "totals").empty());
  }
  REQUIRE(log.publish().has_value());
  const Result<CommittedState> state = committed_from_sidecar(files, "out");
  REQUIRE(state.has_value());
  CHECK(rows_of(files, *state, "totals") == expected_rows(6, 0));
  CHECK(state->outputs.front().rows == 12'000 + 2 + 3 + 4 + 2 + 3);
  CHECK(rows_of(files, *state, "no such output").empty());
}

TEST_CASE("a reader without a sidecar, with too few names or with a short file says so") {
  FakeFiles files;
  CHECK(committed_from_sidecar(files, "out").error().kind == ErrorKind::kConfiguration);
  std::uint64_t acknowledged = 0;
  REQUIRE(CommitLogJob::run(files, 3, acknowledged).has_value());
  CHECK(committed_from_log(files, "log", {"totals"}).error().kind == ErrorKind::kConfiguration);
  CHECK(check_outputs(files, "log", "out", {"totals"}).error().kind == ErrorKind::kConfiguration);
  const Result<CommittedState> state = committed_from_sidecar(files, "out");
  REQUIRE(state.has_value());
  const std::string bytes = files.bytes("out/totals-0.jsonl");
  files.put("out/totals-0.jsonl", bytes.substr(0, bytes.size() - 1));
  CHECK(rows_of(files, *state, "totals").find("are committed") != std::string::npos);
  CHECK(check_outputs(files, "log", "out", CommitLogJob::settings().outputs).error().kind == ErrorKind::kCorruption);
  files.put("out/totals-0.jsonl", bytes.substr(0, bytes.size() - 1) + "x");
  CHECK(rows_of(files, *state, "totals").find("has no end") != std::string::npos);
  REQUIRE(files.remove("out/totals-0.jsonl").has_value());
  CHECK(rows_of(files, *state, "totals").find("no such file") != std::string::npos);
}

TEST_CASE("a sidecar comes back as it was, and any change to it is noticed") {
  const CommittedState state{
      .job_hash = 0xfedc'ba98'7654'3210, .id = {2, 77}, .outputs = {{"totals", 0, 10, 2, "window_end"}, {"alerts", 3, ~std::uint64_t{0}, 1, ""}}};
  const std::string text = encode_sidecar(state);
  REQUIRE(decode_sidecar(text, "p").has_value());
  CHECK(*decode_sidecar(text, "p") == state);
  for (std::size_t index = 0; index < text.size(); ++index) {
    std::string changed = text;
    changed[index] = static_cast<char>(changed[index] ^ 2);
    CHECK_FALSE(decode_sidecar(changed, "p").has_value());
    CHECK_FALSE(decode_sidecar(text.substr(0, index), "p").has_value());
  }
}

}  // namespace reckoner
