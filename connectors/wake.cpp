#include "connectors/wake.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "engine/check.hpp"

namespace reckoner {

Wake::Wake() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { RECKONER_CHECK(descriptor_ >= 0, "no descriptor is left for an eventfd"); }

Wake::~Wake() { ::close(descriptor_); }

void Wake::notify() const {
  constexpr std::uint64_t kOne = 1;
  static_cast<void>(::write(descriptor_, &kOne, sizeof kOne));
}

void Wake::wait(int wait_ms) const {
  pollfd waiting{descriptor_, POLLIN, 0};
  if (::poll(&waiting, 1, wait_ms) <= 0) return;
  std::uint64_t count = 0;
  static_cast<void>(::read(descriptor_, &count, sizeof count));
}

}  // namespace reckoner
