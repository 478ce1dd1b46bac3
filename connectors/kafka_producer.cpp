#include "connectors/kafka_producer.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstring>
#include <set>
#include <utility>

#include "connectors/kafka_error.hpp"
#include "connectors/system_clock.hpp"
#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr int kInitialiseMs = 10'000;  // then it is tried anew: a process that is asked to end must not wait longer for brokers that are away
constexpr int kCommitMs = 12'000;      // beyond transaction.timeout.ms: what is not answered by then is lost
constexpr int kMetadataMs = 10'000;
constexpr std::size_t kRowsAtOnce = 1024;
constexpr int kNothingSent = RD_KAFKA_RESP_ERR_NO_ERROR;

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  static_cast<KafkaProducer*>(static_cast<KafkaClient*>(opaque)->owner())
      ->note_delivery(message->err, rd_kafka_topic_name(message->rkt), message->_private, message->offset);
}

// Without a delivery-report callback librdkafka waits in steps of 10 ms for a transaction's records: p50 11 ms a commit instead of 5.
void add_callbacks(rd_kafka_conf_t* conf) { rd_kafka_conf_set_dr_msg_cb(conf, on_delivery); }

class Deadline {
 public:
  explicit Deadline(int ms) : end_(Clock::now() + std::chrono::milliseconds(ms)) {}
  [[nodiscard]] int left_ms() const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Clock::now()).count();
    return left > 0 ? static_cast<int>(left) : 0;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point end_;
};

struct CallError {
  int code = 0;
  bool retriable = false;
  bool abort = false;
  bool fatal = false;
  std::string text;
};

CallError take(rd_kafka_error_t* error) {
  if (error == nullptr) return {};
  CallError found{rd_kafka_error_code(error), rd_kafka_error_is_retriable(error) != 0, rd_kafka_error_txn_requires_abort(error) != 0,
                  rd_kafka_error_is_fatal(error) != 0, rd_kafka_error_string(error)};
  rd_kafka_error_destroy(error);
  return found;
}

// The same call with the same arguments while librdkafka says that it may be repeated.
template <typename Call>
CallError repeat(int ms, Call call) {
  const Deadline deadline(ms);
  for (;;) {
    CallError error = take(call(deadline.left_ms()));
    if (error.code == 0 || !error.retriable || error.fatal || error.abort || deadline.left_ms() == 0) return error;
  }
}

Result<std::unique_ptr<KafkaClient>> initialised(const KafkaSettings& settings, const std::string& id, KafkaProducer* owner) {
  auto client = KafkaClient::make(settings, KafkaRole::kProducer, {{"transactional.id", id}}, add_callbacks, owner);
  if (!client) return client;
  const CallError error = repeat(kInitialiseMs, [&](int ms) { return rd_kafka_init_transactions((*client)->handle(), ms); });
  if (error.code == 0) return client;
  if (auto trouble = (*client)->take_trouble(); trouble && trouble->kind == ErrorKind::kConfiguration) return std::unexpected(*trouble);
  return std::unexpected(kafka_error(error.code, fmt::format("initialise transactional id {}", id), error.text));
}

}  // namespace

struct KafkaProducer::Handles {
  std::unique_ptr<KafkaClient> client;
  std::vector<rd_kafka_topic_t*> topics;  // the last is the log
  std::string log_topic;
  std::string id;
  std::vector<rd_kafka_message_t> messages;

  Handles() = default;
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
  ~Handles() {
    for (rd_kafka_topic_t* const topic : topics) rd_kafka_topic_destroy(topic);
  }
  [[nodiscard]] rd_kafka_t* rk() const { return client->handle(); }
};

