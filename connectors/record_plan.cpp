#include "connectors/record_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace reckoner {

namespace {

// Declared members as a tree of maps, before it is laid out in nodes.
struct Branch {
  int field = -1;
  std::map<std::string, Branch, std::less<>> members;
};

void plant(Branch& root, std::string_view path, int field) {
  Branch* branch = &root;
  while (true) {
    const std::size_t dot = path.find('.');
    branch = &branch->members[std::string(path.substr(0, dot))];
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  branch->field = field;
}

// Lays `branch` out as a node and returns its number. Recursion is as deep as a path has dots.
std::size_t lay_out(const Branch& branch, RecordPlan& plan) {
  const std::size_t number = plan.nodes.size();
  plan.nodes.emplace_back();
  std::vector<std::string> names;
  std::vector<MemberNode::Member> members;
  for (const auto& [name, child] : branch.members) {
    const std::size_t id = plan.member_count++;
    const std::size_t node = child.members.empty() ? 0 : lay_out(child, plan);
    names.push_back(name);
    members.push_back({child.field, node, id});
  }
  plan.nodes[number].names = NameTable(std::move(names));
  plan.nodes[number].members = std::move(members);
  return number;
}

bool well_formed(std::string_view path) {
  return !path.empty() && path.front() != '.' && path.back() != '.' && path.find("..") == std::string_view::npos &&
         std::count(path.begin(), path.end(), '.') < kJsonDepthMax;
}

Result<void> check_columns(const Schema& schema) {
  const std::size_t count = schema.fields.size();
  const auto bad = [&](std::string text) { return fail(ErrorKind::kConfiguration, fmt::format("input {}: {}", printable(schema.input), text)); };
  if (count == 0 || count > kFieldsMax) return bad(fmt::format("{} fields; declare 1 to {}", count, kFieldsMax));
  if (schema.event_time >= count || schema.fields[schema.event_time].type.kind != ValueKind::kTime)
    return bad("the event time must name a field of type time");
  if (schema.id.value_or(0) >= count || schema.amount.value_or(0) >= count) return bad("the id and the amount must name fields");
  std::set<std::string_view> paths;
  std::set<std::string_view> objects;  // what paths step into
  for (const Field& field : schema.fields) {
    if (!well_formed(field.path))
      return bad(fmt::format("field {}: path {} is not member names with dots between", printable(field.name), printable(field.path)));
    if (!paths.insert(field.path).second) return bad(fmt::format("two fields read {}; drop one", printable(field.path)));
    for (std::size_t dot = field.path.find('.'); dot != std::string::npos; dot = field.path.find('.', dot + 1))
      objects.insert(std::string_view(field.path).substr(0, dot));
  }
  for (const std::string_view path : paths) {
    if (objects.contains(path)) return bad(fmt::format("{} is a field and an object with fields; drop one", printable(path)));
  }
  return {};
}

}  // namespace

Result<RecordPlan> RecordPlan::make(Schema schema, std::uint64_t elsewhere) {
  if (Result<void> checked = check_columns(schema); !checked) return std::unexpected(std::move(checked.error()));
  RecordPlan plan;
  plan.schema = std::move(schema);
  Branch root;
  for (std::size_t column = 0; column < plan.schema.fields.size(); ++column) {
    const Field& field = plan.schema.fields[column];
    Result<FieldReader> reader = FieldReader::make(field);
    if (!reader) return std::unexpected(std::move(reader.error()));
    plan.readers.push_back(std::move(*reader));
    if ((elsewhere >> column & 1U) != 0) continue;
    if (field.required || column == plan.schema.event_time) plan.required |= std::uint64_t{1} << column;
    plant(root, field.path, static_cast<int>(column));
  }
  lay_out(root, plan);
  return plan;
}

std::string_view RecordPlan::field_name(int field) const {
  return field < 0 ? std::string_view{} : std::string_view(schema.fields[static_cast<std::size_t>(field)].name);
}

}  // namespace reckoner
