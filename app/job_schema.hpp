// JSON Schema (draft-07) of job files, made from the table of settings.
#pragma once

#include <string>

namespace reckoner {

[[nodiscard]] std::string job_schema();

}  // namespace reckoner
