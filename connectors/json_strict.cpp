#include "connectors/json_strict.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "connectors/byte_scan.hpp"
#include "connectors/json_fault.hpp"
#include "connectors/key_set.hpp"
#include "engine/check.hpp"

namespace reckoner {

namespace {

namespace ondemand = simdjson::ondemand;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view without_trailing_space(std::string_view token) {
  while (!token.empty() && is_space(token.back())) token.remove_suffix(1);
  return token;
}

// Members seen in the record at hand: a stamp a member, so that nothing is cleared between records.
class SeenMembers {
 public:
  explicit SeenMembers(std::size_t members) : stamps_(members, 0) {}
  void next_record() { ++stamp_; }
  [[nodiscard]] bool add(std::size_t member) { return std::exchange(stamps_[member], stamp_) != stamp_; }

 private:
  std::vector<std::uint64_t> stamps_;
  std::uint64_t stamp_ = 0;
};

// One walk over one document. `plan` is null when only validity is asked.
class Walk {
 public:
  Walk(std::string_view text, JsonRules rules, const RecordPlan* plan, SeenMembers& seen, KeySet& keys, JsonRow& row)
      : text_(text), escapes_(text.find('\\') != std::string_view::npos), rules_(rules), plan_(plan), seen_(seen), keys_(keys), row_(row) {}

  std::optional<JsonFault> document(ondemand::parser& parser);

 private:
  static constexpr std::size_t kNoNode = ~std::size_t{0};

  // Each returns false once a structural fault is set.
  bool root(ondemand::document& document);
  bool ended(ondemand::document& document);
  bool value(ondemand::value& value, int field, std::size_t node, int depth);
  bool object(ondemand::value& value, std::size_t node, int depth);
  bool member(ondemand::field& member, std::size_t node, KeySet::Mark mark, int depth);
  [[nodiscard]] const char* key_end(ondemand::field& member) const;
  bool inner(ondemand::value& value, std::string_view key, std::size_t node, int depth);
  bool array(ondemand::value& value, int depth);
  bool string(ondemand::value& value, int field);
  bool scalar(std::string_view token, int field);
  bool number(std::string_view token, int field);

  bool broken(RejectCode code, const char* at, std::string text);
  bool broken(simdjson::error_code error);
  void unfit(RejectCode code, const char* at, int field, std::string text);
  void store(ParsedCell parsed, int field, const char* at, std::string_view text);
  void store_string(std::string_view text, bool unescaped, int field, const char* at);
  void add_slot(const char* begin, const char* end, JsonScalar scalar, int field);
  [[nodiscard]] bool wanted(int field) const { return (row_.wanted >> static_cast<unsigned>(field) & 1U) != 0; }
  void missing_fields();
  [[nodiscard]] std::size_t column(const char* at) const { return static_cast<std::size_t>(at - text_.data()) + 1; }

