#include "connectors/kafka_token.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <optional>
#include <utility>

#include "connectors/binary_decimal.hpp"
#include "connectors/json_items.hpp"
#include "connectors/json_strict.hpp"
#include "connectors/secret_value.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kMillisecondsPerSecond = 1000;
constexpr double kSecondsMax = 253'402'300'799;  // the end of the year 9999

// The part between the points, base64url without padding (RFC 7515).
std::optional<std::string> claims_of(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  std::string base64(token.substr(first + 1, second - first - 1));
  std::replace(base64.begin(), base64.end(), '-', '+');
  std::replace(base64.begin(), base64.end(), '_', '/');
  while (base64.size() % 4 != 0) base64.push_back('=');
  return decode_base64(base64);
}

// Seconds, which may have a fraction.
std::optional<std::int64_t> expiry_of(std::string_view claims) {
  const std::string_view token = find_member(claims, "exp");
  double seconds = 0;
  const auto read = std::from_chars(token.data(), token.data() + token.size(), seconds);
  if (token.empty() || read.ec != std::errc{} || read.ptr != token.data() + token.size() || seconds < 0 || seconds > kSecondsMax) return std::nullopt;
  return static_cast<std::int64_t>(std::floor(seconds * static_cast<double>(kMillisecondsPerSecond)));
}

}  // namespace

Result<KafkaToken> read_kafka_token(std::string_view source, std::int64_t now_ms) {
  Result<std::string> text = secret_value(source);
  if (!text) return std::unexpected(text.error());
  const std::optional<std::string> claims = claims_of(*text);
  const bool is_object_of_json = claims && validate_json_document(*claims) && is_object(without_space(*claims));
  if (!is_object_of_json) {
    return fail(
        ErrorKind::kConfiguration,
        fmt::format("what {} holds is not a JWT, HEADER.CLAIMS.SIGNATURE in base64url, and no other tokens are known; have one issued", source));
  }
  const std::string_view object = without_space(*claims);
  const std::optional<std::int64_t> expires = expiry_of(object);
  if (!expires)
    return fail(ErrorKind::kConfiguration, fmt::format("the token of {} has no exp, the time when it ends; have one with it issued", source));
  std::string unescaped;
  const std::string_view subject = find_member(object, "sub");
  if (!is_string(subject))
    return fail(ErrorKind::kConfiguration, fmt::format("the token of {} has no sub, whose it is; have one with it issued", source));
  KafkaToken token{std::move(*text), std::string(string_content(subject, unescaped)), *expires};
  if (token.expires_ms <= now_ms)
    return fail(ErrorKind::kConfiguration,
                fmt::format("the token of {} ended at {}; have it renewed before that: it is read again when four fifths of its time are over",
                            source, end_text(token)));
  return token;
}

std::string end_text(const KafkaToken& token) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(token.expires_ms / kMillisecondsPerSecond)));
}

}  // namespace reckoner
