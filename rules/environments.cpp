#include "rules/environments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rules/map_forms.hpp"
#include "rules/rule_set_reader.hpp"
#include "rules/yaml_values.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kAdd = "add";
constexpr std::string_view kReplace = "replace";

YamlNode* find(YamlNode& map, std::string_view key) {
  for (std::size_t i = 0; i < map.keys.size(); ++i) {
    if (map.keys[i].text == key) return &map.items[i];
  }
  return nullptr;
}

std::vector<std::string> names_in(const YamlNode* map) {
  std::vector<std::string> names;
  if (map == nullptr) return names;
  for (const YamlNode& key : map->keys) names.push_back(key.text);
  return names;
}

// Whether a reader takes the two for the same. Quotes tell a text from a number.
bool is_same(const YamlNode& left, const YamlNode& right) {
  const bool plain_alike = (left.style == ScalarStyle::kPlain) == (right.style == ScalarStyle::kPlain);
  if (left.kind != right.kind || left.text != right.text || (left.is_scalar() && !plain_alike)) return false;
  const auto same_text = [](const YamlNode& one, const YamlNode& other) { return one.text == other.text; };
  return std::equal(left.keys.begin(), left.keys.end(), right.keys.begin(), right.keys.end(), same_text) &&
         std::equal(left.items.begin(), left.items.end(), right.items.begin(), right.items.end(), is_same);
}

bool is_named(const KeyInfo& key) {
  return key.form == ValueForm::kMapOfMaps || key.form == ValueForm::kMapsByLabel || key.form == ValueForm::kExpressions ||
         key.form == ValueForm::kValues;
}

// A thing that is changed: "rule R1", and its mapping.
struct Target {
  std::string name;
  YamlNode* map = nullptr;
};

class Overriding {
 public:
  // `document` and `rules` are changed.
  Overriding(const YamlNode& environment, SourceTree& document, std::vector<SourceTree>& rules, Findings& errors, Findings& doubts)
      : environment_(environment), source_(*document.source), document_(document.root), rules_(rules), values_(source_, errors), doubts_(doubts) {}

  void apply() { override_fields(environment_form(), {"the rule set", &document_}, environment_); }

 private:
  // What is added comes last, so that nothing can change what the environment adds itself: the order of keys means nothing.
  void override_fields(const MapForm& form, const Target& target, const YamlNode& overrides) {
    if (!values_.is_map(overrides, form.overridden == &rule_set_form() ? form.what : "an override")) return;
    for (std::size_t i = 0; i < overrides.items.size(); ++i) {
      const YamlNode& key = overrides.keys[i];
      const KeyInfo* info = form.find(key.text);
      if (info == nullptr)
        refuse_key(form, key);
      else if (key.text != kAdd && key.text != kReplace && has_value(key, overrides.items[i]))
        override_field(*info, target, key, overrides.items[i]);
    }
    for (const std::string_view several : {kReplace, kAdd}) {
      const YamlNode* written = overrides.find(several);
      const KeyInfo* info = form.find(several);
      if (written == nullptr || info == nullptr || !values_.is_map(*written, info->inner().what)) continue;
      if (several == kReplace) refuse_changed_twice(overrides, *written);
      override_several(form, *info, target, *written);
    }
  }

  bool has_value(const YamlNode& key, const YamlNode& value) const {
    if (value.kind != YamlKind::kNothing) return true;
    values_.fail(value, DiagnosticCode::kWrongForm, fmt::format("'{}' has no value", key.text), "give it a value, or remove the key");
    return false;
  }

