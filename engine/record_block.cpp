#include "engine/record_block.hpp"

#include "engine/check.hpp"

namespace reckoner {

std::string_view to_text(RejectCode code) {
  switch (code) {
    case RejectCode::kNone:
      return "none";
    case RejectCode::kBadJson:
      return "bad_json";
    case RejectCode::kBadUtf8:
      return "bad_utf8";
    case RejectCode::kDuplicateKey:
      return "duplicate_key";
    case RejectCode::kTooDeep:
      return "too_deep";
    case RejectCode::kTooLarge:
      return "too_large";
    case RejectCode::kMissingField:
      return "missing_field";
    case RejectCode::kWrongType:
      return "wrong_type";
    case RejectCode::kBadNumber:
      return "bad_number";
    case RejectCode::kOutOfRange:
      return "out_of_range";
    case RejectCode::kUnknownName:
      return "unknown_name";
    case RejectCode::kPatternMismatch:
      return "pattern_mismatch";
    case RejectCode::kUnknownField:
      return "unknown_field";
    case RejectCode::kBadTime:
      return "bad_time";
    case RejectCode::kBadCsv:
      return "bad_csv";
    case RejectCode::kTooLong:
      return "too_long";
    case RejectCode::kFutureTime:
      return "future_time";
  }
  RECKONER_UNREACHABLE("a RejectCode outside its enumerators");
}

std::string_view to_text(SkipCode code) {
  switch (code) {
    case SkipCode::kNone:
      return "none";
    case SkipCode::kTombstone:
      return "tombstone";
    case SkipCode::kTruncate:
      return "truncate";
    case SkipCode::kMessage:
      return "message";
    case SkipCode::kHeartbeat:
      return "heartbeat";
    case SkipCode::kTransaction:
      return "transaction";
  }
  RECKONER_UNREACHABLE("a SkipCode outside its enumerators");
}

void RecordBlock::clear() {
  partition = {};
  first = {};
  text_bytes = 0;  // the text itself stays, so that the next one is not read into freshly zeroed bytes
  rows = 0;
  row_begin.clear();
  row_length.clear();
  rejected.clear();
  present.clear();
  for (std::vector<std::int64_t>& column : columns) column.clear();
  rejects.clear();
  next_byte = 0;
  next_record = 0;
  topic_records.clear();
  topic_text.clear();
  handed_on.clear();
}

}  // namespace reckoner
