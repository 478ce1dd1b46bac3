#include "app/progress_line.hpp"

#include "app/people_text.hpp"
#include "support/catch.hpp"

namespace reckoner {

TEST_CASE("a progress line says what it knows and leaves out the rest") {
  ProgressStatus status;
  status.records_per_second = 412'345.6;
  status.event_time_ms = 1'768'360'320'000;
  CHECK(progress_text(status) == "  412,345 rows/s   event time 2026-01-14 03:12");
  status.share = 0.479;
  status.seconds_left = 3;
  CHECK(progress_text(status) == "  412,345 rows/s   event time 2026-01-14 03:12   47 % of the input   about 3 s left");
}

TEST_CASE("digits are grouped by three") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(1'000) == "1,000");
  CHECK(with_commas(123'456) == "123,456");
  CHECK(with_commas(1'234'567'890) == "1,234,567,890");
}

}  // namespace reckoner
