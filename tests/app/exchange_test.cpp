// What is kept by another key than the topics' is what the records say, whoever was killed when; and so is what is asked of one key for a rule by
// another, which records hop to.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "exchange_rules.hpp"
#include "operators/handing_on.hpp"
#include "support/catch.hpp"
#include "topic_world.hpp"

namespace reckoner::testing {

namespace {

void check_lists(const TopicWorld& world) {
  const ListAlerts expected = expected_of_lists(world);
  CHECK(expected.hot.size() > 30);
  CHECK(expected.burnt.size() > 30);
  CHECK(differences(world.alerts("BIG-01"), expected.big) == "");
  CHECK(differences(world.alerts("HOT-01"), expected.hot) == "");
  CHECK(differences(world.alerts("BURNT-01"), expected.burnt) == "");
  CHECK(wrong_totals(world) == "");
}

std::set<std::string> sentences(const TopicWorld& world, const std::string& rule) {
  std::set<std::string> sentences;
  for (const std::string& row : world.topics().alerts) {
    if (TopicWorld::text(row, "rule") == rule) CHECK(sentences.insert(TopicWorld::text(row, "say")).second);
  }
  return sentences;
}

}  // namespace

TEST_CASE("totals by another key than the topics' are right at any number of shards, whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 3U, 5U}) {
    for (unsigned seed = 1; seed <= 4; ++seed) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kTotals, {kBusy});
      REQUIRE(hops_before(world.plan()).size() == 1);
      world.live(400);
      world.finish();
      CHECK(wrong_totals(world) == "");
    }
  }
}

TEST_CASE("with an end of input what depends on the order of records is the same at any number of shards") {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    for (const std::uint32_t shards : {1U, 2U, 3U, 5U}) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kTotals, {kBusy});
      world.fill(4000);
      world.finish();
      CHECK(busy_shops(world).size() > 100);
      CHECK(differences(world.alerts("BUSY-01"), busy_shops(world)) == "");
    }
  }
}

TEST_CASE("what is decided in order of event time is the same at any number of shards, whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 3U, 5U}) {
    for (unsigned seed = 21; seed <= 24; ++seed) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kTotals, {kBusy + kOrdered}, true);
      world.live(400);
      world.finish();
      CHECK(busy_shops(world).size() > 100);
      CHECK(differences(world.alerts("BUSY-01"), busy_shops(world)) == "");
      CHECK(wrong_totals(world) == "");
    }
  }
}

TEST_CASE("facts of other keys are asked over several hops and with an end of input are the same at any number of shards") {
  for (unsigned seed = 41; seed <= 44; ++seed) {
    for (const std::uint32_t shards : {1U, 2U, 3U, 5U}) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kTotals, {kHops});
      REQUIRE(hops_before(world.plan()).size() == 3);
      world.fill(4000);
      world.finish();
      CHECK(hops_expected(world).size() > 100);
      CHECK(differences(world.alerts("HOPS-01"), hops_expected(world)) == "");
      CHECK(wrong_totals(world) == "");
    }
  }
}

TEST_CASE("facts of other keys in order of event time are the same at any number of shards, whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 3U, 5U}) {
    for (unsigned seed = 61; seed <= 64; ++seed) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kTotals, {kHops + kOrdered}, true);
      world.live(400);
      world.finish();
      CHECK(hops_expected(world).size() > 100);
      CHECK(differences(world.alerts("HOPS-01"), hops_expected(world)) == "");
      CHECK(wrong_totals(world) == "");
    }
  }
}

