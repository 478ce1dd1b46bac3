// Reads the generated files with a few string searches of its own, so that neither the generator's writer nor the project's decoder vouches for itself.
// Not checked here: that the shipped rules find the planted patterns; the example's own test does.
#include "app/generate_card_fraud.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/byte_digest.hpp"
#include "support/catch.hpp"
#include "support/fake_files.hpp"

namespace reckoner {

namespace {

struct Generated {
  std::map<std::string, std::string, std::less<>> files;
  CardFraudCounts counts;
};

Generated generated(const CardFraudSettings& settings) {
  Generated result;
  const auto counts = generate_card_fraud(settings, [&](std::string_view file, std::string_view bytes) -> Result<void> {
    result.files[std::string(file)].append(bytes);
    return {};
  });
  REQUIRE(counts.has_value());
  result.counts = *counts;
  return result;
}

const Generated& small() {
  static const Generated result = generated({.days = 10, .accounts = 1'200, .seed = 7});
  return result;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = text.find(separator); end != std::string_view::npos; end = text.find(separator, begin)) {
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (begin < text.size()) parts.emplace_back(text.substr(begin));
  return parts;
}

// The text of a field, without quotes.
std::string field(const std::string& line, const std::string& name) {
  const std::string label = "\"" + name + "\":";
  const std::size_t found = line.find(label);
  REQUIRE(found != std::string::npos);
  const std::size_t begin = found + label.size();
  std::string value = line.substr(begin, line.find_first_of(",}", begin) - begin);
  std::erase(value, '"');
  return value;
}

std::int64_t cents(std::string decimal) {
  const std::size_t point = decimal.find('.');
  REQUIRE(point == decimal.size() - 3);
  decimal.erase(point, 1);
  return std::strtoll(decimal.c_str(), nullptr, 10);
}

std::int64_t time_ms(const std::string& text) {  // the span lies in one January
  REQUIRE(text.compare(0, 8, "2026-01-") == 0);
  const auto digits = [&](std::size_t at, std::size_t count) { return std::strtoll(text.substr(at, count).c_str(), nullptr, 10); };
  return (((digits(8, 2) * 24 + digits(11, 2)) * 60 + digits(14, 2)) * 60 + digits(17, 2)) * 1'000 + digits(20, 3);
}

bool is_sound(const std::string& line) {
  const std::size_t account = line.find("\"account_id\":");
  return line.front() == '{' && line.back() == '}' && line.find("}{") == std::string::npos && account != std::string::npos &&
         line.find("\"account_id\":", account + 1) == std::string::npos && line.find("2026-13") == std::string::npos &&
         std::none_of(line.begin(), line.end(), [](char byte) { return static_cast<unsigned char>(byte) >= 0x80; });
}

struct FileUnderTest {
  std::string name;
  std::string id_field;
  std::string time_field;
  std::size_t index;
};

const std::array<FileUnderTest, 3> kFiles = {{{"transactions.jsonl", "transaction_id", "occurred_at", 0},
                                              {"logins.jsonl", "login_id", "at", 1},
                                              {"account_changes.jsonl", "change_id", "at", 2}}};

std::vector<std::string> sound_lines(const FileUnderTest& file) {
  std::vector<std::string> lines = split(small().files.at(file.name), '\n');
  std::erase_if(lines, [](const std::string& line) { return !is_sound(line); });
  return lines;
}

// Every record once, by id.
const std::map<std::string, std::string>& records() {
  static const std::map<std::string, std::string> by_id = [] {
    std::map<std::string, std::string> lines;
    for (const FileUnderTest& file : kFiles) {
      for (const std::string& line : sound_lines(file)) lines.emplace(field(line, file.id_field), line);
    }
    return lines;
  }();
  return by_id;
}

struct Label {
  std::string pattern;
  std::string key_field;
  std::string key;
  std::int64_t from_ms;
  std::int64_t to_ms;
  std::vector<std::string> ids;
};

std::vector<Label> labels() {
  std::vector<std::string> lines = split(small().files.at("labels.csv"), '\n');
  REQUIRE(lines.front() == "incident,pattern,key_field,key,from,to,event_ids");
  lines.erase(lines.begin());
  std::vector<Label> result;
  for (const std::string& line : lines) {
    const std::vector<std::string> cells = split(line, ',');
    REQUIRE(cells.size() == 7);
    result.push_back({cells[1], cells[2], cells[3], time_ms(cells[4]), time_ms(cells[5]), split(cells[6], ';')});
  }
  return result;
}

std::string time_of(const std::string& line) { return field(line, line.find("\"occurred_at\":") == std::string::npos ? "at" : "occurred_at"); }

}  // namespace

TEST_CASE("the card-fraud example's bytes are pinned") {
  const Generated pinned = generated({.days = 6, .accounts = 150, .seed = 11});
  std::vector<std::string> digests;
  for (const auto& [name, bytes] : pinned.files) {
    ByteDigest digest;
    digest.add(bytes);
    digests.push_back(fmt::format("{} {:016x}", name, digest.value()));
  }
  CHECK(digests == std::vector<std::string>{"account_changes.jsonl fd58680917bb14a2", "expected.json b9b6cca83d4860b1", "labels.csv 0a1a66732b82b69f",
                                            "logins.jsonl 52ae226bd55ebad5", "transactions.jsonl 5b9817f532386e7b"});
}

TEST_CASE("another seed makes another bank") {
  CHECK(generated({.days = 5, .accounts = 100, .seed = 1}).files != generated({.days = 5, .accounts = 100, .seed = 2}).files);
}

TEST_CASE("records come in event-time order but for four seconds, and late ones are an hour late") {
  for (const FileUnderTest& file : kFiles) {
    std::set<std::string> late;
    std::int64_t highest_ms = 0;
    for (const std::string& line : sound_lines(file)) {
      const std::int64_t at_ms = time_ms(field(line, file.time_field));
      const std::int64_t behind_ms = highest_ms - at_ms;
      if (behind_ms > 50 * 60'000) {  // the record before need not be of the very moment of arrival
        late.insert(field(line, file.id_field));
      } else {
        REQUIRE(behind_ms <= 4'000);
      }
      highest_ms = std::max(highest_ms, at_ms);
    }
    CHECK(late.size() == small().counts.files[file.index].late);
  }
}

TEST_CASE("each file holds as many lines of each bucket as expected.json says") {
  for (const FileUnderTest& file : kFiles) {
    const CardFraudFileCounts& counts = small().counts.files[file.index];
    std::set<std::string> distinct;
    std::uint64_t probes = 0;
    for (const std::string& line : sound_lines(file)) {
      if (!distinct.insert(field(line, file.id_field)).second) continue;
      if (file.index == 0 && field(line, "currency") == "XTS") ++probes;
    }
    const std::size_t lines = split(small().files.at(file.name), '\n').size();
    CHECK(lines == counts.lines);
    CHECK(lines - sound_lines(file).size() == counts.rejected);
    CHECK(sound_lines(file).size() - distinct.size() == counts.duplicate);
    CHECK(probes == counts.filtered);
    CHECK(counts.processed + counts.late + counts.duplicate + counts.filtered + counts.rejected == counts.lines);
    CHECK(counts.duplicate > 0);
    CHECK(counts.rejected >= 7);
    const std::string row = fmt::format("\"lines\": {}, \"processed\": {}, \"late\": {}, \"duplicate\": {}, \"filtered\": {}, \"rejected\": {}",
                                        counts.lines, counts.processed, counts.late, counts.duplicate, counts.filtered, counts.rejected);
    CHECK(small().files.at("expected.json").find(row) != std::string::npos);
  }
  CHECK(small().counts.files[0].late > 0);
  CHECK(small().counts.files[0].filtered == 30);
}

TEST_CASE("balances add up over transactions and adjustments, and declined payments change nothing") {
  std::map<std::pair<std::string, std::string>, const std::string*> in_order;  // by account and time, of which an account has no two
  const std::map<std::string, std::string>& all = records();
  for (const auto& [id, line] : all) {
    if (id.starts_with("LG-") || field(line, "account_id") == "PROBE-1" || field(line, "balance_after") == "null") continue;
    REQUIRE(in_order.emplace(std::pair{field(line, "account_id"), time_of(line)}, &line).second);
  }
  std::map<std::string, std::int64_t> balances;
  std::size_t declined = 0;
  for (const auto& [account_and_time, line] : in_order) {
    const std::int64_t after = cents(field(*line, "balance_after"));
    REQUIRE(after >= 0);
    const auto known = balances.find(account_and_time.first);
    if (line->find("\"balance_before\":") != std::string::npos) {
      if (known != balances.end()) REQUIRE(cents(field(*line, "balance_before")) == known->second);
    } else if (known != balances.end()) {
      const std::int64_t amount = field(*line, "direction") == "in" ? cents(field(*line, "amount")) : -cents(field(*line, "amount"));
      const bool is_declined = field(*line, "status") == "declined";
      declined += is_declined ? 1 : 0;
      REQUIRE(after == known->second + (is_declined ? 0 : amount));
    }
    balances[account_and_time.first] = after;
  }
  CHECK(balances.size() == 1'200);
  CHECK(declined > 20);
}

TEST_CASE("labels name existing records of their key within their time, and all six patterns") {
  const std::map<std::string, std::string>& all = records();
  std::map<std::string, int> incidents;
  for (const Label& label : labels()) {
    ++incidents[label.pattern];
    std::int64_t first_ms = label.to_ms;
    std::int64_t last_ms = label.from_ms;
    for (const std::string& id : label.ids) {
      const auto found = all.find(id);
      REQUIRE(found != all.end());
      CHECK(field(found->second, label.key_field) == label.key);
      first_ms = std::min(first_ms, time_ms(time_of(found->second)));
      last_ms = std::max(last_ms, time_ms(time_of(found->second)));
    }
    CHECK(first_ms == label.from_ms);
    CHECK(last_ms == label.to_ms);
  }
  CHECK(incidents == std::map<std::string, int>{{"account_takeover", 4},
                                                {"card_testing", 4},
                                                {"impossible_travel", 4},
                                                {"rapid_pass_through", 4},
                                                {"structuring", 4},
                                                {"velocity_burst", 4}});
  CHECK(small().counts.incidents == 24);
}

TEST_CASE("planted frauds have the money they need and reach their bounds") {
  const std::map<std::string, std::string>& all = records();
  for (const Label& label : labels()) {
    CAPTURE(label.pattern, label.key);
    std::set<std::string> cards;
    std::set<std::string> countries;
    std::int64_t in_cents = 0;
    std::int64_t out_cents = 0;
    for (const std::string& id : label.ids) {
      if (!id.starts_with("TX-")) continue;
      const std::string& line = all.at(id);
      cards.insert(field(line, "card_id"));
      countries.insert(field(line, "country"));
      if (label.pattern != "card_testing") CHECK(field(line, "status") == "approved");
      (field(line, "direction") == "in" ? in_cents : out_cents) += cents(field(line, "amount"));
    }
    if (label.pattern == "velocity_burst") CHECK(label.ids.size() >= 10);
    if (label.pattern == "card_testing") CHECK(cards.size() >= 4);
    if (label.pattern == "structuring") CHECK(in_cents >= 3 * 8'500'00);
    if (label.pattern == "impossible_travel") CHECK(countries.size() == 2);
    if (label.pattern == "rapid_pass_through") CHECK(10 * out_cents >= 9 * in_cents);
    if (label.pattern == "account_takeover") CHECK(out_cents >= 2'000'00);
  }
}

TEST_CASE("a dormant account is silent for most of the span before its payout") {
  const std::map<std::string, std::string>& all = records();
  std::size_t dormant = 0;
  for (const Label& label : labels()) {
    if (label.pattern != "account_takeover") continue;
    std::int64_t last_before_ms = 0;
    for (const auto& [id, line] : all) {
      if (field(line, "account_id") != label.key) continue;
      const std::int64_t at_ms = time_ms(time_of(line));
      if (at_ms < label.from_ms) last_before_ms = std::max(last_before_ms, at_ms);
    }
    REQUIRE(last_before_ms > 0);
    if (label.from_ms - last_before_ms > 4 * 86'400'000) ++dormant;
  }
  CHECK(dormant == 2);
}

TEST_CASE("the default settings make about half a million records") {
  const Generated usual = generated({});
  std::uint64_t lines = 0;
  for (const CardFraudFileCounts& file : usual.counts.files) lines += file.lines;
  CHECK(lines > 480'000);
  CHECK(lines < 520'000);
  CHECK(usual.counts.incidents >= 6 * 24);
}

TEST_CASE("card-fraud settings out of range are refused with the bound in the text") {
  const auto refused = [](const CardFraudSettings& settings) {
    const auto result = generate_card_fraud(settings, [](std::string_view, std::string_view) -> Result<void> { return {}; });
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().kind == ErrorKind::kConfiguration);
    return result.error().text;
  };
  CHECK(refused({.days = 4}) == "the number of days must be 5 to 366, not 4");
  CHECK(refused({.days = 367}) == "the number of days must be 5 to 366, not 367");
  CHECK(refused({.accounts = 99}) == "the number of accounts must be at least 100, not 99");
  CHECK(refused({.days = 100, .accounts = 4'000'000}) == "days times accounts must be at most 2000000, not 100 times 4000000");
}

TEST_CASE("the card-fraud example is written into its directory, and files of an earlier run are replaced") {
  const CardFraudSettings settings{.days = 5, .accounts = 100, .seed = 3};
  testing::FakeFiles disk;
  disk.put("demo/labels.csv", "from an earlier run");
  REQUIRE(generate_card_fraud(settings, disk, "demo").has_value());
  for (const auto& [name, bytes] : generated(settings).files) CHECK(disk.bytes("demo/" + name) == bytes);
  CHECK(disk.paths().size() == 5);
}

TEST_CASE("a full disk ends the card-fraud example with the disk's error") {
  testing::FakeFiles disk;
  disk.fault_at(4, testing::FakeFault::kFail);
  CHECK_FALSE(generate_card_fraud({.days = 5, .accounts = 100, .seed = 3}, disk, "demo").has_value());
}

}  // namespace reckoner
