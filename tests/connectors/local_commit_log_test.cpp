#include "connectors/local_commit_log.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "commit_log_job.hpp"
#include "connectors/committed_reader.hpp"
#include "connectors/committed_sidecar.hpp"
#include "connectors/log_segment.hpp"
#include "connectors/log_walk.hpp"
#include "connectors/output_check.hpp"
#include "connectors/output_files.hpp"
#include "connectors/posix_files.hpp"
#include "engine/checksum.hpp"
#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_files.hpp"
#include "temporary_directory.hpp"

namespace reckoner {

using testing::CommitLogJob;
using testing::FakeClock;
using testing::FakeFault;
using testing::FakeFiles;

namespace {

std::vector<std::string> segments_of(FakeFiles& files) {
  std::vector<std::string> paths;
  for (const std::string& path : files.paths()) {
    if (path.starts_with("log/")) paths.push_back(path);
  }
  return paths;
}

void run_until(FakeFiles& files, std::uint64_t epochs) {
  std::uint64_t acknowledged = 0;
  const Result<void> result = CommitLogJob::run(files, epochs, acknowledged);
  INFO((result ? "" : result.error().text));
  REQUIRE(result.has_value());
}

Error recovery_error(FakeFiles& files, const LocalCommitLogSettings& settings = CommitLogJob::settings()) {
  FakeClock clock;
  LocalCommitLog log(files, clock, settings);
  const Result<std::optional<DecisionRecord>> last = log.recover();
  return last ? Error{ErrorKind::kInternal, Retry::kNever, "recovered"} : last.error();
}

std::vector<std::uint64_t> epochs_after(LocalCommitLog& log, EpochId after) {
  std::vector<std::uint64_t> epochs;
  const Result<void> read = log.read(after, [&](const DecisionRecord& record) -> Result<void> {
    epochs.push_back(record.id.epoch);
    return {};
  });
  INFO((read ? "" : read.error().text));
  CHECK(read.has_value());
  return epochs;
}

}  // namespace

TEST_CASE("a log holds a record by all of what it says, not by its number; one that was forgotten, by its number") {
  FakeFiles files;
  run_until(files, 12);
  FakeClock clock;
  LocalCommitLog log(files, clock, CommitLogJob::settings());
  REQUIRE(log.recover());
  for (const std::uint64_t epoch : {11U, 12U}) {
    DecisionRecord record = CommitLogJob::record(epoch);
    CHECK(log.holds(record).value());
    ++record.sequence;
    CHECK(!log.holds(record).value());
  }
  CHECK(!log.holds(CommitLogJob::record(13)).value());
  DecisionRecord forgotten;
  const Result<SegmentFiles> kept = list_segments(files, "log");
  REQUIRE(kept);
  forgotten.id = kept->segments.front().header.previous;
  REQUIRE((forgotten.id != EpochId{} && forgotten.id < EpochId{1, 11}));
  CHECK(log.holds(forgotten).value());
  --forgotten.id.epoch;
  CHECK(!log.holds(forgotten).value());
}

TEST_CASE("a fresh commit log has no record, and every output file exists") {
  FakeFiles files;
  FakeClock clock;
  LocalCommitLog log(files, clock, CommitLogJob::settings());
  const Result<std::optional<DecisionRecord>> last = log.recover();
  REQUIRE(last.has_value());
  CHECK_FALSE(last->has_value());
  CHECK(files.exists("out/totals-0.jsonl"));
  CHECK(files.exists("out/alerts-1.jsonl"));
  CHECK(epochs_after(log, {}).empty());
  CHECK(log.publish().has_value());
}

TEST_CASE("an output that an epoch did not change is not synced") {
  FakeFiles files;
  run_until(files, 2);
  CHECK(files.syncs("out/alerts-0.jsonl") == 2);
  CHECK(files.syncs("out/alerts-1.jsonl") == 0);
}

TEST_CASE("rows of a later epoch may be appended in another thread while an epoch commits", "[threaded]") {
  FakeFiles files;
  FakeClock clock;
  LocalCommitLog log(files, clock, CommitLogJob::settings());
  REQUIRE(log.recover().has_value());
  constexpr std::uint64_t kEpochs = 200;
  // Made here, since what the job remembers is not for several threads.
  std::vector<DecisionRecord> records;
  for (std::uint64_t epoch = 0; epoch <= kEpochs; ++epoch) records.push_back(CommitLogJob::record(epoch));
  // Catch's macros are not for several threads at once, so the threads count what failed.
  std::atomic<std::uint64_t> appended = 0;
  std::atomic<int> failures = 0;
  std::thread appender([&] {
    for (std::uint64_t epoch = 1; epoch <= kEpochs; ++epoch) {
      if (!CommitLogJob::append(log, epoch)) ++failures;
      appended.store(epoch);
    }
  });
  std::thread publisher([&] {
    for (int round = 0; round < 50; ++round) {
      if (!log.publish()) ++failures;
    }
  });
  for (std::uint64_t epoch = 1; epoch <= kEpochs; ++epoch) {
    while (appended.load() < epoch) std::this_thread::yield();
    if (!log.commit(records[epoch])) ++failures;
  }
  appender.join();
  publisher.join();
  CHECK(failures == 0);
  CHECK(files.bytes("out/totals-1.jsonl") == CommitLogJob::committed(kEpochs, 1, 0));
}

TEST_CASE("records are read after a given epoch, across segments, until the visitor has enough") {
  FakeFiles files;
  FakeClock clock;
  LocalCommitLogSettings settings = CommitLogJob::settings();
  settings.retention_bytes = 1U << 30U;
  LocalCommitLog log(files, clock, settings);
  REQUIRE(log.recover().has_value());
  for (std::uint64_t epoch = 1; epoch <= 9; ++epoch) {
    REQUIRE(CommitLogJob::append(log, epoch).has_value());
    REQUIRE(log.commit(CommitLogJob::record(epoch)).has_value());
  }
  CHECK(segments_of(files).size() > 2);
  CHECK(epochs_after(log, {}) == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9});
  for (std::uint64_t after = 1; after <= 9; ++after) CHECK(epochs_after(log, {1, after}).size() == 9 - after);
  const Result<void> stopped = log.read({}, [](const DecisionRecord&) -> Result<void> { return fail(ErrorKind::kData, "enough"); });
  REQUIRE_FALSE(stopped.has_value());
  CHECK(stopped.error().text == "enough");
  const auto ignore = [](const DecisionRecord&) -> Result<void> { return {}; };
  for (const EpochId absent : {EpochId{1, 10}, EpochId{0, 5}, EpochId{2, 1}}) {
    const Result<void> read = log.read(absent, ignore);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().kind == ErrorKind::kCorruption);
  }
}

