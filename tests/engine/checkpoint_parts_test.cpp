#include <map>
#include <random>
#include <string>

#include "engine/checkpoint_store.hpp"
#include "engine/state_writer.hpp"
#include "support/catch.hpp"

namespace reckoner {

TEST_CASE("parts stay as they were put, large and small, and clearing makes room again") {
  const auto memory = std::make_shared<PartMemory>();
  CheckpointParts parts(memory);
  std::mt19937 random(9);
  for (int round = 0; round < 4; ++round) {
    if (round == 1) memory->expect(3U << 20U);  // less than comes
    if (round == 2) memory->expect(100U << 20U);
    std::map<std::string, std::string> expected;
    for (int i = 0; i < 20'000; ++i) {
      const std::string key = "part" + std::to_string(i);
      const std::string value(i == 77 ? 5U << 20U : random() % 700, static_cast<char>('a' + i % 26));
      parts.put(key, value);
      expected[key] = value;
    }
    parts.remove(std::string_view("gone"));
    REQUIRE(parts.size() == 20'001);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < 20'000; ++i) {
      const CheckpointParts::Part& part = parts.part(i);
      if (part.deleted || expected[std::string(CheckpointParts::key(part))] != CheckpointParts::value(part)) ++wrong;
    }
    CHECK(wrong == 0);
    CHECK(parts.part(20'000).deleted);
    CHECK(CheckpointParts::key(parts.part(20'000)) == "gone");
    parts.clear();
    CHECK(parts.size() == 0);
    CHECK(parts.bytes() == 0);
    CHECK(memory->bytes() + parts.beside_bytes() < (12U << 20U));  // what is expected only is not there yet
  }
}

TEST_CASE("lists that share memory use what each other gave back, and keep apart what they hold") {
  const auto memory = std::make_shared<PartMemory>();
  CheckpointParts first(memory);
  CheckpointParts second(memory);
  const std::string value(1U << 20U, 'v');
  for (int i = 0; i < 8; ++i) {
    first.put(std::string_view("a"), value);
    second.put(std::string_view("b"), std::string(1U << 20U, 'w'));
  }
  const std::size_t most = memory->bytes();
  first.clear();
  for (int i = 0; i < 7; ++i) second.put(std::string_view("c"), value);
  CHECK(memory->bytes() == most);
  for (std::size_t i = 0; i < second.size(); ++i) {
    const std::string_view found = CheckpointParts::value(second.part(i));
    CHECK((found.size() == value.size() && found.find_first_not_of(i < 8 ? 'w' : 'v') == std::string_view::npos));
  }
}

TEST_CASE("a state writer keeps apart what each operator gives, and in which way") {
  StateWriter writer;
  writer.begin(2, true);
  CHECK(writer.begins());
  writer.put("a", std::string_view("one"));
  writer.begin(3, false);
  CHECK_FALSE(writer.begins());
  writer.remove("b");
  writer.put_tail("c", std::string_view("three"));
  REQUIRE(writer.entries().size() == 3);
  const auto entries = writer.entries();
  CHECK((entries[0].op == 2 && entries[0].kind == StateWriter::Kind::kPart && writer.name(entries[0]) == "a" && writer.value(entries[0]) == "one"));
  CHECK((entries[1].op == 3 && entries[1].kind == StateWriter::Kind::kRemoved && writer.name(entries[1]) == "b" && writer.value(entries[1]).empty()));
  CHECK((entries[2].kind == StateWriter::Kind::kTail && writer.name(entries[2]) == "c" && writer.value(entries[2]) == "three"));
  writer.clear();
  CHECK(writer.entries().empty());
}

}  // namespace reckoner
