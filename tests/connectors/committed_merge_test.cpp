#include "connectors/committed_merge.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/fake_files.hpp"

namespace reckoner {

using testing::FakeFiles;

namespace {

void append(FakeFiles& files, const std::string& path, std::string_view text) {
  auto file = files.open_append(path);
  REQUIRE(file.has_value());
  REQUIRE((*file)->append(text).has_value());
}

CommittedState state_of(std::uint64_t first, std::uint64_t second) {
  CommittedState state;
  state.outputs = {{"alerts", 0, first, 0, "at"}, {"alerts", 1, second, 0, "at"}, {"other", 0, 100, 0, "at"}};
  return state;
}

std::string merged(CommittedMerge& merge, const CommittedState& state) {
  std::string text;
  const Result<void> read = merge.read(state, [&](std::string_view row) -> Result<void> {
    text += std::string(row) + "\n";
    return {};
  });
  return read ? text : read.error().text;
}

}  // namespace

TEST_CASE("rows of all shards come in order of event time, and those of one time in order of shards") {
  FakeFiles files;
  REQUIRE(files.make_directories("out").has_value());
  const std::string first = "{\"at\":1,\"n\":1}\n{\"at\":9,\"n\":2}\n{\"at\":-3,\"n\":3}\n{\"at\":9,\"n\":4}\n";
  const std::string second = "{\"n\":5,\"at\":9}\n{\"n\":6,\"at\":2}\n{\"n\":7}\n";
  append(files, "out/alerts-0.jsonl", first);
  append(files, "out/alerts-1.jsonl", second);
  CommittedMerge merge(files, "out", "alerts");
  CHECK(merged(merge, state_of(first.size(), second.size())) ==
        "{\"at\":-3,\"n\":3}\n{\"at\":1,\"n\":1}\n{\"n\":6,\"at\":2}\n{\"n\":7}\n{\"at\":9,\"n\":2}\n{\"at\":9,\"n\":4}\n{\"n\":5,\"at\":9}\n");
}

TEST_CASE("a merge shows no byte past what is committed, and goes on from there") {
  FakeFiles files;
  REQUIRE(files.make_directories("out").has_value());
  const std::string row = "{\"at\":5}\n";
  append(files, "out/alerts-0.jsonl", row + "{\"at\":4}\n{\"at\":");
  append(files, "out/alerts-1.jsonl", row);
  CommittedMerge merge(files, "out", "alerts");
  CHECK(merged(merge, state_of(row.size(), 0)) == row);
  CHECK(merged(merge, state_of(row.size(), 0)).empty());
  CHECK(merged(merge, state_of(2 * row.size(), row.size())) == "{\"at\":4}\n{\"at\":5}\n");
}

TEST_CASE("a merge of what is not rows or not there names the file") {
  FakeFiles files;
  REQUIRE(files.make_directories("out").has_value());
  append(files, "out/alerts-0.jsonl", "{\"at\":5}\nnonsense\n");
  CommittedMerge merge(files, "out", "alerts");
  CHECK(merged(merge, state_of(18, 0)).find("out/alerts-0.jsonl: byte 9: not a row") != std::string::npos);
  CommittedMerge longer(files, "out", "alerts");
  CHECK(merged(longer, state_of(9, 9)).find("alerts-1.jsonl") != std::string::npos);
}

}  // namespace reckoner