TEST_CASE("the log forgets whole segments before the oldest epoch needed, and keeps its stated size") {
  FakeFiles files;
  FakeClock clock;
  LocalCommitLogSettings settings = CommitLogJob::settings();
  settings.retention_bytes = 0;
  LocalCommitLog log(files, clock, settings);
  REQUIRE(log.recover().has_value());
  for (std::uint64_t epoch = 1; epoch <= 9; ++epoch) {
    REQUIRE(CommitLogJob::append(log, epoch).has_value());
    REQUIRE(log.commit(CommitLogJob::record(epoch)).has_value());
  }
  const std::size_t all = segments_of(files).size();
  REQUIRE(log.forget_before({1, 5}).has_value());
  const std::size_t left = segments_of(files).size();
  CHECK(left < all);
  CHECK(epochs_after(log, {1, 5}) == std::vector<std::uint64_t>{6, 7, 8, 9});
  const Result<void> forgotten = log.read({}, [](const DecisionRecord&) -> Result<void> { return {}; });
  REQUIRE_FALSE(forgotten.has_value());
  CHECK(forgotten.error().text.find("the log begins after epoch 1.") != std::string::npos);
  REQUIRE(log.forget_before({9, 0}).has_value());
  CHECK(segments_of(files).size() == 1);
  CHECK(epochs_after(log, {1, 8}) == std::vector<std::uint64_t>{9});
  const Result<OutputCheck> check = check_outputs(files, "log", "out", settings.outputs);
  REQUIRE(check.has_value());
  CHECK(check->bytes_unchecked > 0);

  LocalCommitLog again(files, clock, settings);
  const auto last = again.recover();
  REQUIRE(last.has_value());
  CHECK(**last == CommitLogJob::record(9));
}

