// The headers of a topic's record as one run of bytes: for each its name and its value, each behind its length. A name may occur more than once.
// Names and values are bytes that need not be text. Pure functions and views, any thread.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace reckoner {

struct RecordHeader {
  std::string_view name;
  std::optional<std::string_view> value;  // none is not the same as an empty one
  friend bool operator==(const RecordHeader&, const RecordHeader&) = default;
};

void append_header(std::vector<char>& packed, const RecordHeader& header);

// Gives what append_header() packed, in order.
class RecordHeaders {
 public:
  explicit RecordHeaders(std::string_view packed) : rest_(packed) {}
  [[nodiscard]] std::optional<RecordHeader> next();

 private:
  std::string_view rest_;
};

// The last header of that name, as Kafka's clients have it.
[[nodiscard]] std::optional<RecordHeader> find_header(std::string_view packed, std::string_view name);

}  // namespace reckoner
