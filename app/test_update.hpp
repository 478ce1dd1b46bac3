// Writes what came out into the `expect` of steps that failed, and leaves every other byte of the files as it is.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/test_runner.hpp"
#include "engine/error.hpp"

namespace reckoner {

// Bytes [begin, end) of a file become `text`.
struct TextEdit {
  const TestFile* file = nullptr;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string text;
};

// One for each step that failed in the order written. A failure of an order of shuffle, or of coming back, changes nothing. Rows keep the
// columns that the test named.
[[nodiscard]] std::vector<TextEdit> expectation_edits(const TestVerdict& verdict, const TestRunner& runner);

[[nodiscard]] Result<void> write_edits(const std::string& folder, std::vector<TextEdit> edits);

}  // namespace reckoner
