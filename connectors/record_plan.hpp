// A schema made ready for decoding: a reader a field, which fields must be there, and where each lies among nested members.
// Read-only after construction, shared by all threads.
#pragma once

#include <cstdint>
#include <vector>

#include "connectors/field_value.hpp"
#include "connectors/name_table.hpp"
#include "engine/error.hpp"
#include "engine/schema.hpp"

namespace reckoner {

// An object of the schema: its declared members. Node 0 is the record itself.
struct MemberNode {
  struct Member {
    int field = -1;        // column, or -1
    std::size_t node = 0;  // what its object declares, or 0 when it declares nothing
    std::size_t id = 0;    // unique in the plan, below RecordPlan::member_count
  };
  NameTable names;
  std::vector<Member> members;  // by position in names
};

struct RecordPlan {
  Schema schema;
  std::vector<FieldReader> readers;  // by column
  std::uint64_t required = 0;        // bit f set = a record without field f is a reject; the event time's always is
  std::vector<MemberNode> nodes;
  std::size_t member_count = 0;

  // `elsewhere` has bit f set when field f is no part of the record's text: it is neither looked for nor missed there.
  // kConfiguration errors: no or too many fields, columns that do not exist, empty or equal paths, bad patterns, enums without names.
  [[nodiscard]] static Result<RecordPlan> make(Schema schema, std::uint64_t elsewhere = 0);

  [[nodiscard]] std::string_view field_name(int field) const;  // empty for -1
  [[nodiscard]] const Field& field(std::size_t column) const { return schema.fields[column]; }
};

}  // namespace reckoner
