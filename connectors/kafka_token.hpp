// A token that logs in by OAUTHBEARER. It is a JWT: whose it is and when it ends are read from it. Whether it is genuine is the broker's to say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/error.hpp"

namespace reckoner {

struct KafkaToken {
  std::string text;
  std::string principal;        // its `sub`
  std::int64_t expires_ms = 0;  // its `exp`, since 1970-01-01T00:00Z
};

// `source` is env:NAME or file:PATH. kConfiguration says what is wrong with it, and nothing of the token: it cannot be read, is no JWT, or is over at
// `now_ms`.
[[nodiscard]] Result<KafkaToken> read_kafka_token(std::string_view source, std::int64_t now_ms);

// When it ends, for people: 2026-01-01T12:00:00Z.
[[nodiscard]] std::string end_text(const KafkaToken& token);

}  // namespace reckoner
