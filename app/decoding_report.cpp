#include "app/decoding_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <string>
#include <vector>

namespace reckoner {

void print_decoding(const Plan& plan, const Reader& reader, std::string_view whose) {
  for (std::size_t input = 0; input < read_inputs(plan); ++input) {
    const auto number = static_cast<InputId>(input);
    std::vector<std::string> reasons;
    for (std::size_t code = 0; code < kSkipCodes; ++code) {
      if (const std::uint64_t count = reader.passed_over(number)[code]; count > 0)
        reasons.push_back(fmt::format("{} {}", count, to_text(static_cast<SkipCode>(code))));
    }
    if (!reasons.empty())
      fmt::print(stderr, "{}of '{}' were filtered, being no rows, in this run: {}\n", whose, plan.inputs[input].schema.input,
                 fmt::join(reasons, ", "));
    for (const std::string& warning : reader.decoder(number).warnings()) fmt::print(stderr, "{}warning: {}\n", whose, warning);
  }
}

}  // namespace reckoner