TEST_CASE("keys that ask each other are answered at any number of shards, whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 4U}) {
    for (unsigned seed = 101; seed <= 104; ++seed) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kTotals, {kHops + kOrdered, kBack + kOrdered}, true);
      world.live(400);
      world.finish();
      CHECK(back_expected(world).size() > 100);
      CHECK(differences(world.alerts("HOPS-01"), hops_expected(world)) == "");
      CHECK(differences(world.alerts("BACK-01"), back_expected(world)) == "");
      CHECK(wrong_totals(world) == "");
      TopicWorld at_once(shards, seed, kTotals, {kHops, kBack + kOrdered, kBusy});
      at_once.fill(2000);
      at_once.finish();
      CHECK(differences(at_once.alerts("HOPS-01"), hops_expected(at_once)) == "");
      CHECK(differences(at_once.alerts("BACK-01"), back_expected(at_once)) == "");
      CHECK(differences(at_once.alerts("BUSY-01"), busy_shops(at_once)) == "");
      CHECK(wrong_totals(at_once) == "");
    }
  }
}

TEST_CASE("what rules put into lists is asked on every shard, in order of event time and whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 4U}) {
    for (unsigned seed = 121; seed <= 124; ++seed) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kLists + kTotals, {kAdds + kOrdered, kAsks + kOrdered, kAsksAgain + kOrdered}, true);
      world.live(400);
      world.finish();
      check_lists(world);
    }
  }
}

TEST_CASE("what rules put into lists is asked on every shard, with an end of input as in one order") {
  for (const std::uint32_t shards : {1U, 2U, 4U}) {
    for (unsigned seed = 141; seed <= 144; ++seed) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kLists + kTotals, {kAdds, kAsks, kAsksAgain});
      world.fill(2000);
      world.finish();
      check_lists(world);
    }
  }
}

TEST_CASE("rules that look at several inputs find the same at any number of shards, whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 3U, 5U}) {
    for (const unsigned seed : {181U, 182U, 183U, 1013U}) {  // with the last one a replay is told again behind an end
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kLists + kTotals, {kLogged + kOrdered, kHops, kAdds + kOrdered, kAsks + kOrdered, kAsksAgain + kOrdered}, true);
      world.live(400);
      world.finish();
      CHECK(logged_expected(world).size() > 100);
      CHECK(differences(world.alerts("LOG-01"), logged_expected(world)) == "");
      check_lists(world);
      TopicWorld at_once(shards, seed, kLists + kTotals, {kLogged, kHops + kOrdered, kAdds, kAsks, kAsksAgain});
      at_once.fill(2000);
      at_once.finish();
      CHECK(differences(at_once.alerts("LOG-01"), logged_expected(at_once)) == "");
      CHECK(differences(at_once.alerts("HOPS-01"), hops_expected(at_once)) == "");
      check_lists(at_once);
    }
  }
}

TEST_CASE("rules look at alerts where these are found, whatever the number of shards and whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 4U}) {
    for (unsigned seed = 161; seed <= 163; ++seed) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kTotals, {kBusy + kOrdered, kMeta}, true);
      world.live(400);
      world.finish();
      std::set<std::string> found;
      for (const std::string& row : world.topics().alerts) {
        if (TopicWorld::text(row, "rule") != "META-01") continue;
        found.insert(fmt::format("{} {} {}", TopicWorld::text(row, "shop_id"), TopicWorld::number(row, "event_time"), TopicWorld::text(row, "say")));
      }
      CHECK(busy_for_long(world).size() > 100);
      CHECK(differences(found, busy_for_long(world)) == "");
    }
  }
}

TEST_CASE("cycles are found in one place, with an end of input as in one order") {
  for (const std::uint32_t shards : {1U, 2U, 5U}) {
    for (unsigned seed = 221; seed <= 223; ++seed) {
      for (const auto& others : {std::vector<std::string>{}, {kHops, kBack + kOrdered}, {kAdds, kAsks, kAsksAgain}}) {
        INFO(shards << " shards, seed " << seed << ", beside " << others.size() << " rules");
        const bool asks_lists = others.size() == 3;
        std::vector<std::string> rules = {kLoops, kLoopsOfPayee};
        rules.insert(rules.end(), others.begin(), others.end());
        TopicWorld world(shards, seed, kCycles + (asks_lists ? kLists : "") + kTotals, rules);
        world.fill(2000);
        world.finish();
        const LoopAlerts expected = expected_loops(world);
        CHECK(expected.of_account.size() > 100);
        CHECK(expected.of_payee.size() > 50);
        CHECK(differences(sentences(world, "LOOP-01"), expected.of_account) == "");
        CHECK(differences(sentences(world, "LOOP-02"), expected.of_payee) == "");
        CHECK(wrong_totals(world) == "");
      }
    }
  }
}