  void refuse_key(const MapForm& form, const YamlNode& key) const {
    if (key.text == "<<") return;  // has its finding already
    const MapForm& overridden = *form.overridden;
    const KeyInfo* known = overridden.find(key.text);
    if (known != nullptr && known->form == ValueForm::kTexts)
      return values_.fail(key, DiagnosticCode::kBadOverride,
                          fmt::format("'{}' of {} is a list, and this may be all of it or more of it", key.text, overridden.what),
                          fmt::format("write replace: {{{0}: ...}} or add: {{{0}: ...}}", key.text));
    if (known != nullptr)
      return values_.fail(key, DiagnosticCode::kBadOverride, fmt::format("'{}' of {} is the same in every environment", key.text, overridden.what),
                          "leave it out");
    values_.fail(key, DiagnosticCode::kUnknownKey, fmt::format("{} has no key '{}'", overridden.what, key.text), name_advice(key.text, form.names()));
  }

  void override_field(const KeyInfo& info, const Target& target, const YamlNode& key, const YamlNode& value) {
    const bool has_fields = info.inner != nullptr && info.inner().overridden != nullptr;
    if (info.form == ValueForm::kMapsByLabel)
      override_rules(info, value);
    else if (info.form == ValueForm::kMap && has_fields)
      override_fields(info.inner(), {fmt::format("'{}'", info.name), &map_in(*target.map, key, value)}, value);
    else if (is_named(info))
      override_named(info, target, value, has_fields);
    else if (target.map != &document_)
      set(*target.map, key, value);
    else
      static_cast<void>(values_.text(value));  // the description of the environment itself
  }

  // name: value, or name: {field: value}, of names that are there.
  void override_named(const KeyInfo& info, const Target& target, const YamlNode& named, bool has_fields) {
    if (!values_.is_map(named, fmt::format("'{}'", info.name))) return;
    for (std::size_t i = 0; i < named.items.size(); ++i) {
      YamlNode* there = find(*target.map, info.name);
      YamlNode* one = there == nullptr ? nullptr : find(*there, named.keys[i].text);
      if (one == nullptr)
        refuse_name(info, target, named.keys[i], names_in(there));
      else if (has_fields)
        override_fields(info.inner(), {fmt::format("{} {}", info.inner().overridden->name, named.keys[i].text), one}, named.items[i]);
      else if (info.form != ValueForm::kValues || target.map != &document_ || keeps_type(*one, named.items[i]))
        replace(named.keys[i], *one, named.items[i]);
    }
  }

  // Whether a parameter stays what it is: a mistake in its type or unit is one of its new value, and not of the conditions that use it.
  bool keeps_type(const YamlNode& parameter, const YamlNode& value) const {
    Findings ignored;  // of the rule set as it stands, and of values that are none: their readers tell them
    const ValueReader reader(source_, ignored);
    const std::optional<Expression> before = read_parameter_value(reader, parameter);
    const std::optional<Expression> after = read_parameter_value(reader, value);
    if (!before || !after) return true;
    const auto is_number = [](ValueKind kind) { return kind == ValueKind::kInteger || kind == ValueKind::kDecimal; };
    const ValueType& was = before->type;
    const ValueType& is = after->type;
    if (was.kind != is.kind && !(is_number(was.kind) && is_number(is.kind))) {
      values_.fail(value, DiagnosticCode::kTypeMismatch,
                   fmt::format("this is {}, and the parameter is {} everywhere else", to_text(is), to_text(was)), "give it a value of the same type");
      return false;
    }
    if (was.currency == is.currency || brings_currency(is)) return true;
    values_.fail(value, DiagnosticCode::kCurrencyMismatch,
                 fmt::format("this is {}, and the parameter is {} everywhere else", to_text(is), to_text(was)),
                 "give it a value in the same currency; where fields have another one, the environment says so under inputs");
    return false;
  }

  // Whether the environment has fields of its own in this currency.
  bool brings_currency(const ValueType& type) const {
    const YamlNode* inputs = environment_.find("inputs");
    for (std::size_t i = 0; inputs != nullptr && i < inputs->items.size(); ++i) {
      const YamlNode* fields = inputs->items[i].find("fields");
      for (std::size_t j = 0; fields != nullptr && j < fields->items.size(); ++j) {
        const YamlNode* currency = fields->items[j].find("currency");
        if (currency != nullptr && currency->text == std::string_view(type.currency.data(), type.currency.size())) return true;
      }
    }
    return false;
  }