TEST_CASE("the newest record stays even when only an empty segment follows it") {
  FakeFiles files;
  LocalCommitLogSettings settings = CommitLogJob::settings();
  settings.retention_bytes = 0;
  settings.segment_bytes = kSegmentHeaderBytes;
  FakeClock clock;
  {
    LocalCommitLog log(files, clock, settings);
    REQUIRE(log.recover().has_value());
    REQUIRE(CommitLogJob::append(log, 1).has_value());
    REQUIRE(log.commit(CommitLogJob::record(1)).has_value());
    REQUIRE(CommitLogJob::append(log, 2).has_value());
    // The record of epoch 2 fails behind the new segment's header.
    files.fault_at(files.mutating_calls() + 11, FakeFault::kFail);
    REQUIRE_FALSE(log.commit(CommitLogJob::record(2)).has_value());
  }
  REQUIRE(segments_of(files).size() == 2);
  LocalCommitLog log(files, clock, settings);
  const auto last = log.recover();
  INFO((last ? "" : last.error().text));
  REQUIRE(last.has_value());
  REQUIRE(log.forget_before({9, 9}).has_value());
  CHECK(segments_of(files).size() == 2);
  CHECK(epochs_after(log, {1, 1}).empty());
}

TEST_CASE("after a failed call every further one returns the same error") {
  FakeFiles files;
  FakeClock clock;
  LocalCommitLog log(files, clock, CommitLogJob::settings());
  REQUIRE(log.recover().has_value());
  REQUIRE(CommitLogJob::append(log, 1).has_value());
  files.fault_at(files.mutating_calls() + 2, FakeFault::kFail);
  const Result<void> committed = log.commit(CommitLogJob::record(1));
  REQUIRE_FALSE(committed.has_value());
  for (const Result<void>& later : {log.commit(CommitLogJob::record(1)), log.append_output(0, 0, {}), log.publish(), log.forget_before({})}) {
    REQUIRE_FALSE(later.has_value());
    CHECK(later.error().text == committed.error().text);
  }
}

TEST_CASE("a torn tail is cut and reported") {
  FakeFiles files;
  run_until(files, 3);
  const std::string active = segments_of(files).back();
  const std::string whole = files.bytes(active);
  for (const std::string& tail :
       {std::string("F"), std::string(100, '\0'), std::string("FRAM\xff\xff\xff\x7f and more bytes than a frame's header")}) {
    files.put(active, whole + tail);
    files.put("out/totals-0.jsonl", files.bytes("out/totals-0.jsonl") + "{\"torn");
    FakeClock clock;
    LocalCommitLog log(files, clock, CommitLogJob::settings());
    const auto last = log.recover();
    REQUIRE(last.has_value());
    CHECK((*last)->id.epoch == 3);
    CHECK(log.recovery().log_bytes_cut == tail.size());
    CHECK(log.recovery().output_bytes_cut == 6);
    CHECK(files.bytes(active) == whole);
  }
}

TEST_CASE("damage before the tail of the log is corruption that names file and byte") {
  FakeFiles files;
  run_until(files, 4);
  const std::vector<std::string> segments = segments_of(files);
  REQUIRE(segments.size() >= 2);
  const std::string first = segments.front();
  const std::string first_bytes = files.bytes(first);
  const auto check = [&](const std::string& path, const std::string& what) {
    const Error error = recovery_error(files);
    INFO(error.text);
    CHECK(error.kind == ErrorKind::kCorruption);
    CHECK(error.text.starts_with(path + ": "));
    CHECK(error.text.find(what) != std::string::npos);
  };
  SECTION("a flipped byte in front of a good frame") {
    std::string bytes = first_bytes;
    bytes[kSegmentHeaderBytes + kFrameHeaderBytes + 3] ^= 1;
    files.put(first, bytes);
    check(first, "a damaged frame, with a good one after it at byte ");
  }
  SECTION("a segment that is not the last, cut short") {
    files.put(first, first_bytes.substr(0, first_bytes.size() - 1));
    check(first, "in a segment that is not the last");
  }
  SECTION("a lost last frame of a segment") {
    const Result<ParsedSegment> parsed = parse_segment(first_bytes, first);
    REQUIRE(parsed.has_value());
    files.put(first, first_bytes.substr(0, parsed->frames.back().offset));
    check(segments[1], "it does not follow the segment before it");
  }
  SECTION("a lost frame in the middle") {
    const Result<ParsedSegment> parsed = parse_segment(first_bytes, first);
    REQUIRE(parsed.has_value());
    REQUIRE(parsed->frames.size() >= 2);
    files.put(first, first_bytes.substr(0, parsed->frames[0].offset) + first_bytes.substr(parsed->frames[1].offset));
    check(first, "does not follow the one before it");
  }
  SECTION("a damaged header") {
    std::string bytes = first_bytes;
    bytes[20] ^= 1;
    files.put(first, bytes);
    check(first, "header is damaged");
  }
  SECTION("a header cut short in a segment that is not the last") {
    files.put(first, first_bytes.substr(0, 10));
    check(first, "not the last segment");
  }
  SECTION("the last segment is gone, though its epochs were published") {
    REQUIRE(files.remove(segments.back()).has_value());
    const Error error = recovery_error(files);
    CHECK(error.kind == ErrorKind::kCorruption);
    CHECK(error.text.find("committed.json says that 1.4 was committed") != std::string::npos);
  }
}

