// The keys of environments, made from the keys of what they change.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "rules/map_forms.hpp"

namespace reckoner {

namespace {

using Form = ValueForm;

bool has_several(const KeyInfo& key) {
  return key.form == Form::kTexts || key.form == Form::kMapOfMaps || key.form == Form::kExpressions || key.form == Form::kValues;
}

// What names a thing stays as it is.
bool is_fixed(const KeyInfo& key) { return key.name == "id" && key.required; }

std::vector<KeyInfo> several_keys(const MapForm& form) {
  std::vector<KeyInfo> keys;
  std::copy_if(form.keys.begin(), form.keys.end(), std::back_inserter(keys), has_several);
  for (KeyInfo& key : keys) key.required = false;
  return keys;
}

template <const MapForm& (*Of)()>
const MapForm& addition_form() {
  static const std::string name = fmt::format("{}_addition", Of().name);
  static const std::string what = fmt::format("what is added to {}", Of().what);
  static const std::string meaning = fmt::format("Entries that an environment adds to lists and mappings of {}.", Of().what);
  static const MapForm form{name, what, meaning, several_keys(Of())};
  return form;
}

template <const MapForm& (*Of)()>
const MapForm& replacement_form() {
  static const std::string name = fmt::format("{}_replacement", Of().name);
  static const std::string what = fmt::format("what is replaced in {}", Of().what);
  static const std::string meaning = fmt::format("Lists and mappings of {} that an environment replaces as a whole.", Of().what);
  static const MapForm form{name, what, meaning, several_keys(Of())};
  return form;
}

// The keys of a thing; what becomes of its lists is said under `replace` and `add` alone.
template <const MapForm& (*Of)()>
const MapForm& override_form() {
  const auto keys_of = [](const MapForm& overridden) {
    std::vector<KeyInfo> keys;
    for (KeyInfo key : overridden.keys) {
      if (key.form == Form::kTexts || is_fixed(key)) continue;
      key.required = false;
      keys.push_back(key);
    }
    if (!several_keys(overridden).empty()) {
      keys.push_back({"replace", Form::kMap, false, "lists and mappings that are replaced as a whole", {}, 0, 0, replacement_form<Of>});
      keys.push_back({"add", Form::kMap, false, "entries that lists and mappings have besides", {}, 0, 0, addition_form<Of>});
    }
    return keys;
  };
  static const std::string name = fmt::format("{}_override", Of().name);
  static const std::string what = fmt::format("fields of {}", Of().what);
  static const std::string meaning = fmt::format("Fields of {} that are different in an environment.", Of().what);
  static const MapForm form{name, what, meaning, keys_of(Of()), &Of()};
  return form;
}

KeyInfo changed(std::string_view name, Form form, std::string_view meaning, const MapForm& (*inner)() = nullptr) {
  return {name, form, false, meaning, {}, 0, 0, inner};
}

}  // namespace

const MapForm& environment_form() {
  static const MapForm form{
      "environment",
      "an environment",
      "What is different where the rule set runs with this environment's name: fields of things that exist.",
      {changed("description", Form::kText, "for people"), changed("inputs", Form::kMapOfMaps, "fields of inputs", override_form<input_form>),
       changed("parameters", Form::kValues, "other values of parameters"), changed("macros", Form::kExpressions, "other texts of macros"),
       changed("lists", Form::kMapOfMaps, "fields of lists", override_form<list_form>),
       changed("calendars", Form::kMapOfMaps, "fields of calendars", override_form<calendar_form>),
       changed("facts", Form::kMapOfMaps, "facts of `ruleset.yaml`, each as a whole", fact_form),
       changed("totals", Form::kMapOfMaps, "fields of totals", override_form<total_form>),
       changed("scores", Form::kMapOfMaps, "fields of scores", override_form<score_form>),
       changed("cycles", Form::kMapOfMaps, "fields of cycles", override_form<cycle_form>),
       changed("exceptions", Form::kMapOfMaps, "fields of exceptions", override_form<exception_form>),
       changed("limits", Form::kMap, "other limits", override_form<limit_form>),
       changed("rules", Form::kMapsByLabel, "fields of rules, by id", override_form<rule_form>),
       changed("add", Form::kMap, "what is there besides", environment_addition_form)},
      &rule_set_form()};
  return form;
}

const MapForm& environment_addition_form() {
  static const MapForm form{
      "environment_addition",
      "what is added to a rule set",
      "What an environment has besides: each with a name that the rule set does not have.",
      {changed("parameters", Form::kValues, "further parameters"), changed("macros", Form::kExpressions, "further macros"),
       changed("lists", Form::kMapOfMaps, "further lists", list_form), changed("calendars", Form::kMapOfMaps, "further calendars", calendar_form),
       changed("facts", Form::kMapOfMaps, "further facts", fact_form), changed("totals", Form::kMapOfMaps, "further totals", total_form),
       changed("scores", Form::kMapOfMaps, "further scores", score_form), changed("cycles", Form::kMapOfMaps, "further cycles", cycle_form),
       changed("exceptions", Form::kMapOfMaps, "further exceptions", exception_form),
       changed("rules", Form::kListOfMaps, "further rules", rule_form)}};
  return form;
}

const std::vector<const MapForm*>& override_forms() {
  static const std::vector<const MapForm*> forms{&override_form<input_form>(),     &override_form<list_form>(),  &override_form<calendar_form>(),
                                                 &override_form<total_form>(),     &override_form<score_form>(), &override_form<cycle_form>(),
                                                 &override_form<exception_form>(), &override_form<limit_form>(), &override_form<rule_form>()};
  return forms;
}

}  // namespace reckoner
