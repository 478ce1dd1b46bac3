// Jobs of a shard each that meet in topics alone, as on Kafka: what one reads and another owns is handed on in the epoch's own commit. All of it in
// memory, by one thread, from a seed; processes are killed at random.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "app/job_file.hpp"
#include "app/job_wiring.hpp"
#include "support/fake_clock.hpp"
#include "support/scratch_directory.hpp"

namespace reckoner::testing {

struct Payment {
  std::string id;
  std::int64_t at_ms = 0;
  std::string account;
  std::string shop;    // "" = none
  std::string device;  // the same
  std::string payee;   // another account
  std::int64_t amount = 0;
};

struct Login {
  std::int64_t at_ms = 0;
  std::string account;
  std::string device;
};

// The topics: committed records alone.
struct Topics {
  std::vector<std::vector<std::vector<std::string>>> read;  // [input][shard]
  std::vector<std::vector<std::string>> repartition;        // [shard]
  std::vector<std::string> totals;                          // rows
  std::vector<std::string> alerts;
};

class TopicWorld {
 public:
  // `totals`: the part of the rule set from there on. Payments of an amount of at most 1 are filtered. With `distinct_times` no two records have the same.
  TopicWorld(std::uint32_t shards, unsigned seed, const std::string& totals, const std::vector<std::string>& rules, bool distinct_times = false);
  ~TopicWorld();

  [[nodiscard]] const Plan& plan() const { return *plan_; }
  void idle_after(std::int64_t milliseconds) { idle_after_ms_ = milliseconds; }
  void silence_max(std::int64_t milliseconds) { silence_max_ms_ = milliseconds; }

  // Payments and logins out of order by up to two seconds, while processes look, commit and are killed.
  void live(int steps);
  // All of it at once, in order of time.
  void fill(int payments);
  void restart(std::uint32_t shard);
  // Nothing comes for so long, in which each process looks now and then.
  void be_silent(std::int64_t milliseconds);
  // Each process anew, until all of them have read all there is, while they are killed; then all state is lost, and executed again from the log.
  void finish();

  [[nodiscard]] std::uint64_t epochs(std::uint32_t shard) const;  // committed
  [[nodiscard]] const Topics& topics() const { return topics_; }
  [[nodiscard]] const std::vector<Payment>& payments() const { return payments_; }  // all, as they came
  [[nodiscard]] const std::vector<Login>& logins() const { return logins_; }
  // The payments that set alerts of the rule off. Each does so once.
  [[nodiscard]] std::set<std::string> alerts(const std::string& rule) const;

  // A value of a row.
  [[nodiscard]] static std::string text(const std::string& row, const std::string& name);
  [[nodiscard]] static std::int64_t number(const std::string& row, const std::string& name);

 private:
  struct Instance;

  [[nodiscard]] std::uint64_t random(std::uint64_t below) { return chance_() % below; }
  void pay();
  void log_in();
  [[nodiscard]] std::int64_t time_of_record();
  void append(std::size_t input, const std::string& account, std::string record);
  void kill(std::uint32_t shard);
  void open(std::uint32_t shard, bool until_end);

  ScratchDirectory directory_;
  std::mt19937_64 chance_;
  bool distinct_times_;
  FakeClock clock_;
  std::unique_ptr<JobFile> file_;
  std::unique_ptr<Plan> plan_;
  std::vector<std::shared_ptr<const Decoder>> decoders_;  // by input
  Topics topics_;
  std::vector<std::unique_ptr<Instance>> instances_;
  std::int64_t now_ms_ = 1'000'000;
  std::uint64_t disorder_ms_ = 2000;
  std::vector<Payment> payments_;
  std::vector<Login> logins_;
  std::set<std::int64_t> times_;
  std::int64_t idle_after_ms_ = 1'000'000'000'000;
  std::int64_t silence_max_ms_ = 0;
};

// What is in one of them alone.
[[nodiscard]] std::string differences(const std::set<std::string>& found, const std::set<std::string>& expected);

}  // namespace reckoner::testing
