#include "connectors/commit_log_reader.hpp"

#include <fmt/format.h>

#include "connectors/log_walk.hpp"

namespace reckoner {

namespace {

std::unexpected<Error> only_reads(std::string_view what) { return fail(ErrorKind::kInternal, fmt::format("{} of a commit log reader", what)); }

}  // namespace

Result<std::optional<DecisionRecord>> CommitLogReader::recover() {
  Result<std::optional<DecisionRecord>> last = last_record(files_, directory_);
  if (!last) return last;
  if (const std::optional<DecisionRecord>& record = *last; record) end_ = record->id;
  return last;
}

Result<void> CommitLogReader::read(EpochId after, const Visitor& visitor) {
  return walk_records(files_, directory_, after,
                      [&](const DecisionRecord& record) -> Result<void> { return record.id > end_ ? Result<void>{} : visitor(record); });
}

Result<bool> CommitLogReader::holds(const DecisionRecord& record) { return log_holds(files_, directory_, record); }

Result<void> CommitLogReader::append_output(std::uint32_t, std::uint16_t, std::span<const char>) { return only_reads("append_output()"); }
Result<void> CommitLogReader::commit(const DecisionRecord&) { return only_reads("commit()"); }
Result<void> CommitLogReader::forget_before(EpochId) { return only_reads("forget_before()"); }

}  // namespace reckoner
