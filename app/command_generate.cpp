#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/generate_card_fraud.hpp"
#include "app/generate_seed.hpp"
#include "connectors/posix_files.hpp"

namespace reckoner {

namespace {

int generate_seed_to_stdout(const SeedSettings& settings) {
  const auto result = generate_seed(settings, [](std::string_view bytes) -> Result<void> {
    if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size()) return {};
    return fail(ErrorKind::kExternal, "standard output: cannot be written; is the disk full or the reader gone?");
  });
  if (!result) return report_error(result.error());
  if (std::fflush(stdout) != 0)
    return report_error({ErrorKind::kExternal, Retry::kNever, "standard output: cannot be written; is the disk full or the reader gone?"});
  return 0;
}

int generate_card_fraud_files(const CardFraudSettings& settings, const std::string& directory) {
  PosixFiles files;
  const auto counts = generate_card_fraud(settings, files, directory);
  if (!counts) return report_error(counts.error());
  fmt::print(stderr, "{}: {} transactions, {} logins, {} account changes, {} planted incidents\n", directory, counts->files[0].lines,
             counts->files[1].lines, counts->files[2].lines, counts->incidents);
  return 0;
}

}  // namespace

void add_generate_command(Command& program) {
  Command generate = program.add_command("generate", "Make input data: the same arguments give the same bytes");
  generate.require_command();

  auto seed_settings = std::make_shared<SeedSettings>();
  Command seed = generate.add_command("seed", "The seed workload, to standard output: reckoner generate seed 200000 20000 1 > events.jsonl");
  seed.option("EVENTS", seed_settings->events).required();
  seed.option("ACCOUNTS", seed_settings->accounts).required();
  seed.option("SEED", seed_settings->seed).required();
  seed.flag("--skew", seed_settings->skew, "Some accounts are a thousand times as busy as others");
  seed.when_asked_for([seed_settings] { return generate_seed_to_stdout(*seed_settings); });

  auto fraud_settings = std::make_shared<CardFraudSettings>();
  auto directory = std::make_shared<std::string>();
  Command fraud = generate.add_command("card-fraud", "Transactions, logins and account changes with planted fraud and its truth");
  fraud.option("--days", fraud_settings->days, "Days of history").with_default_shown();
  fraud.option("--accounts", fraud_settings->accounts, "Accounts").with_default_shown();
  fraud.option("--seed", fraud_settings->seed, "Seed").with_default_shown();
  fraud.option("DIR", *directory, "Directory for the files").required();
  fraud.when_asked_for([fraud_settings, directory] { return generate_card_fraud_files(*fraud_settings, *directory); });
}

}  // namespace reckoner
