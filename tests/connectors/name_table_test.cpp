#include "connectors/name_table.hpp"

#include <string>
#include <vector>

#include "connectors/key_set.hpp"
#include "support/catch.hpp"

namespace reckoner {
namespace {

TEST_CASE("a name table finds names of every length and nothing else") {
  std::vector<std::string> names;
  for (std::size_t length = 0; length < 40; ++length) names.push_back(std::string(length, 'a'));
  names.push_back("aaaaaaaaXaaaaaaaaa");  // differs in the middle, which the first and last eight bytes do not show
  names.push_back("aaaaaaaaYaaaaaaaaa");
  const NameTable table(names);
  for (std::uint32_t position = 0; position < names.size(); ++position) CHECK(table.find(names[position]) == position);
  for (std::uint32_t position = 0; position < names.size(); ++position) {
    for (const char behind : {'a', 'X', '"', '\0'}) {  // what lies behind a text is no part of it
      const std::string padded = names[position] + std::string(TextKey::kWholeUpTo, behind);
      CHECK(table.find_padded(std::string_view(padded).substr(0, names[position].size())) == position);
    }
  }
  CHECK(!table.find("aaaaaaaaZaaaaaaaaa"));
  CHECK(!table.find("b"));
  CHECK(!table.find("ab"));
  CHECK(!table.find(std::string_view("a\0", 2)));
  CHECK(!table.find(std::string(40, 'a')));
}

TEST_CASE("an empty table finds nothing, and of equal names the first counts") {
  CHECK(!NameTable().find(""));
  CHECK(NameTable({"x", "y", "x"}).find("x") == 0);
}

TEST_CASE("a key set tells duplicates of one object from keys of another") {
  KeySet keys;
  const KeySet::Mark outer = keys.open();
  CHECK(keys.add(outer, "a"));
  const KeySet::Mark inner = keys.open();
  CHECK(keys.add(inner, "a"));
  CHECK(!keys.add(inner, "a"));
  CHECK(!keys.close(inner));
  CHECK(keys.add(outer, "b"));
  CHECK(!keys.add(outer, "a"));
}

TEST_CASE("a key set finds a duplicate among many keys when the object closes") {
  for (const std::size_t count : {31U, 32U, 33U, 34U, 1000U}) {
    std::vector<std::string> names;
    for (std::size_t key = 0; key < count; ++key) names.push_back("key-with-a-long-name-" + std::to_string(key));
    KeySet keys;
    const KeySet::Mark mark = keys.open();
    for (const std::string& name : names) CHECK(keys.add(mark, name));
    const bool seen_at_once = !keys.add(mark, names[count / 2]);
    const auto duplicate = keys.close(mark);
    CHECK((seen_at_once || duplicate == names[count / 2]));
    const KeySet::Mark again = keys.open();
    for (const std::string& name : names) CHECK(keys.add(again, name));
    CHECK(!keys.close(again));
  }
}

}  // namespace
}  // namespace reckoner
