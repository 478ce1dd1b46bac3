// The decoder of an input, as the job file says what its records look like.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "app/job_file.hpp"
#include "engine/decoder.hpp"
#include "engine/error.hpp"
#include "engine/schema.hpp"

namespace reckoner {

// `csv_header` gives the header row of the input's files, where the job file names no columns; empty where it does. kConfiguration
// when the schema and the form do not go together.
[[nodiscard]] Result<std::shared_ptr<const Decoder>> make_input_decoder(const JobFile& file, const Schema& schema,
                                                                        const std::function<Result<std::string>()>& csv_header);

// inputs.NAME.SETTING
[[nodiscard]] std::string input_setting(const Schema& schema, std::string_view setting);

}  // namespace reckoner
