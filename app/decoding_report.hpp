// What the decoders of a job's inputs had to say about a run, on standard error: records that are no rows, and what people should know of the rest.
#pragma once

#include <string_view>

#include "engine/reader.hpp"
#include "operators/plan.hpp"

namespace reckoner {

// `whose` stands before each line: "", or "shard 3: ".
void print_decoding(const Plan& plan, const Reader& reader, std::string_view whose);

}  // namespace reckoner
