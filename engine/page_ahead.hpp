// Huge pages are faulted in a little before they are needed, in a thread of the process's own: the kernel clears a page when it is first touched,
// which takes from a tenth of a millisecond to several, and would be a pause of whoever touches it. Only about when, never about what is there.
#pragma once

#include <cstddef>

namespace reckoner {

// Asks for the huge page that begins at `page`, of memory that allocate_huge() gave. Never waits; what it holds stays as it is. Any thread.
void fault_ahead(const std::byte* page);

// After it nothing is asked for, or at work, in these bytes. Before they are unmapped.
void stop_faulting_ahead(const std::byte* begin, std::size_t bytes);

}  // namespace reckoner
