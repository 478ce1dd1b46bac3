// The rule set of an epoch, from what was kept or from the folder.
#include "app/kept_rule_sets.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include "app/job_file.hpp"
#include "app/job_wiring.hpp"
#include "support/catch.hpp"
#include "support/fake_files.hpp"
#include "support/scratch_directory.hpp"

namespace reckoner::testing {

TEST_CASE("a rule set that another process of the job met first is taken from the folder, and kept from then on") {
  ScratchDirectory directory;
  const std::string folder = directory.path().string();
  std::filesystem::copy(RECKONER_SOURCE_DIR "/examples/seed", folder, std::filesystem::copy_options::recursive);
  const auto file = JobFile::load(folder + "/job.yaml", {"inputs.events.files=-", "outputs.dir=out", "state.dir=state"}, {});
  REQUIRE(file);
  const auto plan = load_plan(*file);
  REQUIRE(plan);
  const std::uint64_t hash = (*plan)->hash;
  FakeFiles files;
  CHECK(!load_kept_rule_set(files, file->text("state.dir"), hash));
  const auto found = find_rule_set(files, *file, hash);
  REQUIRE(found);
  CHECK((*found)->hash == hash);
  std::filesystem::remove_all(folder + "/rules");
  const auto kept = find_rule_set(files, *file, hash);
  REQUIRE(kept);
  CHECK((*kept)->hash == hash);
  const auto unknown = find_rule_set(files, *file, hash + 1);
  REQUIRE(!unknown);
  CHECK(unknown.error().kind == ErrorKind::kCorruption);
  CHECK(unknown.error().text.find("run the rule set of that version once") != std::string::npos);
}

}  // namespace reckoner::testing
