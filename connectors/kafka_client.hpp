// One librdkafka client, and what it last complained about: connections that fail are no error of any call, so that a call that runs out of
// time would not say why.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "connectors/kafka_settings.hpp"
#include "connectors/kafka_token.hpp"
#include "engine/error.hpp"

struct rd_kafka_s;
struct rd_kafka_conf_s;

namespace reckoner {

class KafkaClient {
 public:
  // `prepare` adds callbacks whose opaque is `owner`; both may be null, and `owner` outlives the client.
  using Prepare = void (*)(rd_kafka_conf_s*);
  [[nodiscard]] static Result<std::unique_ptr<KafkaClient>> make(const KafkaSettings& settings, KafkaRole role, const KafkaOptions& own = {},
                                                                 Prepare prepare = nullptr, void* owner = nullptr);
  ~KafkaClient();
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  [[nodiscard]] rd_kafka_s* handle() const { return handle_; }
  [[nodiscard]] void* owner() const { return owner_; }

  // The last error of its connections since this was called last; a refusal to log in or to encrypt counts more than what follows from it.
  [[nodiscard]] std::optional<Error> take_trouble();
  void note_trouble(int code, const char* reason);
  // Whether a connection to a broker broke since this was called last: answers may have been lost.
  [[nodiscard]] bool take_lost_connection();
  // Whether a producer's connection to the coordinator of its transactions ever broke. Of a later time librdkafka may say nothing, when one break is
  // like another.
  [[nodiscard]] bool has_lost_coordinator();
  // Topics that a transaction was refused for want of WRITE on them, since this was called last. librdkafka's errors do not name them, its log does.
  [[nodiscard]] std::set<std::string> take_refused_topics();
  void note_log(std::string_view line);
  // Of librdkafka's background thread, which wants a token at the start and when four fifths of the last one's time are over.
  void give_token(rd_kafka_s* handle);

 private:
  KafkaClient(const KafkaSettings& settings, void* owner);

  rd_kafka_s* handle_ = nullptr;
  void* owner_;
  bool scram_at_risk_ = false;  // this librdkafka cannot log in to newer brokers in the way that was asked for
  std::string token_source_;
  std::mutex mutex_;
  std::optional<KafkaToken> token_;  // the last that was given
  std::optional<Error> trouble_;
  bool lost_connection_ = false;
  bool lost_coordinator_ = false;
  std::set<std::string> refused_topics_;
};

}  // namespace reckoner