  void override_rules(const KeyInfo& info, const YamlNode& rules) {
    if (!values_.is_map(rules, "'rules'")) return;
    std::vector<YamlNode*> known;
    if (YamlNode* inside = find(document_, "rules"); inside != nullptr) {
      for (YamlNode& rule : inside->items) known.push_back(&rule);
    }
    for (SourceTree& rule : rules_) known.push_back(&rule.root);
    std::vector<std::string> ids;
    ids.reserve(known.size());
    for (const YamlNode* rule : known) ids.push_back(id_of(*rule));
    for (std::size_t i = 0; i < rules.items.size(); ++i) {
      const auto found = std::find(ids.begin(), ids.end(), rules.keys[i].text);
      if (found == ids.end())
        refuse_name(info, {"the rule set", nullptr}, rules.keys[i], ids);
      else
        override_fields(info.inner(), {"rule " + *found, known[static_cast<std::size_t>(found - ids.begin())]}, rules.items[i]);
    }
  }

  static std::string id_of(const YamlNode& rule) {
    const YamlNode* id = rule.find("id");
    return id == nullptr ? std::string() : id->text;
  }

  void refuse_name(const KeyInfo& info, const Target& target, const YamlNode& name, const std::vector<std::string>& names) const {
    values_.fail(name, DiagnosticCode::kUnknownOverride, fmt::format("'{}' is not among the {} of {}", name.text, info.name, target.name),
                 name_advice(name.text, names));
  }

  // All of a field is said under `replace`, or parts of it elsewhere.
  void refuse_changed_twice(const YamlNode& overrides, const YamlNode& replaced) const {
    const YamlNode* added = overrides.find(kAdd);
    for (const YamlNode& key : replaced.keys) {
      if (overrides.find(key.text) == nullptr && (added == nullptr || added->find(key.text) == nullptr)) continue;
      values_.fail(key, DiagnosticCode::kBadOverride, fmt::format("'{}' is replaced, and changed besides", key.text), "say all of it under replace");
    }
  }

  // What stands under `replace` or `add`.
  void override_several(const MapForm& form, const KeyInfo& several, const Target& target, const YamlNode& fields) {
    for (std::size_t i = 0; i < fields.items.size(); ++i) {
      const YamlNode& key = fields.keys[i];
      const YamlNode& value = fields.items[i];
      const KeyInfo* info = several.inner().find(key.text);
      if (info == nullptr) {
        refuse_several_key(form, several, key);
      } else if (has_value(key, value)) {
        if (several.name == kReplace)
          set(*target.map, key, value);
        else if (info->form == ValueForm::kTexts)
          add_texts(*target.map, key, value);
        else if (info->form == ValueForm::kListOfMaps)
          add_rules(value);
        else
          add_named(*target.map, key, value);
      }
    }
  }

  void refuse_several_key(const MapForm& form, const KeyInfo& several, const YamlNode& key) const {
    const std::vector<std::string> names = several.inner().names();
    if (const KeyInfo* known = form.find(key.text); known != nullptr && !is_named(*known))
      return values_.fail(key, DiagnosticCode::kBadOverride, fmt::format("'{}' is no list and no mapping of names", key.text),
                          fmt::format("write {}: ... without {}", key.text, several.name));
    values_.fail(key, DiagnosticCode::kUnknownKey, fmt::format("{} has no key '{}'", several.inner().what, key.text), name_advice(key.text, names));
  }

  void add_texts(YamlNode& map, const YamlNode& key, const YamlNode& value) {
    YamlNode* list = find(map, key.text);
    if (list == nullptr) return set(map, key, value);
    if (list->kind != YamlKind::kList) {
      YamlNode only = std::exchange(*list, YamlNode{});
      list->kind = YamlKind::kList;
      list->offset = only.offset;
      list->origin = only.origin;
      list->items.push_back(std::move(only));
    }
    const std::vector<YamlNode> only{value};
    for (const YamlNode& one : value.kind == YamlKind::kList ? value.items : only) {
      if (std::any_of(list->items.begin(), list->items.end(), [&](const YamlNode& there) { return is_same(there, one); }))
        doubt(one, fmt::format("'{}' is in '{}' already", one.text, key.text));
      else
        list->items.push_back(own(one));
    }
  }

