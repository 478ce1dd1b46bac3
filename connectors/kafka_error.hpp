// librdkafka's error codes as errors of this project: whether trying again can help, and what a person can do.
#pragma once

#include <string_view>

#include "engine/error.hpp"

namespace reckoner {

// `code` is an rd_kafka_resp_err_t; `doing` completes "cannot ...": "write to topic a". It names the resource, and what begins with read, write, make
// or look at says which right on a topic is missing.
// `detail` is what librdkafka says besides.
[[nodiscard]] Error kafka_error(int code, std::string_view doing, std::string_view detail = {});

// Whether `code` says what no retry mends: a right is missing, or a record is larger than is taken.
[[nodiscard]] bool is_lasting(int code);

}  // namespace reckoner
