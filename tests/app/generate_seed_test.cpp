// The pinned digests were computed from the output of the workload's reference generator, built with g++.
#include "app/generate_seed.hpp"

#include <string>

#include "app/byte_digest.hpp"
#include "support/catch.hpp"

namespace reckoner {

namespace {

std::string generated(const SeedSettings& settings) {
  std::string all;
  const auto done = generate_seed(settings, [&](std::string_view bytes) -> Result<void> {
    all.append(bytes);
    return {};
  });
  REQUIRE(done.has_value());
  return all;
}

std::string first_line(const SeedSettings& settings) {
  const std::string all = generated(settings);
  return all.substr(0, all.find('\n'));
}

ByteDigest digest_of(const SeedSettings& settings) {
  ByteDigest digest;
  digest.add(generated(settings));
  return digest;
}

}  // namespace

TEST_CASE("the seed workload's bytes are those of the reference generator") {
  const ByteDigest many_accounts = digest_of({.events = 200'000, .accounts = 20'000, .seed = 1});
  CHECK(many_accounts.size() == 65'406'377);
  CHECK(many_accounts.value() == 0xc1fef71e146b27a1);

  const ByteDigest few_accounts = digest_of({.events = 200'000, .accounts = 200, .seed = 2});
  CHECK(few_accounts.size() == 65'402'826);
  CHECK(few_accounts.value() == 0xf3112689be24ab64);
}

TEST_CASE("the skewed seed workload's bytes are those of the reference generator") {
  CHECK(digest_of({.events = 200'000, .accounts = 20'000, .seed = 1, .skew = true}).value() == 0xf4830a587982476a);
  CHECK(digest_of({.events = 200'000, .accounts = 200, .seed = 2, .skew = true}).value() == 0x755e11a1137265b2);
}

TEST_CASE("the first seed event has every field in the documented order") {
  CHECK(first_line({.events = 1, .accounts = 20'000, .seed = 1}) ==
        R"({"event_id":"9afcd44d-14cf-4bfe-7476-cf8a4baa5dc0","event_time":1767225598427,"account_id":"ACC-0000014915","type":"refund",)"
        R"("amount":105.61,"currency":"CAD","merchant_id":"M-00353729","mcc":"8090","country":"GB","channel":"ecom","device_id":"d-50f8dbbee2",)"
        R"("ip":"182.165.42.111","status":"approved","balance_after":26503.94})");
}

TEST_CASE("a longer seed workload begins with the shorter one") {
  const std::string shorter = generated({.events = 100, .accounts = 50, .seed = 9});
  CHECK(generated({.events = 5'000, .accounts = 50, .seed = 9}).compare(0, shorter.size(), shorter) == 0);
}

TEST_CASE("another seed gives another workload") {
  CHECK(first_line({.events = 1, .accounts = 50, .seed = 1}) != first_line({.events = 1, .accounts = 50, .seed = 2}));
}

TEST_CASE("no seed events give no bytes") { CHECK(generated({.events = 0, .accounts = 1, .seed = 1}).empty()); }

TEST_CASE("a number of accounts out of range is refused") {
  const auto ignore = [](std::string_view) -> Result<void> { return {}; };
  const auto none = generate_seed({.events = 1, .accounts = 0, .seed = 1}, ignore);
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().kind == ErrorKind::kConfiguration);
  CHECK_FALSE(generate_seed({.events = 1, .accounts = SeedSettings::kAccountsMax + 1, .seed = 1}, ignore).has_value());
}

TEST_CASE("the seed generator stops at the first error of its sink") {
  int calls = 0;
  const auto stopped = generate_seed({.events = 20'000, .accounts = 10, .seed = 1}, [&](std::string_view) -> Result<void> {
    ++calls;
    return fail(ErrorKind::kExternal, "no space left");
  });
  REQUIRE_FALSE(stopped.has_value());
  CHECK(stopped.error().text == "no space left");
  CHECK(calls == 1);
}

}  // namespace reckoner
