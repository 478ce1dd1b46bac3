// Rules on the text of single files: size, layout, banned names, words of unfinished work.
#pragma once

#include <cstddef>
#include <vector>

#include "tidy/repository.hpp"

namespace reckoner::tidy {

inline constexpr std::size_t kFileLinesMax = 600;

[[nodiscard]] Findings check_file_sizes(const std::vector<SourceFile>& files);  // sources and documents of at most kFileLinesMax lines
[[nodiscard]] Findings check_whitespace(const std::vector<SourceFile>& files);  // no tab, trailing blank or carriage return; ends with a line end
[[nodiscard]] Findings check_header_openings(const std::vector<SourceFile>& files);  // a header opens with what it is for, then #pragma once
[[nodiscard]] Findings check_names(const std::vector<SourceFile>& files);            // no file or type that says only "and the rest"
[[nodiscard]] Findings check_finished(const std::vector<SourceFile>& files);         // no note of work left, no code switched off

}  // namespace reckoner::tidy
