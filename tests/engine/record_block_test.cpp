#include "engine/record_block.hpp"

#include <set>
#include <string>

#include "support/catch.hpp"

namespace reckoner {
namespace {

TEST_CASE("a text reference survives being packed into a cell") {
  const TextRef ref{0xfedcba98U, 0x80000001U};
  const TextRef again = TextRef::unpack(ref.pack());
  CHECK(again.offset == ref.offset);
  CHECK(again.length == ref.length);
}

TEST_CASE("a block finds strings and raw records in its text") {
  RecordBlock block;
  const std::string text = "{\"a\":\"xyz\"}\n";
  block.text.assign(text.begin(), text.end());
  block.row_begin = {0};
  block.row_length = {11};
  block.columns = {{TextRef{6, 3}.pack()}};
  CHECK(block.string(0, 0) == "xyz");
  CHECK(block.raw(0) == "{\"a\":\"xyz\"}");
}

TEST_CASE("a cleared block holds nothing and keeps its memory") {
  RecordBlock block;
  block.partition = {3, 4};
  block.first = {5, 6};
  block.text.resize(1000);
  block.text_bytes = 900;
  block.rows = 1;
  block.row_begin = block.row_length = {1};
  block.rejected = {1};
  block.present = {1};
  block.columns = {{1, 2, 3}, {}};
  block.rejects.emplace_back();
  block.next_byte = 7;
  block.clear();
  CHECK(block.partition == PartitionId{});
  CHECK(block.first == Position{});
  CHECK(block.text.size() == 1000);  // spare bytes for the next text, which text_bytes bounds
  CHECK(block.text_bytes + block.rows + block.next_byte == 0);
  CHECK((block.row_begin.empty() && block.row_length.empty() && block.rejected.empty() && block.present.empty() && block.rejects.empty()));
  CHECK(block.columns.at(0).empty());
  CHECK(block.columns.at(0).capacity() >= 3);
}

TEST_CASE("every reject code has a name of its own") {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(RejectCode::kFutureTime); ++code) names.insert(to_text(static_cast<RejectCode>(code)));
  CHECK(names.size() == 17);
  CHECK(to_text(RejectCode::kBadJson) == "bad_json");
}

}  // namespace
}  // namespace reckoner
