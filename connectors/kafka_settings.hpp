// What a job says about its Kafka cluster, and from that the settings of each librdkafka client. Any setting of librdkafka may be added by
// name, but for those that would break exactly-once; these are refused by name, with the reason. A value `env:NAME` or `file:PATH` is taken
// from there, so that no secret needs to be in a job file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.hpp"

namespace reckoner {

// Largest record that a job writes: as its producers and the topics that it makes have it.
inline constexpr std::int64_t kMessageBytesMax = std::int64_t{16} << 20U;

struct KafkaSettings {
  std::string brokers;                                          // HOST:PORT,...
  std::vector<std::pair<std::string, std::string>> librdkafka;  // added by the user, checked and with secrets filled in
  std::string token_source{};                                   // of OAUTHBEARER: file:PATH or env:NAME, read anew before the token ends; else empty
};

enum class KafkaRole : std::uint8_t {
  kAdmin,     // looks at topics and makes them
  kReader,    // reads inputs and the log, in no group
  kMember,    // is told its shards by the group
  kProducer,  // writes transactions
};

using KafkaOptions = std::vector<std::pair<std::string, std::string>>;

// From texts `name=value`. kConfiguration lists all that are refused or wrong.
[[nodiscard]] Result<KafkaSettings> make_kafka_settings(std::string brokers, const std::vector<std::string>& added);

// By OAUTHBEARER, with a token of `token_source` or of librdkafka's own making.
[[nodiscard]] bool logs_in_by_token(const KafkaSettings& settings);

// A text `name=value` to be shown to people: a value that is a secret, and not where one is, is hidden.
[[nodiscard]] std::string shown_setting(std::string_view text);

// Own ones of a reader of so many partitions: what it fetches ahead is bounded for all of them together. Nothing when the user says how much it is.
[[nodiscard]] KafkaOptions queue_options(const KafkaSettings& settings, std::size_t partitions);

// Those of the role, those of the user, then `own` ones of this client.
[[nodiscard]] KafkaOptions client_options(const KafkaSettings& settings, KafkaRole role, const KafkaOptions& own);

}  // namespace reckoner
