#include "app/kafka_trace.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace reckoner {

Result<std::unique_ptr<KafkaTrace>> KafkaTrace::open(const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "we");
  if (file == nullptr) return fail(ErrorKind::kConfiguration, fmt::format("--trace {}: {}", path, std::strerror(errno)));
  return std::unique_ptr<KafkaTrace>(new KafkaTrace(file));
}

KafkaTrace::~KafkaTrace() { std::fclose(file_); }

void KafkaTrace::note_read(std::int64_t now_ns, PartitionId partition, std::uint64_t next) {
  fmt::print(file_, "read {} {} {} {}\n", now_ns, partition.input, partition.partition, next);
}

void KafkaTrace::note_commit(std::int64_t staged_ns, const TransactionTimes& times) {
  fmt::print(file_, "commit {} {} {} {} {}\n", staged_ns, times.begun, times.handed, times.delivered, times.answered);
}

}  // namespace reckoner
