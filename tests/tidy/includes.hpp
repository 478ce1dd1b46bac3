// Which folder may include what: the arrows between the project's folders and the folders that a third-party header is kept to.
#pragma once

#include <vector>

#include "tidy/repository.hpp"

namespace reckoner::tidy {

// state, operators, connectors -> engine; rules -> operators, engine; app -> all of them; nothing but tests and benchmarks includes app,
// and nothing but tests includes tests.
[[nodiscard]] Findings check_folder_arrows(const std::vector<SourceFile>& files);

// A header of another project that no line of the table in includes.cpp names is a finding too.
[[nodiscard]] Findings check_third_party_headers(const std::vector<SourceFile>& files);

}  // namespace reckoner::tidy