KafkaProducer::KafkaProducer() : handles_(std::make_unique<Handles>()) {}
KafkaProducer::~KafkaProducer() = default;

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::open(const KafkaSettings& settings, const std::string& id,
                                                           const std::vector<std::string>& topics, const std::string& log_topic,
                                                           const std::vector<std::string>& key_fields) {
  std::unique_ptr<KafkaProducer> producer(new KafkaProducer);
  for (const std::string& field : key_fields) producer->key_marks_.push_back(fmt::format("\"{}\":\"", field));
  auto client = initialised(settings, id, producer.get());
  if (!client) return std::unexpected(client.error());
  Handles& handles = *producer->handles_;
  handles.client = std::move(*client);
  handles.log_topic = log_topic;
  handles.id = id;
  std::vector<std::string> all = topics;
  all.push_back(log_topic);
  for (const std::string& name : all) {
    rd_kafka_topic_t* const topic = rd_kafka_topic_new(handles.rk(), name.c_str(), nullptr);
    handles.topics.push_back(topic);
    // The first record to a topic that the client has not heard of waits for up to a second, in the middle of the first transaction.
    const rd_kafka_metadata_t* metadata = nullptr;
    const rd_kafka_resp_err_t code = rd_kafka_metadata(handles.rk(), 0, topic, &metadata, kMetadataMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(kafka_error(code, fmt::format("look at topic {}", name)));
    const rd_kafka_resp_err_t missing = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_metadata_destroy(metadata);
    if (missing != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(kafka_error(missing, fmt::format("write to topic {}", name)));
  }
  return producer;
}

void KafkaProducer::note_delivery(int code, const char* topic, void* entry, std::int64_t offset) {
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    // Records are purged because of an error that is told elsewhere.
    if (first_delivery_error_ != 0 || code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) return;
    first_delivery_error_ = code;
    undelivered_to_ = topic;
    return;
  }
  if (entry != nullptr) static_cast<KafkaLogEntry*>(entry)->offset = offset;
  if (++delivered_ == handed_) last_delivery_ns_ = SystemClock().monotonic_ns();
}

// The key comes before a row's further columns. Null data: the row has none.
std::string_view KafkaProducer::key_of(std::string_view row) const {
  std::size_t first = std::string_view::npos;
  std::size_t begin = 0;
  for (const std::string& mark : key_marks_) {
    const std::size_t found = row.substr(0, first).find(mark);
    if (found == std::string_view::npos) continue;
    first = found;
    begin = found + mark.size();
  }
  if (first == std::string_view::npos) return {};
  return row.substr(begin, row.find('"', begin) - begin);
}

int KafkaProducer::send_rows(const KafkaRows& rows) {
  std::vector<rd_kafka_message_t>& messages = handles_->messages;
  std::string_view left(rows.lines.data(), rows.lines.size());
  while (!left.empty()) {
    messages.clear();
    while (!left.empty() && messages.size() < kRowsAtOnce) {
      const std::size_t end = left.find('\n');
      const std::string_view row = left.substr(0, end);
      rd_kafka_message_t& message = messages.emplace_back();
      message.payload = const_cast<char*>(row.data());  // librdkafka neither changes nor keeps it
      message.len = row.size();
      if (const std::string_view key = key_of(row); key.data() != nullptr) {
        message.key = const_cast<char*>(key.data());
        message.key_len = key.size();
      }
      left.remove_prefix(end == std::string_view::npos ? left.size() : end + 1);
    }
    const int count = static_cast<int>(messages.size());
    handed_ += messages.size();
    if (rd_kafka_produce_batch(handles_->topics[rows.topic], rows.partition, 0, messages.data(), count) == count) continue;
    for (const rd_kafka_message_t& message : messages) {
      if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) return message.err;
    }
  }
  return kNothingSent;
}

int KafkaProducer::send(KafkaTransaction& transaction) {
  for (const KafkaRows& rows : transaction.rows) {
    if (const int code = send_rows(rows); code != kNothingSent) return code;
    rd_kafka_poll(handles_->rk(), 0);
  }
  handed_ += transaction.records.size() + transaction.log.size();
  for (const KafkaOutgoing& record : transaction.records) {
    if (const int code = produce(handles_->rk(), handles_->topics[record.topic], record); code != kNothingSent) return code;
  }
  for (KafkaLogEntry& entry : transaction.log) {
    entry.offset = -1;
    if (rd_kafka_produce(handles_->topics.back(), entry.partition, 0, entry.bytes.data(), entry.bytes.size(), nullptr, 0, &entry) != 0)
      return rd_kafka_last_error();
  }
  return kNothingSent;
}

// A broker's objection to a partition, then to a record, is the cause of what a call says.
void KafkaProducer::note_error(int code, std::string_view detail, std::string_view doing) {
  if (const std::set<std::string> refused = handles_->client->take_refused_topics(); !refused.empty()) {
    first_delivery_error_ = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    undelivered_to_ = fmt::format("{}", fmt::join(refused, ", "));
  }
  lasts_ = is_lasting(first_delivery_error_ != 0 ? first_delivery_error_ : code);
  last_error_ = first_delivery_error_ != 0
                    ? kafka_error(first_delivery_error_, fmt::format("write to topic {}", undelivered_to_), detail)
                    : kafka_error(code, doing.empty() ? fmt::format("commit a transaction of {}", handles_->id) : doing, detail);
}