  std::string_view text_;
  bool escapes_;  // there is a backslash somewhere: only then need strings be searched for one
  JsonRules rules_;
  const RecordPlan* plan_;
  SeenMembers& seen_;
  KeySet& keys_;
  JsonRow& row_;
  ondemand::document* document_ = nullptr;
  std::optional<JsonFault> broken_;
  std::optional<JsonFault> unfit_;
};

bool Walk::broken(RejectCode code, const char* at, std::string text) {
  broken_ = JsonFault{code, -1, column(at), std::move(text)};
  return false;
}

bool Walk::broken(simdjson::error_code error) {
  const char* at = nullptr;
  if (document_ == nullptr || document_->current_location().get(at) != simdjson::SUCCESS) at = text_.data() + text_.size();
  return broken(RejectCode::kBadJson, at, fmt::format("{}; send one valid JSON document a record", simdjson::error_message(error)));
}

void Walk::unfit(RejectCode code, const char* at, int field, std::string text) {
  if (!unfit_) unfit_ = JsonFault{code, field, column(at), std::move(text)};
}

void Walk::add_slot(const char* begin, const char* end, JsonScalar scalar, int field) {
  if (!row_.collect_slots) return;
  row_.slots.push_back({static_cast<std::uint32_t>(begin - text_.data()), static_cast<std::uint32_t>(end - text_.data()), scalar, field, false});
}

void Walk::store(ParsedCell parsed, int field, const char* at, std::string_view text) {
  const auto column = static_cast<std::size_t>(field);
  if (!parsed.ok()) {
    if (!unfit_) unfit(parsed.code, at, field, plan_->readers[column].explain(parsed.code, text));
    return;
  }
  row_.present |= std::uint64_t{1} << column;
  if (wanted(field)) row_.cells[column] = parsed.cell;
}

void Walk::store_string(std::string_view text, bool unescaped, int field, const char* at) {
  const FieldReader& reader = plan_->readers[static_cast<std::size_t>(field)];
  ParsedCell parsed = reader.from_string(text);
  if (parsed.ok() && reader.field().type.kind == ValueKind::kString) {
    TextRef ref{0, static_cast<std::uint32_t>(text.size())};
    if (!unescaped) {
      ref.offset = row_.text_offset + static_cast<std::uint32_t>(text.data() - text_.data());
    } else {
      ref.offset = row_.unescaped_offset + static_cast<std::uint32_t>(row_.unescaped.size());
      if (wanted(field)) row_.unescaped.insert(row_.unescaped.end(), text.begin(), text.end());
    }
    parsed.cell = ref.pack();
  }
  store(parsed, field, at, text);
}

bool Walk::string(ondemand::value& value, int field) {
  const std::string_view token = value.raw_json_token();
  const char* const begin = token.data() + 1;
  const char* const end = escapes_ ? find_string_end(begin) : token.data() + without_trailing_space(token).size() - 1;
  if (*end == '"') {
    // Consumed here: what On-Demand skips by itself, it would also skip as a key, colon and all.
    ondemand::raw_json_string raw;
    if (const auto error = value.get_raw_json_string().get(raw); error != simdjson::SUCCESS) return broken(error);
    add_slot(begin, end, JsonScalar::kString, field);
    if (field >= 0) store_string({begin, static_cast<std::size_t>(end - begin)}, false, field, begin);
    return true;
  }
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS)
    return broken(RejectCode::kBadJson, begin, "bad escape in a string; escape as RFC 8259 says, surrogates in pairs");
  const std::size_t close = without_trailing_space(token).size() - 1;
  add_slot(begin, token.data() + close, JsonScalar::kString, field);
  if (field >= 0) store_string(text, true, field, begin);
  return true;
}

bool Walk::number(std::string_view token, int field) {
  const std::optional<NumberText> number = read_number(token);
  if (!number) return broken(RejectCode::kBadJson, token.data(), fmt::format("{} is not a JSON number; write it as RFC 8259 says", printable(token)));
  add_slot(token.data(), token.data() + token.size(), JsonScalar::kNumber, field);
  if (field >= 0) store(plan_->readers[static_cast<std::size_t>(field)].from_number(*number), field, token.data(), token);
  return true;
}

bool Walk::scalar(std::string_view token, int field) {
  const char first = token.empty() ? '\0' : token.front();
  if (first == '-' || (first >= '0' && first <= '9')) return number(token, field);
  const bool is_bool = token == "true" || token == "false";
  if (!is_bool && token != "null") {
    return broken(RejectCode::kBadJson, token.data(), fmt::format("{} is not a JSON value; quote it, or send true, false or null", printable(token)));
  }
  add_slot(token.data(), token.data() + token.size(), JsonScalar::kWord, field);
  if (field >= 0 && is_bool) store(plan_->readers[static_cast<std::size_t>(field)].from_bool(token == "true"), field, token.data(), token);
  return true;
}

// Recursion is bounded by rules_.depth_max.
bool Walk::value(ondemand::value& value, int field, std::size_t node, int depth) {
  ondemand::json_type type{};
  if (const auto error = value.type().get(type); error != simdjson::SUCCESS) return broken(error);
  if (type == ondemand::json_type::string) return string(value, field);
  const std::string_view token = value.raw_json_token();
  if (type != ondemand::json_type::object && type != ondemand::json_type::array) return scalar(without_trailing_space(token), field);
  if (depth >= rules_.depth_max) {
    return broken(RejectCode::kTooDeep, token.data(), fmt::format("nested deeper than {} objects and arrays; flatten the record", rules_.depth_max));
  }
  if (field >= 0) store({0, RejectCode::kWrongType}, field, token.data(), token);
  return type == ondemand::json_type::object ? object(value, node, depth + 1) : array(value, depth + 1);
}

// A member that paths step into: an object, or null.
bool Walk::inner(ondemand::value& value, std::string_view key, std::size_t node, int depth) {
  const std::string_view token = value.raw_json_token();
  const char first = token.front();
  if (first != '{' && first != 'n')
    unfit(RejectCode::kWrongType, token.data(), -1, fmt::format("{} is not an object; send one, or null", printable(key)));
  if (!this->value(value, -1, node, depth)) return false;
  if (first == 'n' && row_.collect_slots) row_.slots.back().in_place_of_object = true;
  return true;
}

bool Walk::array(ondemand::value& value, int depth) {
  ondemand::array array;
  if (const auto error = value.get_array().get(array); error != simdjson::SUCCESS) return broken(error);
  for (auto result : array) {
    if (result.error() != simdjson::SUCCESS) return broken(result.error());
    if (!this->value(result.value_unsafe(), -1, kNoNode, depth)) return false;
  }
  return true;
}

bool Walk::object(ondemand::value& value, std::size_t node, int depth) {
  ondemand::object object;
  if (const auto error = value.get_object().get(object); error != simdjson::SUCCESS) return broken(error);
  const KeySet::Mark mark = keys_.open();
  for (auto result : object) {
    if (result.error() != simdjson::SUCCESS) return broken(result.error());
    if (!member(result.value_unsafe(), node, mark, depth)) return false;
  }
  const std::optional<std::string_view> duplicate = keys_.close(mark);
  if (!duplicate || !rules_.unique_keys) return true;
  const char* at = text_.data();
  if (document_->current_location().get(at) != simdjson::SUCCESS) at = text_.data() + text_.size();
  return broken(RejectCode::kDuplicateKey, at, fmt::format("the object ending here has the key {} twice; send each once", printable(*duplicate)));
}

// The closing quote of a key, or a backslash before it. Without escapes and spaces it lies two bytes before the value.
const char* Walk::key_end(ondemand::field& member) const {
  const char* const value = member.value().raw_json_token().data();
  if (!escapes_ && value[-1] == ':' && value[-2] == '"') return value - 2;
  return find_string_end(member.key().raw());
}

bool Walk::member(ondemand::field& member, std::size_t node, KeySet::Mark mark, int depth) {
  const char* const begin = member.key().raw();
  const char* const end = key_end(member);
  std::string_view key(begin, static_cast<std::size_t>(end - begin));
  if (*end != '"' && member.unescaped_key().get(key) != simdjson::SUCCESS)
    return broken(RejectCode::kBadJson, begin, "bad escape in a key; escape as RFC 8259 says");
  const std::optional<std::uint32_t> found = node == kNoNode ? std::nullopt : plan_->nodes[node].names.find(key);
  if (found) {
    const MemberNode::Member& known = plan_->nodes[node].members[*found];
    if (!seen_.add(known.id)) return broken(RejectCode::kDuplicateKey, begin, fmt::format("the key {} occurs twice; send it once", printable(key)));
    return known.node == 0 ? value(member.value(), known.field, kNoNode, depth) : inner(member.value(), key, known.node, depth);
  }
  if (!keys_.add(mark, key) && rules_.unique_keys)
    return broken(RejectCode::kDuplicateKey, begin, fmt::format("the key {} occurs twice; send it once", printable(key)));
  if (node != kNoNode && plan_->schema.unknown_fields == UnknownFields::kReject) {
    unfit(RejectCode::kUnknownField, begin, -1, fmt::format("the schema has no field for {}; remove it, or declare it", printable(key)));
  }
  return value(member.value(), -1, kNoNode, depth);
}

// On-Demand has no location left once every token is consumed.
bool Walk::ended(ondemand::document& document) {
  const char* at = nullptr;
  if (document.current_location().get(at) != simdjson::SUCCESS) return true;
  return broken(RejectCode::kBadJson, at, "bytes after the document; send one document a record");
}

// A scalar document has an API of its own; nothing but a scalar gets here.
bool Walk::root(ondemand::document& document) {
  ondemand::json_type type{};
  if (const auto error = document.type().get(type); error != simdjson::SUCCESS) return broken(error);
  if (type == ondemand::json_type::object || type == ondemand::json_type::array) {
    ondemand::value value;
    if (const auto error = document.get_value().get(value); error != simdjson::SUCCESS) return broken(error);
    if (plan_ != nullptr && type == ondemand::json_type::array)
      unfit(RejectCode::kWrongType, text_.data(), -1, "not an object; send one object a record");
    if (!this->value(value, -1, plan_ == nullptr ? kNoNode : 0, 0)) return false;
    return ended(document);
  }
  if (plan_ != nullptr) unfit(RejectCode::kWrongType, text_.data(), -1, "not an object; send one object a record");
  std::string_view token = without_trailing_space(text_);
  token.remove_prefix(std::min(token.find_first_not_of(" \t\r\n"), token.size()));
  if (type != ondemand::json_type::string) return scalar(token, -1);
  std::string_view content;
  if (const auto error = document.get_string().get(content); error != simdjson::SUCCESS) return broken(error);
  return ended(document);
}

void Walk::missing_fields() {
  const std::uint64_t missing = plan_->required & ~row_.present;
  if (missing == 0 || unfit_) return;
  const int field = std::countr_zero(missing);
  unfit(RejectCode::kMissingField, text_.data() + text_.size(), field, "absent or null; send it, or make it optional in the schema");
}

std::optional<JsonFault> Walk::document(ondemand::parser& parser) {
  if (text_.starts_with("\xEF\xBB\xBF")) {
    return JsonFault{RejectCode::kBadJson, -1, 1, "begins with a byte order mark; write UTF-8 without one"};
  }
  ondemand::document document;
  const auto error = parser.iterate(text_.data(), text_.size(), text_.size() + kTextPadding).get(document);
  if (error != simdjson::SUCCESS) return find_text_fault(text_);
  document_ = &document;
  if (!root(document)) return broken_;
  if (plan_ != nullptr) missing_fields();
  return unfit_;
}

}  // namespace

