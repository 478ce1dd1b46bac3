// What is read from a token of OAUTHBEARER, and what is said of one that will not do.
#include "connectors/kafka_token.hpp"

#include <fstream>
#include <string>
#include <string_view>

#include "connectors/kafka_settings.hpp"
#include "support/catch.hpp"
#include "support/scratch_directory.hpp"

namespace reckoner::testing {

namespace {

// {"alg":"none"}, and claims in base64url.
std::string token_of(const std::string& claims) { return "eyJhbGciOiJub25lIn0." + claims + "."; }

constexpr const char* kAlice = "eyJzdWIiOiJhbGljZSIsImV4cCI6MTc2NzIyNTYwMC41fQ";      // {"sub":"alice","exp":1767225600.5}
constexpr const char* kOdd = "eyJzdWIiOiJcdTAwZmY_Pz8-Pj4iLCJleHAiOjE3NjcyMjU2MDB9";  // its sub has what gives both - and _
constexpr const char* kEndless = "eyJzdWIiOiJhbGljZSJ9";                              // {"sub":"alice"}
constexpr const char* kTextTime = "eyJzdWIiOiJhbGljZSIsImV4cCI6IjE3NjcyMjU2MDAifQ";   // {"sub":"alice","exp":"1767225600"}
constexpr const char* kNobodys = "eyJleHAiOjE3NjcyMjU2MDB9";                          // {"exp":1767225600}
constexpr const char* kList = "WzE3NjcyMjU2MDBd";                                     // [1767225600]
constexpr std::int64_t kEndMs = 1'767'225'600'000;

struct Kept {
  ScratchDirectory scratch;
  std::string path = scratch.inner("token");

  std::string keep(const std::string& text) {
    std::ofstream(path) << text;
    return "file:" + path;
  }
};

std::string refusal(const Result<KafkaToken>& token) {
  REQUIRE(!token);
  CHECK(token.error().kind == ErrorKind::kConfiguration);
  CHECK(token.error().text.find("eyJ") == std::string::npos);  // nothing of the token
  return token.error().text;
}

}  // namespace

TEST_CASE("whose a token is and when it ends are read from it, whatever base64url writes them with") {
  Kept kept;
  const auto token = read_kafka_token(kept.keep(token_of(kAlice) + "\n"), kEndMs);
  REQUIRE(token);
  CHECK(token->text == token_of(kAlice));
  CHECK(token->principal == "alice");
  CHECK(token->expires_ms == kEndMs + 500);
  CHECK(end_text(*token) == "2026-01-01T00:00:00Z");
  const auto odd = read_kafka_token(kept.keep(token_of(kOdd)), 0);
  REQUIRE(odd);
  CHECK(odd->principal == "\xc3\xbf?\?\?>>>");
}

TEST_CASE("a token is over at the millisecond that it names, and the next step is said") {
  Kept kept;
  const std::string source = kept.keep(token_of(kAlice));
  CHECK(read_kafka_token(source, kEndMs + 499));
  const std::string text = refusal(read_kafka_token(source, kEndMs + 500));
  CHECK(text.find(source + " ended at 2026-01-01T00:00:00Z; have it renewed") != std::string::npos);
}

TEST_CASE("what is not a token, or lacks what must be known of one, is said without showing it") {
  Kept kept;
  for (const std::string& text : {std::string("secret"), std::string("a.b"), std::string("a.b.c"), std::string(), token_of(kList)}) {
    INFO(text);
    CHECK(refusal(read_kafka_token(kept.keep(text), 0)).find("is not a JWT") != std::string::npos);
  }
  CHECK(refusal(read_kafka_token(kept.keep(token_of(kEndless)), 0)).find("has no exp") != std::string::npos);
  CHECK(refusal(read_kafka_token(kept.keep(token_of(kTextTime)), 0)).find("has no exp") != std::string::npos);
  CHECK(refusal(read_kafka_token(kept.keep(token_of(kNobodys)), 0)).find("has no sub") != std::string::npos);
  CHECK(refusal(read_kafka_token("file:" + kept.path + ".none", 0)).find("cannot be read") != std::string::npos);
  CHECK(refusal(read_kafka_token("env:RECKONER_TEST_NO_SUCH", 0)).find("the environment has no RECKONER_TEST_NO_SUCH") != std::string::npos);
}

TEST_CASE("a token and the mechanism that takes one belong together") {
  const auto text_of = [](const std::vector<std::string>& added) {
    const auto settings = make_kafka_settings("b:9092", added);
    return settings ? std::string() : settings.error().text;
  };
  CHECK(text_of({"sasl.mechanism=OAUTHBEARER"}).find("needs a token; add sasl.oauthbearer.token=file:PATH") != std::string::npos);
  CHECK(text_of({"sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.method=oidc"}).empty());
  CHECK(text_of({"sasl.mechanism=PLAIN", "sasl.oauthbearer.token=file:/none"}).find("is for sasl.mechanism=OAUTHBEARER alone") != std::string::npos);
  CHECK(text_of({"sasl.mechanisms=OAUTHBEARER", "sasl.oauthbearer.token=a.b.c"}).find("write where it is to be had") != std::string::npos);
  CHECK(text_of({"sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.token=file:/none"}).find("/none cannot be read") != std::string::npos);
}

}  // namespace reckoner::testing
