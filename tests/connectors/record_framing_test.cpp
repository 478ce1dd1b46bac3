#include "connectors/record_framing.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "engine/schema.hpp"
#include "support/catch.hpp"

namespace reckoner {
namespace {

constexpr Framing kLines{};
constexpr Framing kCsv{FramingKind::kCsv, ','};

// Ends of all complete records, found one by one.
std::vector<std::size_t> ends_of(std::string_view text, Framing framing) {
  std::vector<std::size_t> ends;
  for (std::size_t at = record_end(text, 0, framing); at != std::string_view::npos; at = record_end(text, at, framing)) ends.push_back(at);
  return ends;
}

TEST_CASE("lines end after their LF, and what follows the last one is not whole") {
  CHECK(whole_records_end("", kLines) == 0);
  CHECK(whole_records_end("abc", kLines) == 0);
  CHECK(whole_records_end("a\nb\r\nc", kLines) == 5);
  CHECK(whole_records_end("a\nb\"\n", kLines) == 5);
}

TEST_CASE("a CSV record ends at the first LF outside quotes") {
  CHECK(ends_of("a,b\nc,d\n", kCsv) == std::vector<std::size_t>{4, 8});
  CHECK(ends_of("a,\"b\nc\"\nd\n", kCsv) == std::vector<std::size_t>{8, 10});
  CHECK(ends_of("\"a\"\"\n\"\n\n", kCsv) == std::vector<std::size_t>{7, 8});
  CHECK(ends_of("a,\"b\r\nc\"\r\nd", kCsv) == std::vector<std::size_t>{10});
  CHECK(ends_of("a;\"b\nc\"\n", {FramingKind::kCsv, ';'}) == std::vector<std::size_t>{8});
}

TEST_CASE("a quote inside a CSV field opens nothing, so that it swallows no other record") {
  CHECK(ends_of("5\" pipe,x\n6\" pipe,y\n", kCsv) == std::vector<std::size_t>{10, 20});
  CHECK(ends_of("\"a\"b\"\n,c\n", kCsv) == std::vector<std::size_t>{6, 9});
}

TEST_CASE("a CSV quote that is still open keeps its record from being whole") {
  CHECK(whole_records_end("a,b\nc,\"d\n", kCsv) == 4);
  CHECK(whole_records_end("\"a\n", kCsv) == 0);
}

TEST_CASE("a CSV quote that is never closed ends with the first line beyond the largest record") {
  std::string text = "a,\"b\n";
  text += std::string(kRecordBytesMax, 'x') + "\nnext,row\nagain\"\n";
  const std::size_t first = 5 + kRecordBytesMax + 1;
  CHECK(ends_of(text, kCsv) == std::vector<std::size_t>{first, first + 9, first + 16});
  text += "\"";  // closing it that late changes nothing
  CHECK(record_end(text, 0, kCsv) == first);
}

TEST_CASE("the end of whole records is the last of the records found one by one, wherever the text is cut") {
  const std::string text = "a,b\n\"c\n\",\"d\"\"\n\"\"\"\n\n5\" x,\"y\"z\n\"\",\"\n\n\"\r\n,\"e";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::string_view part = std::string_view(text).substr(0, cut);
    const std::vector<std::size_t> ends = ends_of(part, kCsv);
    CHECK(whole_records_end(part, kCsv) == (ends.empty() ? 0 : ends.back()));
    const std::vector<std::size_t> all = ends_of(text, kCsv);
    CHECK(std::includes(all.begin(), all.end(), ends.begin(), ends.end()));
  }
}

}  // namespace
}  // namespace reckoner
