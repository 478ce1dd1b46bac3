// This program run again as a child: how the demo kills a run for real.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "engine/error.hpp"

namespace reckoner {

class ChildProcess {
 public:
  // Starts this very executable with `arguments`.
  [[nodiscard]] static Result<ChildProcess> start(const std::vector<std::string>& arguments);

  void send(int signal) const;
  [[nodiscard]] bool has_ended() const;  // it can still be waited for
  // Its exit code; 128 + signal when a signal ended it.
  [[nodiscard]] int wait() const;

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

}  // namespace reckoner
