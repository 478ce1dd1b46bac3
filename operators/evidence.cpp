#include "operators/evidence.hpp"

#include <algorithm>
#include <cstring>

#include "engine/check.hpp"

namespace reckoner {

std::uint32_t EvidenceIds::id_bytes(const Plan& plan, const KeyPlan& key) {
  if (plan.evidence_ids == 0 || key.only_lends) return 0;
  std::uint32_t bytes = 0;
  for (const FactPlan& fact : key.facts) {
    if (fact.kind == FactKind::kFirstSeen) continue;
    visit_records(fact, [&](InputId input, const Expression*) {
      const Schema& schema = plan.inputs[input].schema;
      if (!schema.id) return;
      const Field& field = schema.fields[*schema.id];
      const std::uint32_t digits = 20;  // of a 64-bit integer with its sign
      bytes = std::max(bytes, field.type.kind == ValueKind::kString ? field.length_max : digits);
    });
  }
  return std::min(bytes, kIdBytesMax);
}

void EvidenceIds::declare(RecordLayout& layout) {
  slot_bytes_ = static_cast<std::uint32_t>((sizeof(Slot) + id_bytes_ + alignof(Slot) - 1) / alignof(Slot) * alignof(Slot));
  slots_ = layout.add(std::size_t{kKept} * slot_bytes_, alignof(Slot));
  next_ = layout.add<std::uint32_t>();
}

void EvidenceIds::add(std::byte* record, std::uint64_t position, std::string_view id) const {
  if (id.empty() || id.size() > id_bytes_) return;
  auto& next = RecordLayout::at<std::uint32_t>(record, next_);
  const std::uint32_t at = slot(next);
  RecordLayout::at<Slot>(record, at) = {position, id.size()};
  std::memcpy(&RecordLayout::at<char>(record, at + sizeof(Slot)), id.data(), id.size());
  next = next + 1 == kKept ? 0 : next + 1;
}

std::string_view EvidenceIds::find(const std::byte* record, std::uint64_t position) const {
  for (std::uint32_t number = 0; number < kKept; ++number) {
    const auto& held = RecordLayout::at<Slot>(record, slot(number));
    if (held.length != 0 && held.position == position) return {&RecordLayout::at<char>(record, slot(number) + sizeof(Slot)), held.length};
  }
  return {};
}

}  // namespace reckoner
