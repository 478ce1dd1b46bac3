#include "rules/reference_pages.hpp"

#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "rules/json_schema.hpp"
#include "support/catch.hpp"

namespace reckoner {

namespace {

std::string whole(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("the pages of docs/ that are made from tables are current") {
  INFO("reckoner reference keys > docs/keys.md");
  CHECK(whole(RECKONER_SOURCE_DIR "/docs/keys.md") == keys_page());
  INFO("reckoner reference codes > docs/codes.md");
  CHECK(whole(RECKONER_SOURCE_DIR "/docs/codes.md") == codes_page());
}

TEST_CASE("every key of every form has a meaning, and inner forms where it needs them") {
  std::vector<const MapForm*> forms = override_forms();
  for (const MapForm* form : override_forms()) {
    for (const char* several : {"add", "replace"}) {
      if (const KeyInfo* key = form->find(several); key != nullptr) forms.push_back(&key->inner());
    }
  }
  forms.insert(forms.end(), {&rule_set_form(),      &input_form(),
                             &field_form(),         &dedupe_form(),
                             &fact_form(),          &sequence_step_form(),
                             &together_step_form(), &absent_form(),
                             &absent_side_form(),   &total_form(),
                             &measure_form(),       &score_form(),
                             &limit_form(),         &rule_form(),
                             &test_file_form(),     &test_defaults_form(),
                             &test_form(),          &step_form(),
                             &shuffle_form(),       &expectation_form(),
                             &environment_form(),   &environment_addition_form()});
  for (const MapForm* form : forms) {
    std::set<std::string_view> names;
    for (const KeyInfo& key : form->keys) {
      INFO(form->name << " " << key.name);
      CHECK(names.insert(key.name).second);
      CHECK_FALSE(key.meaning.empty());
      const bool nests = key.form == ValueForm::kMap || key.form == ValueForm::kMapOfMaps || key.form == ValueForm::kMapsByLabel ||
                         key.form == ValueForm::kListOfMaps;
      CHECK((key.inner != nullptr) == (nests || key.form == ValueForm::kExpectation));
      CHECK(key.words.empty() == (key.form != ValueForm::kWord));
      if (key.form == ValueForm::kInteger) CHECK(key.low < key.high);
    }
  }
}

TEST_CASE("a rule's owner is said to be a field of the inputs that rules look at, since no row has it") {
  const KeyInfo* owner = rule_form().find("owner");
  REQUIRE(owner != nullptr);
  CHECK(owner->meaning.find("a field of the inputs `alerts` and `faults`") != std::string_view::npos);
}

TEST_CASE("a text in JSON is escaped") { CHECK(json_text("a \"b\"\\\n\x01") == R"("a \"b\"\\\n\u0001")"); }

}  // namespace reckoner
