// What rules tell other rules: each alert, and each fault of a rule, is a record of an input of the job's own making (engine/derived_inputs.hpp).
// rules/derived_inputs.hpp says which fields these have; one that a rule set does not ask for costs nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/derived_records.hpp"
#include "operators/plan.hpp"

namespace reckoner {

// Names of fields, besides those of keys. A field that a record does not have is absent in it.
inline constexpr std::string_view kAlertField = "alert";  // the alert's id
inline constexpr std::string_view kTimeField = "event_time";
inline constexpr std::string_view kRuleField = "rule_id";
inline constexpr std::string_view kOwnerField = "owner";  // of the rule
inline constexpr std::string_view kSeverityField = "severity";
inline constexpr std::string_view kCodeField = "code";
inline constexpr std::string_view kRepeatsField = "repeats";
inline constexpr std::string_view kReasonField = "reason";
inline constexpr std::uint32_t kReasonBytesMax = 256;

class AlertRecords {
 public:
  AlertRecords(const Plan& plan, const KeyPlan& key);

  // What a record tells of: of a key of the key kind, and of one of its rules.
  struct Subject {
    RowOrder order;
    std::int64_t event_time = 0;
    std::string_view key;
    const RulePlan* rule = nullptr;
  };
  void tell_alert(const Subject& subject, std::string_view id, std::string_view severity, bool repeats, DerivedRecords& into) const;
  void tell_fault(const Subject& subject, std::string_view reason, DerivedRecords& into) const;

 private:
  struct Input {
    InputId number;
    Schema schema;
    std::vector<std::optional<std::size_t>> key_fields;  // by part of the key
  };

  void begin(const Input& input, const Subject& subject, DerivedRecords& into) const;
  static void set_text(const Input& input, std::string_view field, std::string_view text, DerivedRecords& into);

  std::optional<Input> alerts_;
  std::optional<Input> faults_;
};

}  // namespace reckoner