TEST_CASE("a log whose records went before its empty segment is corrupt") {
  FakeFiles files;
  SegmentHeader header{.job_hash = 42, .previous = {1, 5}, .previous_frame = 1};
  files.put("log/" + segment_name(6), encode_segment_header(header));
  CHECK(recovery_error(files).text.find("the records before it are missing") != std::string::npos);
}

TEST_CASE("a log of a later format is refused, not repaired") {
  FakeFiles files;
  std::string header = encode_segment_header({.job_hash = 42, .previous = {}, .previous_frame = 0});
  header[8] = 2;
  const std::uint64_t sum = checksum(std::string_view(header).substr(0, 56));
  for (std::size_t index = 0; index < 8; ++index) header[56 + index] = static_cast<char>(static_cast<std::uint8_t>(sum >> (8 * index)));
  files.put("log/" + segment_name(1), header);
  const Error error = recovery_error(files);
  CHECK(error.kind == ErrorKind::kConfiguration);
  CHECK(error.text.find("log format 2") != std::string::npos);
  CHECK(files.bytes("log/" + segment_name(1)) == header);
}

TEST_CASE("records that do not name the one before them are corrupt") {
  FakeFiles files;
  std::string bytes = encode_segment_header({.job_hash = 42, .previous = {}, .previous_frame = 0});
  std::uint64_t chain = 0;
  for (const std::uint64_t epoch : {1U, 3U}) bytes += encode_frame(encode(CommitLogJob::record(epoch)), chain, chain);
  files.put("log/" + segment_name(1), bytes);
  const Result<void> walked = walk_records(files, "log", {}, [](const DecisionRecord&) -> Result<void> { return {}; });
  REQUIRE_FALSE(walked.has_value());
  CHECK(walked.error().text.find("epoch 1.3 follows 1.1, but names 1.2") != std::string::npos);
  bytes += encode_frame("no record", chain, chain);
  files.put("log/" + segment_name(1), bytes);
  CHECK(recovery_error(files).text.find("decision record of 9 bytes") == std::string::npos);
  CHECK(recovery_error(files).kind == ErrorKind::kCorruption);
}

TEST_CASE("outputs shorter than committed, missing or changed in the last epoch are corrupt and named") {
  FakeFiles files;
  run_until(files, 3);
  const std::string path = "out/alerts-0.jsonl";
  const std::string bytes = files.bytes(path);
  const auto text = [&] {
    const Error error = recovery_error(files);
    CHECK(error.kind == ErrorKind::kCorruption);
    return error.text;
  };
  files.put(path, bytes.substr(0, bytes.size() - 1));
  CHECK(text().starts_with(path + ": bytes "));
  files.put(path, bytes.substr(0, 3));
  CHECK(text().starts_with(path + ": "));
  std::string changed = bytes;
  changed.back() = ' ';
  files.put(path, changed);
  CHECK(text().find("not what was committed") != std::string::npos);
  REQUIRE(files.remove(path).has_value());
  CHECK(text().find("missing, but ") != std::string::npos);
  files.put(path, bytes);
  files.put("out/alerts-1.jsonl", "");
  CHECK(text().starts_with("out/alerts-1.jsonl: "));
}

TEST_CASE("an output that the last epoch did not touch is checked for its length") {
  FakeFiles files;
  run_until(files, 4);
  files.put("out/alerts-1.jsonl", "");
  const Error error = recovery_error(files);
  CHECK(error.kind == ErrorKind::kCorruption);
  CHECK(error.text.find("out/alerts-1.jsonl: 0 bytes, but ") == 0);
}

