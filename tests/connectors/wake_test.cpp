// A thread that waits is woken, also by what came before it waited.
#include "connectors/wake.hpp"

#include <poll.h>

#include "support/catch.hpp"

namespace reckoner::testing {

TEST_CASE("what was notified before is not waited for, and is forgotten with that") {
  const Wake wake;
  const auto is_notified = [&] {
    pollfd looked{wake.descriptor(), POLLIN, 0};
    return ::poll(&looked, 1, 0) == 1;
  };
  CHECK(!is_notified());
  wake.notify();
  wake.notify();
  CHECK(is_notified());
  wake.wait(-1);  // for ever, if it were not
  CHECK(!is_notified());
  wake.wait(0);
}

}  // namespace reckoner::testing