TransactionEnd KafkaProducer::end_in_error(int code, bool abort, bool fatal, bool by_group, std::string_view detail, std::string_view doing) {
  note_error(code, detail, doing);
  if (fatal || code == RD_KAFKA_RESP_ERR__FENCED) return TransactionEnd::kFenced;
  if (!abort) return TransactionEnd::kLost;
  const CallError aborted = repeat(kCommitMs, [&](int ms) { return rd_kafka_abort_transaction(handles_->rk(), ms); });
  if (aborted.fatal || aborted.code == RD_KAFKA_RESP_ERR__FENCED) return TransactionEnd::kFenced;
  if (aborted.code != 0) return TransactionEnd::kLost;
  return by_group ? TransactionEnd::kRefused : TransactionEnd::kAborted;
}

std::string KafkaProducer::topic_names() const {
  std::vector<std::string_view> names;
  for (const rd_kafka_topic_t* const topic : handles_->topics) names.emplace_back(rd_kafka_topic_name(topic));
  return fmt::format("{}", fmt::join(names, ", "));
}

TransactionEnd KafkaProducer::commit(KafkaTransaction& transaction) {
  const TransactionEnd end = run(transaction);
  // It may still be sending what the caller is about to let go of.
  if (end == TransactionEnd::kLost || end == TransactionEnd::kFenced) handles_ = nullptr;
  return end;
}

TransactionEnd KafkaProducer::run(KafkaTransaction& transaction) {
  RECKONER_CHECK(handles_ != nullptr, "a producer is used after it was lost or fenced");
  first_delivery_error_ = 0;
  SystemClock clock;
  rd_kafka_t* const rk = handles_->rk();
  if (has_lost_coordinator()) return TransactionEnd::kLost;
  handed_ = delivered_ = 0;
  transaction.times = {};
  if (const CallError begun = take(rd_kafka_begin_transaction(rk)); begun.code != 0)
    return end_in_error(begun.code, false, begun.fatal, false, begun.text);
  transaction.times.begun = last_delivery_ns_ = clock.monotonic_ns();
  if (const int code = send(transaction); code != kNothingSent) return end_in_error(code, true, code == RD_KAFKA_RESP_ERR__FATAL, false, {});
  transaction.times.handed = clock.monotonic_ns();
  if (transaction.check != nullptr) {
    rd_kafka_topic_partition_list_t* const offsets = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(offsets, handles_->log_topic.c_str(), 0)->offset = 0;
    const CallError refused =
        repeat(kCommitMs, [&](int ms) { return rd_kafka_send_offsets_to_transaction(rk, offsets, transaction.check->metadata, ms); });
    rd_kafka_topic_partition_list_destroy(offsets);
    const bool by_group = refused.code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION || refused.code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
                          refused.code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID || refused.code == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS;
    const bool by_topic = refused.code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;  // an offset is committed by who may read
    const std::string doing = by_topic ? fmt::format("read topic {}", handles_->log_topic) : std::string();
    if (refused.code != 0) return end_in_error(refused.code, refused.abort, refused.fatal, by_group, refused.text, doing);
  }
  const TransactionEnd end = end_transaction();
  transaction.times.answered = clock.monotonic_ns();
  if (delivered_ == handed_) transaction.times.delivered = last_delivery_ns_;
  return end;
}

// When a connection breaks, librdkafka asks again by itself. The first request may then still be on its way, and would end the producer's next
// transaction in its middle: who knows only one of two answers knows none (KIP-890). A producer whose connection broke is not used again.
TransactionEnd KafkaProducer::end_transaction() {
  rd_kafka_t* const rk = handles_->rk();
  const CallError committed = repeat(kCommitMs, [&](int ms) { return rd_kafka_commit_transaction(rk, ms); });
  if (committed.code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
    return end_in_error(committed.code, committed.abort, committed.fatal, false, committed.text, fmt::format("write to one of {}", topic_names()));
  if (committed.code != 0) return end_in_error(committed.code, committed.abort, committed.fatal, false, committed.text);
  return has_lost_coordinator() ? TransactionEnd::kLost : TransactionEnd::kCommitted;
}

bool KafkaProducer::has_lost_coordinator() {
  rd_kafka_poll(handles_->rk(), 0);  // librdkafka tells it in a callback
  if (!handles_->client->has_lost_coordinator()) return false;
  note_error(RD_KAFKA_RESP_ERR__TRANSPORT, "the connection to the coordinator broke");
  return true;
}

Result<void> fence_producer(const KafkaSettings& settings, const std::string& id) {
  const auto client = initialised(settings, id, nullptr);
  if (!client) return std::unexpected(client.error());
  return {};
}

}  // namespace reckoner
