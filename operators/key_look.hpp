// What the facts of one key are worth at a moment between two records, asked in the way in which a timer asks. Operators settle the key's
// record while they answer: only for a copy of the state that no job goes on with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/key_space.hpp"
#include "operators/build.hpp"
#include "operators/plan.hpp"

namespace reckoner {

struct FactLook {
  bool known = false;
  std::string text;  // the value for people, or why there is none; of first_seen and geo_speed, which a record alone has, what they compare it with
};

// `built` is the key space `space` of key kind `key`. `watermark_ms` is the one in force; `at_ms` the time at which the window ends.
[[nodiscard]] FactLook look_at_fact(const KeyPlan& key, const BuiltKeySpace& built, const KeySpace& space, std::uint32_t fact,
                                    std::string_view key_text, std::int64_t at_ms, std::int64_t watermark_ms);

}  // namespace reckoner
