// Against published values, and against a restatement of the measure in floating point that shares nothing with ours.
#include "operators/similar_names.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "operators/value_list.hpp"
#include "support/catch.hpp"

namespace reckoner {

namespace {

std::int64_t likeness_of(std::string_view left, std::string_view right) {
  const std::u32string a = fold_name(left);
  const std::u32string b = fold_name(right);
  return likeness(folded(a), folded(b));
}

// Jaro-Winkler by the book, over ASCII letters in lower case.
double by_the_book(const std::string& left, const std::string& right) {
  if (left.empty() || right.empty()) return 0;
  const int longest = static_cast<int>(std::max(left.size(), right.size()));
  const int reach = std::max(0, longest / 2 - 1);
  std::vector<int> partner(left.size(), -1);
  std::vector<bool> used(right.size(), false);
  for (int i = 0; i < static_cast<int>(left.size()); ++i) {
    for (int j = 0; j < static_cast<int>(right.size()); ++j) {
      const bool near = std::abs(i - j) <= reach;
      if (partner[static_cast<std::size_t>(i)] >= 0 || used[static_cast<std::size_t>(j)] || !near) continue;
      if (left[static_cast<std::size_t>(i)] != right[static_cast<std::size_t>(j)]) continue;
      partner[static_cast<std::size_t>(i)] = j;
      used[static_cast<std::size_t>(j)] = true;
    }
  }
  std::string in_left;
  std::string in_right;
  for (std::size_t i = 0; i < left.size(); ++i) in_left += partner[i] >= 0 ? std::string(1, left[i]) : "";
  for (std::size_t j = 0; j < right.size(); ++j) in_right += used[j] ? std::string(1, right[j]) : "";
  if (in_left.empty()) return 0;
  double moved = 0;
  for (std::size_t i = 0; i < in_left.size(); ++i) moved += in_left[i] == in_right[i] ? 0 : 0.5;
  const auto m = static_cast<double>(in_left.size());
  const double jaro = (m / static_cast<double>(left.size()) + m / static_cast<double>(right.size()) + (m - moved) / m) / 3;
  int prefix = 0;
  while (prefix < 4 && prefix < static_cast<int>(std::min(left.size(), right.size())) &&
         left[static_cast<std::size_t>(prefix)] == right[static_cast<std::size_t>(prefix)])
    ++prefix;
  return jaro + prefix * 0.1 * (1 - jaro);
}

}  // namespace

TEST_CASE("names are alike by the values that Winkler published") {
  CHECK(likeness_of("MARTHA", "MARHTA") == 9611);
  CHECK(likeness_of("DWAYNE", "DUANE") == 8400);
  CHECK(likeness_of("DIXON", "DICKSONX") == 8133);
  CHECK(likeness_of("JELLYFISH", "SMELLYFISH") == 8962);
  CHECK(likeness_of("abc", "xyz") == 0);
  CHECK(likeness_of("", "abc") == 0);
}

TEST_CASE("folding takes away case, marks, order of words and what stands between them") {
  CHECK(fold_name("Müller-Lüdenscheidt, HEINRICH") == U"heinrich ludenscheidt muller");
  CHECK(fold_name("O'Brien  o\u2019brien") == U"obrien obrien");
  CHECK(fold_name("Straße Æsir Þór \u0141\u00F3d\u017A") == U"aesir lodz strasse thor");
  CHECK(fold_name("Mu\u0308ller") == U"muller");
  CHECK(fold_name("\u0418\u0432\u0430\u043D \u0401\u043B\u043A\u0438\u043D") == U"\u0438\u0432\u0430\u043D \u0451\u043B\u043A\u0438\u043D");
  CHECK(fold_name("\u738B\u5C0F\u660E") == U"\u738B\u5C0F\u660E");
  CHECK(fold_name("a\xFF"
                  "b\xC3") == U"a b");
  CHECK(fold_name(" - . ").empty());
  CHECK(fold_name(std::string(500, 'x')).size() == kNameLettersMax);
}

TEST_CASE("a bound holds exactly where the likeness reaches it, and agrees with the measure in floating point") {
  std::mt19937 random(20260101);
  const auto below = [&](std::uint32_t bound) { return random() % bound; };
  for (int round = 0; round < 20'000; ++round) {
    const auto name = [&] {
      std::string text;
      const auto letters = below(13);
      for (std::uint32_t i = 0; i < letters; ++i) text += static_cast<char>('a' + below(5));
      return text;
    };
    const std::string left = name();
    const std::string right = below(2) == 0 ? name() : left + name().substr(0, 2);
    const std::u32string a = fold_name(left);
    const std::u32string b = fold_name(right);
    const std::int64_t found = likeness(folded(a), folded(b));
    INFO(left << " " << right);
    REQUIRE(std::abs(static_cast<double>(found) - std::floor(by_the_book(left, right) * 10'000 + 1e-6)) == 0);
    if (found > 0) REQUIRE(are_alike(folded(a), folded(b), found));
    REQUIRE_FALSE(are_alike(folded(a), folded(b), found + 1));
  }
}

TEST_CASE("a list finds each of many values, and none that is not there") {
  std::vector<ListEntry> entries;
  for (int i = 0; i < 5000; ++i) entries.push_back({"value " + std::to_string(i), 0, 100, "by " + std::to_string(i), ""});
  const ValueList list("many", entries);
  for (int i = 0; i < 5000; ++i) {
    const ListEntry* found = list.find("value " + std::to_string(i), 99);
    REQUIRE(found != nullptr);
    REQUIRE(found->by == "by " + std::to_string(i));
  }
  CHECK(list.find("value 5000", 99) == nullptr);
  CHECK(list.find("", 99) == nullptr);
  CHECK(list.find("value 1", 100) == nullptr);
  CHECK(list.find("value 1", -1) == nullptr);
  CHECK(ValueList("none", {}).find("x", 0) == nullptr);
}

}  // namespace reckoner
