// One transactional producer of an instance, and what a transaction can end in. Which steps it takes part in: docs/protocol.md.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kafka_client.hpp"
#include "connectors/kafka_group.hpp"
#include "connectors/kafka_outgoing.hpp"
#include "engine/error.hpp"

namespace reckoner {

// Rows of one output on their way: whole lines, each a record.
struct KafkaRows {
  std::size_t topic = 0;  // number in the producer's list
  std::int32_t partition = 0;
  std::span<const char> lines;
};

struct KafkaLogEntry {
  std::int32_t partition = 0;
  std::string bytes;
  std::int64_t offset = -1;  // of the record, when the transaction was committed
};

// When a transaction got how far, in nanoseconds of the monotonic clock; 0 = it did not.
struct TransactionTimes {
  std::int64_t begun = 0;
  std::int64_t handed = 0;     // all records are librdkafka's
  std::int64_t delivered = 0;  // and the brokers have them
  std::int64_t answered = 0;   // the commit
};

struct KafkaTransaction {
  std::vector<KafkaRows> rows;
  std::vector<KafkaOutgoing> records;
  std::vector<KafkaLogEntry> log;
  const GroupSnapshot* check = nullptr;  // the group refuses the transaction when this is not its generation any more
  TransactionTimes times;                // of the last commit() of it
};

enum class TransactionEnd : std::uint8_t {
  kCommitted,
  kAborted,  // and answered: nothing of it is there, the producer lives; the same may be sent again
  kRefused,  // the same, because the group's generation is another
  kLost,     // nobody knows; the producer must go
  kFenced,   // the producer must go
};

class KafkaProducer {
 public:
  // Ends what another of this id has open, and fences it. `topics` are the outputs, `log_topic` the log; `key_fields` name the fields of rows
  // of which the first in a row becomes its record's key.
  [[nodiscard]] static Result<std::unique_ptr<KafkaProducer>> open(const KafkaSettings& settings, const std::string& id,
                                                                   const std::vector<std::string>& topics, const std::string& log_topic,
                                                                   const std::vector<std::string>& key_fields);
  ~KafkaProducer();
  KafkaProducer(const KafkaProducer&) = delete;
  KafkaProducer& operator=(const KafkaProducer&) = delete;

  // Sends and commits; what the rows point to stays where it is until this returns. After kLost or kFenced there is no other call.
  [[nodiscard]] TransactionEnd commit(KafkaTransaction& transaction);
  [[nodiscard]] const Error& last_error() const { return last_error_; }  // of the last commit() that did not end in kCommitted
  [[nodiscard]] bool lasts() const { return lasts_; }                    // that one: no retry mends it

  // Of each record, from within calls of this object.
  void note_delivery(int code, const char* topic, void* entry, std::int64_t offset);

 private:
  struct Handles;
  KafkaProducer();

  [[nodiscard]] TransactionEnd run(KafkaTransaction& transaction);
  [[nodiscard]] TransactionEnd end_transaction();
  [[nodiscard]] bool has_lost_coordinator();
  [[nodiscard]] int send(KafkaTransaction& transaction);
  [[nodiscard]] int send_rows(const KafkaRows& rows);
  [[nodiscard]] std::string_view key_of(std::string_view row) const;
  [[nodiscard]] TransactionEnd end_in_error(int code, bool abort, bool fatal, bool by_group, std::string_view detail, std::string_view doing = {});
  void note_error(int code, std::string_view detail, std::string_view doing = {});
  [[nodiscard]] std::string topic_names() const;

  std::unique_ptr<Handles> handles_;
  std::vector<std::string> key_marks_;  // what stands before the key in a row
  Error last_error_;
  bool lasts_ = false;
  std::size_t handed_ = 0;     // records of the transaction at hand
  std::size_t delivered_ = 0;  // those of them that the brokers have
  std::int64_t last_delivery_ns_ = 0;
  int first_delivery_error_ = 0;
  std::string undelivered_to_;  // the topic of that one, or the topics
};

// Fences whoever has the producers of `slot`.
[[nodiscard]] Result<void> fence_producer(const KafkaSettings& settings, const std::string& id);

}  // namespace reckoner