TEST_CASE("files of others are refused or left alone") {
  FakeFiles files;
  LocalCommitLogSettings settings = CommitLogJob::settings();
  SECTION("rows without a log") {
    files.put("out/totals-1.jsonl", "{}\n");
    const Error error = recovery_error(files);
    CHECK(error.kind == ErrorKind::kConfiguration);
    CHECK(error.text.starts_with("out/totals-1.jsonl: holds rows"));
    CHECK(files.bytes("out/totals-1.jsonl") == "{}\n");
  }
  SECTION("the log of another job") {
    run_until(files, 2);
    settings.job_hash = 43;
    const Error error = recovery_error(files, settings);
    CHECK(error.kind == ErrorKind::kConfiguration);
    CHECK(error.text.find("the log of another job") != std::string::npos);
  }
  SECTION("the outputs of another job") {
    CHECK(write_sidecar(files, "out", {.job_hash = 43, .id = {1, 1}, .outputs = {}}).has_value());
    CHECK(recovery_error(files).text == "out: holds outputs of another job; use another directory");
  }
  SECTION("fewer shards or outputs than the log has") {
    run_until(files, 2);
    settings.shards = 1;
    CHECK(recovery_error(files, settings).text.find("the job has 1 shards and 2 outputs") != std::string::npos);
    settings.shards = 2;
    settings.outputs.pop_back();
    CHECK(recovery_error(files, settings).kind == ErrorKind::kConfiguration);
  }
  SECTION("other files beside them") {
    files.put("out/notes.txt", "mine");
    files.put("log/log-1.rlog", "not a segment's name");
    run_until(files, 2);
    CHECK(files.bytes("out/notes.txt") == "mine");
    CHECK(files.bytes("log/log-1.rlog") == "not a segment's name");
  }
  SECTION("a damaged sidecar is written anew") {
    run_until(files, 2);
    files.put("out/committed.json", "{");
    CHECK(recovery_error(files).text == "recovered");
    CHECK(committed_from_sidecar(files, "out").has_value());
  }
}

TEST_CASE("the sidecar is renewed at most as often as stated, and when asked") {
  FakeFiles files;
  FakeClock clock;
  LocalCommitLogSettings settings = CommitLogJob::settings();
  settings.publish_every_ms = 1000;
  LocalCommitLog log(files, clock, settings);
  REQUIRE(log.recover().has_value());
  const auto published = [&] {
    return committed_from_sidecar(files, "out").value_or(CommittedState{.job_hash = 0, .id = {9, 9}, .outputs = {}}).id.epoch;
  };
  REQUIRE(CommitLogJob::append(log, 1).has_value());
  REQUIRE(log.commit(CommitLogJob::record(1)).has_value());
  CHECK(published() == 0);
  clock.advance_ms(1000);
  REQUIRE(CommitLogJob::append(log, 2).has_value());
  REQUIRE(log.commit(CommitLogJob::record(2)).has_value());
  CHECK(published() == 2);
  REQUIRE(CommitLogJob::append(log, 3).has_value());
  REQUIRE(log.commit(CommitLogJob::record(3)).has_value());
  CHECK(published() == 2);
  REQUIRE(log.publish().has_value());
  CHECK(published() == 3);
  const std::uint64_t calls = files.mutating_calls();
  REQUIRE(log.publish().has_value());
  CHECK(files.mutating_calls() == calls);
}

TEST_CASE("the commit log works on a real disk") {
  const testing::TemporaryDirectory directory;
  PosixFiles files;
  FakeClock clock;
  LocalCommitLogSettings settings = CommitLogJob::settings();
  settings.directory = directory.path("state/log");
  settings.outputs_directory = directory.path("results/out");
  for (std::uint64_t epoch = 1; epoch <= 6; ++epoch) {
    LocalCommitLog log(files, clock, settings);
    const auto last = log.recover();
    REQUIRE(last.has_value());
    REQUIRE((*last ? (*last)->id.epoch : 0) == epoch - 1);
    REQUIRE(CommitLogJob::append(log, epoch).has_value());
    REQUIRE(log.commit(CommitLogJob::record(epoch)).has_value());
    REQUIRE(log.append_output(0, 0, std::string(400'000, 'x')).has_value());
  }
  LocalCommitLog log(files, clock, settings);
  REQUIRE(log.recover().has_value());
  CHECK(log.recovery().output_bytes_cut == 400'000);
  const Result<OutputCheck> check = check_outputs(files, settings.directory, settings.outputs_directory, settings.outputs);
  REQUIRE(check.has_value());
  CHECK(check->epochs == 6);
}

}  // namespace reckoner
