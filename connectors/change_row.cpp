#include "connectors/change_row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "engine/envelope_path.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kSchemasKept = 8;  // shapes that a table had lately, and those of others in the same text
constexpr std::size_t kRootNode = 0;
constexpr std::string_view kAddedPrefix = "__";
constexpr std::string_view kDeleteOp = "\"d\"";

}  // namespace

std::optional<JsonFault> ChangeRowReader::read(std::string_view record, const ChangeEvent& event, JsonRow& row) {
  record_ = record;
  row_ = &row;
  std::fill_n(row.cells.begin(), plan_.plan.schema.fields.size(), 0);
  row.present = 0;
  row.unescaped.clear();
  fault_.reset();
  unchanged_ = 0;
  doubles_ = 0;
  choose_forms(event.schema);
  const bool key_alone = plan_.key_alone && event.op == ChangeOp::kDelete;
  if (key_alone && event.key.empty())
    unfit(RejectCode::kMissingField, event.row, -1,
          "which row was deleted is unknown: under REPLICA IDENTITY DEFAULT only its key is true, and the event came without; keep the record's "
          "key, or set FULL for the table and replica_identity: full for the input");
  read_object(event.row, kRootNode, key_alone ? &event.key : nullptr);
  read_around(event);
  if (!fault_) missing_fields(event);
  return std::exchange(fault_, std::nullopt);
}

void ChangeRowReader::choose_forms(std::string_view schema_part) {
  forms_ = &plan_.declared;
  if (schema_part.empty()) return;
  for (const Described& known : described_) {
    if (known.schema_part == schema_part) {
      forms_ = &known.forms;
      return;
    }
  }
  Described fresh{std::string(schema_part), described_forms(plan_.plan, plan_.declared, schema_part)};
  if (described_.size() < kSchemasKept) {
    described_.push_back(std::move(fresh));
    forms_ = &described_.back().forms;
    return;
  }
  described_[replace_next_] = std::move(fresh);
  forms_ = &described_[replace_next_].forms;
  replace_next_ = (replace_next_ + 1) % kSchemasKept;
}

std::size_t ChangeRowReader::inner_node(std::size_t node, std::string_view name) const {
  const MemberNode& declared = plan_.plan.nodes[node];
  const std::optional<std::uint32_t> found = declared.names.find(name);
  return found ? declared.members[*found].node : 0;
}

void ChangeRowReader::read_around(const ChangeEvent& event) {
  const std::size_t around = inner_node(kRootNode, kEnvelope);
  if (around == 0) return;
  if (!event.unwrapped) read_object(event.envelope, around, nullptr);
  if (const std::size_t key = inner_node(around, "key"); key != 0) read_object(event.key, key, nullptr);
  if (const std::size_t schema = inner_node(around, "schema"); schema != 0) read_object(event.schema, schema, nullptr);
}

void ChangeRowReader::read_object(std::string_view object, std::size_t node, const std::string_view* key) {
  JsonItems members(object);
  const MemberNode& declared = plan_.plan.nodes[node];
  while (const std::optional<JsonItem> member = members.next()) {
    std::string_view name = member->key;
    if (name.find('\\') != std::string_view::npos) name = string_content({name.data() - 1, name.size() + 2}, name_);
    if (node == kRootNode && name.starts_with(kAddedPrefix)) read_added(*member);
    const std::optional<std::uint32_t> found = declared.names.find(name);
    if (!found) {
      const bool is_column = node == kRootNode && !name.starts_with(kAddedPrefix);
      if (is_column && plan_.plan.schema.unknown_fields == UnknownFields::kReject)
        unfit(RejectCode::kUnknownField, member->value, -1,
              fmt::format("the schema has no field for {}; declare it, or ignore unknown fields", printable(name)));
      continue;
    }
    if (key != nullptr && find_member(*key, name).empty()) continue;
    const MemberNode::Member& known = declared.members[*found];
    if (known.node == 0) {
      read_value(member->value, known.field);
    } else if (node != kRootNode || name != kEnvelope) {
      if (is_object(member->value)) read_object(member->value, known.node, nullptr);
      if (!is_object(member->value) && !is_null(member->value))
        unfit(RejectCode::kWrongType, member->value, -1, fmt::format("{} is not an object; send one, or null", printable(name)));
    }
  }
}

void ChangeRowReader::read_added(const JsonItem& member) {
  if (const std::optional<std::uint32_t> found = plan_.added_names.find(member.key)) read_value(member.value, plan_.added_fields[*found]);
}

void ChangeRowReader::read_value(std::string_view token, int field) {
  const auto column = static_cast<std::size_t>(field);
  const ChangeValue value = read_change_value((*forms_)[column], token, plan_.unavailable, scratch_);
  if (value.absence == ChangeValue::Absence::kUnchanged) unchanged_ |= std::uint64_t{1} << column;
  if (value.absence != ChangeValue::Absence::kThere) return;
  doubles_ += value.is_double ? 1 : 0;
  if (!value.parsed.ok()) return unfit(value.parsed.code, token, field, value.why);
  store(value, token, column);
}

void ChangeRowReader::store(const ChangeValue& value, std::string_view token, std::size_t field) {
  row_->present |= std::uint64_t{1} << field;
  if ((row_->wanted >> field & 1U) == 0) return;
  row_->cells[field] = value.parsed.cell;
  if (plan_.plan.field(field).type.kind != ValueKind::kString) return;
  TextRef ref{0, static_cast<std::uint32_t>(value.text.size())};
  const bool in_record = !value.is_unescaped && token.data() >= record_.data() && token.data() < record_.data() + record_.size();
  if (in_record) {
    ref.offset = row_->text_offset + static_cast<std::uint32_t>(value.text.data() - record_.data());
  } else {
    ref.offset = row_->unescaped_offset + static_cast<std::uint32_t>(row_->unescaped.size());
    row_->unescaped.insert(row_->unescaped.end(), value.text.begin(), value.text.end());
  }
  row_->cells[field] = ref.pack();
}

void ChangeRowReader::unfit(RejectCode code, std::string_view at, int field, std::string text) {
  if (fault_) return;
  const bool in_record = at.data() >= record_.data() && at.data() <= record_.data() + record_.size();
  fault_ = JsonFault{code, field, in_record ? static_cast<std::size_t>(at.data() - record_.data()) + 1 : 1, std::move(text)};
}

void ChangeRowReader::missing_fields(const ChangeEvent& event) {
  // The operation of a row that tells only that it was deleted.
  const std::optional<std::uint32_t> op = event.unwrapped && event.op == ChangeOp::kDelete ? plan_.added_names.find("__op") : std::nullopt;
  if (op && (row_->present >> static_cast<unsigned>(plan_.added_fields[*op]) & 1U) == 0) read_value(kDeleteOp, plan_.added_fields[*op]);
  const std::uint64_t missing = plan_.plan.required & ~row_->present;
  if (missing == 0) return;
  const int field = std::countr_zero(missing);
  const bool unchanged = (unchanged_ >> static_cast<unsigned>(field) & 1U) != 0;
  std::string text = "absent or null; send it, or make it optional in the schema";
  if (unchanged) {
    text = "a large column that did not change was not sent (TOAST); set REPLICA IDENTITY FULL for the table, or make it optional in the schema";
  } else if (event.op == ChangeOp::kDelete && plan_.key_alone) {
    text =
        "not known of a deleted row, of which only the key is true under REPLICA IDENTITY DEFAULT; set FULL for the table and replica_identity: "
        "full for the input, or make it optional in the schema";
  }
  unfit(RejectCode::kMissingField, event.row, field, std::move(text));
}

}  // namespace reckoner
