// Checkpoints that a test can take away.
#pragma once

#include "engine/memory_checkpoints.hpp"

namespace reckoner::testing {

using FakeCheckpoints = MemoryCheckpoints;

}  // namespace reckoner::testing
