// The seed workload end to end: files in, totals, scores and alerts out, checkpoints on. Rates and ratios are of the second half of a run, when
// memory has been touched; the rate of the whole run, which pays for that too, stands beside them. Ratios compare runs of this one call.
//   seed_benchmark [EVENTS [DIRECTORY]]   about 330 bytes of disk an event, twice
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "app/job_opening.hpp"
#include "benchmarks/measured_run.hpp"
#include "benchmarks/naive_engine.hpp"
#include "connectors/json_decoder.hpp"
#include "engine/check.hpp"

namespace reckoner {
namespace {

constexpr std::uint64_t kNaiveEvents = 100'000;
constexpr std::size_t kBlockBytes = 256U << 10U;

// Reads and decodes the input as the job does, and drops it.
Measured run_parse_only(const std::string& input, const Plan& plan) {
  auto decoder = JsonDecoder::make(plan.inputs[0].schema, JsonTemplates::kLearn);
  RECKONER_CHECK(decoder.has_value(), "{}", decoder.error().text);
  const auto scratch = (*decoder)->make_scratch();
  std::ifstream file(input, std::ios::binary);
  RecordBlock block;
  Measured measured;
  std::string rest;
  const double began = now_seconds();
  block.text.resize(kBlockBytes + kTextPadding);
  for (std::size_t held = 0;;) {
    file.read(block.text.data() + held, static_cast<std::streamsize>(kBlockBytes - held));
    const std::size_t bytes = held + static_cast<std::size_t>(file.gcount());
    const std::size_t whole = std::string_view(block.text.data(), bytes).rfind('\n');
    if (whole == std::string_view::npos) break;
    block.text_bytes = whole + 1;
    rest.assign(block.text.data() + block.text_bytes, bytes - block.text_bytes);
    (*decoder)->decode(block, plan.inputs[0].wanted, *scratch);
    measured.records += block.rows;
    block.text.resize(kBlockBytes + kTextPadding);
    std::copy(rest.begin(), rest.end(), block.text.begin());
    held = rest.size();
  }
  measured.seconds = (now_seconds() - began) / 2;
  return measured;
}

// The six rules, and 114 more over the same facts with bounds of their own.
std::string many_rules(const std::string& directory, const std::string& source) {
  const std::filesystem::path to = directory + "/rules120";
  std::filesystem::remove_all(to);
  std::filesystem::copy(source, to, std::filesystem::copy_options::recursive);
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(source) / "rules")) {
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    for (int copy = 1; copy < 20; ++copy) {
      std::string rule = text.str();
      rule.insert(rule.find('\n', rule.find("\nid: ") + 1), fmt::format("_{}", copy));
      const std::size_t fire = rule.find("fire: ") + 6;
      rule.insert(rule.find('\n', fire), fmt::format(" and amount >= {}.00", 100 * copy));
      std::ofstream(to / "rules" / fmt::format("{}_{}.yaml", entry.path().stem().string(), copy)) << rule;
    }
  }
  return (to / "job.yaml").string();
}

void run_all(std::uint64_t events, const std::string& directory) {
  const std::string source = RECKONER_SOURCE_DIR "/examples/seed";
  const std::string job = source + "/job.yaml";
  const std::string work = directory + "/run";
  const auto plan = load_plan(*JobFile::load(job, {"inputs.events.files=-", "outputs.dir=-", "state.dir=-"}, {}));
  RECKONER_CHECK(plan.has_value(), "{}", plan.error().text);
  std::string input = generate(directory + "/events.jsonl", events, 1'000'000, false);
  const Measured parse = in_child(1, [&] { return run_parse_only(input, **plan); });
  const auto run = [&](const std::string& name, const std::string& of, std::size_t cores, std::vector<std::string> overrides) {
    const Measured measured = in_child(cores, [&] { return run_job(of, input, work, events, cores, std::move(overrides)); });
    report(name, measured);
    return measured;
  };
  const Measured one = run("1 M accounts, one core", job, 1, {});
  const Measured two = run("1 M accounts, two cores", job, 2, {});
  const Measured none = run("1 M accounts, one core, no checkpoints", job, 1, {"checkpoint.every=24h"});
  const Measured many = run("1 M accounts, one core, 120 rules", many_rules(directory, source), 1, {});
  const Measured naive = in_child(1, [&] {
    Measured measured;
    const double began = now_seconds();
    measured.records = run_naive_engine(input, work, kNaiveEvents);
    measured.seconds = (now_seconds() - began) / 2;
    return measured;
  });
  input = generate(directory + "/events.jsonl", events, 1'000'000, true);
  run("1 M accounts, --skew, one core", job, 1, {});
  input = generate(directory + "/events.jsonl", std::max<std::uint64_t>(events, 100), std::max<std::uint64_t>(events / 120, 1), false);
  run(fmt::format("{} accounts, 24 h full, one core", std::max<std::uint64_t>(events / 120, 1)), job, 1, {});
  fmt::print("\nparse only                                   {:6.3f} M/s; one core is {:.2f} of it\n", parse.rate() / 1e6, one.rate() / parse.rate());
  fmt::print("naive engine                                 {:6.3f} M/s; one core is {:.1f} times it\n", naive.rate() / 1e6,
             one.rate() / naive.rate());
  fmt::print("two cores are {:.2f} times one; with checkpoints {:.2f} of without; 120 rules cost {:.2f} times 6\n", two.rate() / one.rate(),
             one.rate() / none.rate(), one.rate() / many.rate());
  std::filesystem::remove_all(work);
  std::filesystem::remove(directory + "/events.jsonl");
}

}  // namespace
}  // namespace reckoner

int main(int arguments, char** values) {
  const std::uint64_t events = arguments > 1 ? std::strtoull(values[1], nullptr, 10) : 12'000'000;
  const std::string directory = arguments > 2 ? values[2] : std::filesystem::temp_directory_path() / "reckoner-bench";
  std::filesystem::create_directories(directory);
  reckoner::run_all(events, directory);
  return 0;
}