struct StrictJsonReader::Parts {
  explicit Parts(const RecordPlan& record_plan) : plan(record_plan), seen(record_plan.member_count) {}
  const RecordPlan& plan;
  ondemand::parser parser;
  SeenMembers seen;
  KeySet keys;
};

StrictJsonReader::StrictJsonReader(const RecordPlan& plan) : parts_(std::make_unique<Parts>(plan)) {}
StrictJsonReader::~StrictJsonReader() = default;

std::optional<JsonFault> StrictJsonReader::read(std::string_view record, JsonRow& row) {
  std::fill_n(row.cells.begin(), parts_->plan.schema.fields.size(), 0);
  row.present = 0;
  row.unescaped.clear();
  row.slots.clear();
  parts_->seen.next_record();
  parts_->keys.clear();
  return Walk(record, JsonRules{}, &parts_->plan, parts_->seen, parts_->keys, row).document(parts_->parser);
}

struct JsonValidator::Parts {
  JsonRules rules;
  ondemand::parser parser;
  SeenMembers seen{0};
  KeySet keys;
  JsonRow row;
};

JsonValidator::JsonValidator(JsonRules rules) : parts_(std::make_unique<Parts>()) {
  RECKONER_CHECK(rules.depth_max >= 1 && rules.depth_max <= 1024, "depth {}", rules.depth_max);
  parts_->rules = rules;
}
JsonValidator::~JsonValidator() = default;

std::optional<JsonFault> JsonValidator::check(std::string_view text) {
  parts_->keys.clear();
  return Walk(text, parts_->rules, nullptr, parts_->seen, parts_->keys, parts_->row).document(parts_->parser);
}

std::expected<void, JsonFault> validate_json_document(std::string_view text, JsonRules rules) {
  const simdjson::padded_string padded(text);
  std::optional<JsonFault> fault = JsonValidator(rules).check({padded.data(), padded.size()});
  if (fault) return std::unexpected(std::move(*fault));
  return {};
}

}  // namespace reckoner