TEST_CASE("cycles of records that come as they do are told once, whoever was killed when") {
  for (unsigned seed = 241; seed <= 244; ++seed) {
    INFO("seed " << seed);
    TopicWorld world(3, seed, kCycles + kTotals, {kLoops, kLoopsOfPayee, kHops});
    world.live(400);
    world.finish();
    CHECK(sentences(world, "LOOP-01").size() > 100);
    CHECK(wrong_totals(world) == "");
  }
}

TEST_CASE("rules look at every alert of records that hop as they come, whoever was killed when") {
  const std::string each = kMeta.substr(0, kMeta.find("fire:")) + "fire: many >= 1\nsay: \"one\"\n";
  for (const std::uint32_t shards : {1U, 3U}) {
    for (unsigned seed = 201; seed <= 204; ++seed) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kTotals, {kBusy, each});
      world.live(400);
      world.finish();
      const auto& alerts = world.topics().alerts;
      const auto of = [&](const std::string& rule) {
        return std::count_if(alerts.begin(), alerts.end(), [&](const std::string& row) { return TopicWorld::text(row, "rule") == rule; });
      };
      CHECK(of("BUSY-01") > 100);
      CHECK(of("META-01") == of("BUSY-01"));
    }
  }
}

TEST_CASE("records that hop as they come are all looked at, whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 3U, 5U}) {
    for (unsigned seed = 81; seed <= 84; ++seed) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kTotals, {kHops});
      world.live(400);
      world.finish();
      CHECK(world.alerts("HOPS-01").size() > 100);
      CHECK(wrong_totals(world) == "");  // by account behind three hops
    }
  }
}

TEST_CASE("where all shards are silent, windows by another key close as the clock goes on") {
  for (const std::string& rule : {kBusy, kHops}) {
    for (const std::uint32_t shards : {1U, 3U}) {
      INFO(shards << " shards");
      TopicWorld world(shards, 11, kTotals, {rule});
      world.idle_after(60'000);
      world.live(200);
      for (std::uint32_t shard = 0; shard < shards; ++shard) world.restart(shard);
      world.be_silent(30 * 60 * kMinuteMs);  // the day that windows wait for what is late, and more
      CHECK(wrong_totals(world) == "");
    }
  }
}

TEST_CASE("a job on topics goes on behind the end of its input") {
  for (const std::string& rule : {kBusy, kHops, kHops + kOrdered}) {
    TopicWorld world(3, 7, kTotals, {rule});
    world.live(100);
    world.finish();
    CHECK(wrong_totals(world) == "");
    const std::size_t before = found_totals(world).size();
    world.finish();  // nothing new
    CHECK(found_totals(world).size() == before);
  }
}

TEST_CASE("a shard that decides nothing for too long says so in its log, again and again, and a replay goes through it") {
  TopicWorld world(2, 91, kTotals, {kBusy});
  world.live(100);
  world.be_silent(10'000);
  const std::uint64_t before = world.epochs(0);
  world.be_silent(10'000);
  CHECK(world.epochs(0) == before);

  world.silence_max(1'000);
  for (std::uint32_t shard = 0; shard < 2; ++shard) world.restart(shard);
  world.be_silent(10'000);
  CHECK(world.epochs(0) >= before + 8);
  CHECK(world.epochs(0) <= before + 11);
  world.live(100);
  world.finish();
  CHECK(wrong_totals(world) == "");
}

}  // namespace reckoner::testing
