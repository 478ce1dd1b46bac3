// The lines that say when records were read and transactions got how far.
#include "app/kafka_trace.hpp"

#include <fstream>
#include <iterator>
#include <string>

#include "support/catch.hpp"
#include "support/scratch_directory.hpp"

namespace reckoner::testing {

TEST_CASE("a trace has a line for each read and each transaction, and is whole when it ends") {
  const ScratchDirectory directory;
  const std::string path = directory.inner("trace");
  {
    const auto trace = KafkaTrace::open(path);
    REQUIRE(trace.has_value());
    (*trace)->note_read(1000, {0, 3}, 17);
    (*trace)->note_commit(2000, {.begun = 2100, .handed = 2200, .delivered = 2300, .answered = 2400});
  }
  std::ifstream in(path);
  CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == "read 1000 0 3 17\ncommit 2000 2100 2200 2300 2400\n");
}

TEST_CASE("a trace that cannot be written says which it is and why") {
  const auto trace = KafkaTrace::open("/nowhere/trace");
  REQUIRE(!trace.has_value());
  CHECK(trace.error().text == "--trace /nowhere/trace: No such file or directory");
}

}  // namespace reckoner::testing