  void add_named(YamlNode& map, const YamlNode& key, const YamlNode& named) {
    if (!values_.is_map(named, fmt::format("'{}'", key.text))) return;
    YamlNode& there = map_in(map, key, named);
    for (std::size_t i = 0; i < named.items.size(); ++i) {
      if (find(there, named.keys[i].text) != nullptr) {
        values_.fail(named.keys[i], DiagnosticCode::kBadOverride, fmt::format("'{}' is in '{}' already", named.keys[i].text, key.text),
                     "to replace it, write it without add");
        continue;
      }
      there.keys.push_back(own(named.keys[i]));
      there.items.push_back(own(named.items[i]));
    }
  }

  void add_rules(const YamlNode& rules) {
    if (!values_.is_list(rules, "'rules'")) return;
    for (const YamlNode& rule : rules.items) rules_.push_back({&source_, own(rule)});
  }

  // The mapping under the key, made where it is not there. What stands there in another form is left, with its finding.
  YamlNode& map_in(YamlNode& map, const YamlNode& key, const YamlNode& like) {
    if (YamlNode* there = find(map, key.text); there != nullptr) return *there;
    YamlNode made;
    made.kind = YamlKind::kMap;
    made.offset = like.offset;
    made.origin = &source_;
    map.keys.push_back(own(key));
    return map.items.emplace_back(std::move(made));
  }

  void set(YamlNode& map, const YamlNode& key, const YamlNode& value) {
    if (YamlNode* there = find(map, key.text); there != nullptr) return replace(key, *there, value);
    map.keys.push_back(own(key));
    map.items.push_back(own(value));
  }

  void replace(const YamlNode& key, YamlNode& there, const YamlNode& value) {
    if (is_same(there, value)) return doubt(value, fmt::format("'{}' has this value already", key.text));
    there = own(value);
  }

  YamlNode own(YamlNode node) const {
    node.origin = &source_;
    for (YamlNode& key : node.keys) key.origin = &source_;
    for (YamlNode& item : node.items) item = own(std::move(item));
    return node;
  }

  void doubt(const YamlNode& place, std::string text) { doubts_.add(source_, place.offset, DiagnosticCode::kIdleOverride, std::move(text)); }

  const YamlNode& environment_;
  const SourceText& source_;
  YamlNode& document_;
  std::vector<SourceTree>& rules_;
  ValueReader values_;
  Findings& doubts_;
};

}  // namespace

std::vector<std::string> environment_names(const RuleSetTrees& trees, Findings& findings) {
  if (!trees.document) return {};
  const YamlNode* environments = trees.document->root.find("environments");
  const ValueReader values(*trees.document->source, findings);
  if (environments == nullptr || !values.is_map(*environments, "'environments'")) return {};
  if (environments->items.size() > kEnvironmentsMax)
    values.fail(*environments, DiagnosticCode::kTooMany,
                fmt::format("{} environments, at most {} fit", environments->items.size(), kEnvironmentsMax));
  for (const YamlNode& key : environments->keys) static_cast<void>(values.label(key));
  std::vector<std::string> names = names_in(environments);
  names.resize(std::min(names.size(), kEnvironmentsMax));
  return names;
}

RuleSetTrees in_environment(const RuleSetTrees& trees, std::string_view name, Findings& errors, Findings& doubts) {
  RuleSetTrees changed = trees;
  const YamlNode* environments = trees.document ? trees.document->root.find("environments") : nullptr;
  const YamlNode* environment = environments == nullptr ? nullptr : environments->find(name);
  if (environment != nullptr && changed.document) Overriding(*environment, *changed.document, changed.rules, errors, doubts).apply();
  return changed;
}

}  // namespace reckoner
