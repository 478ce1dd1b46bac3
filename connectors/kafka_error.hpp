// librdkafka's error codes as errors of this project: whether trying again can help, and what a person can do.
#pragma once

#include <string_view>

#include "engine/error.hpp"

namespace reckoner {

// `code` is an rd_kafka_resp_err_t; `doing` completes "cannot ...": "write to topic a"; what begins with read, write or make needs that right.
// `detail` is what librdkafka says besides.
[[nodiscard]] Error kafka_error(int code, std::string_view doing, std::string_view detail = {});

// Whether `code` says that a right is missing, which no retry mends.
[[nodiscard]] bool is_missing_right(int code);

}  // namespace reckoner
