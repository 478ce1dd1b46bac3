// The files of a rule set's lists, looked at while the job runs: new entries are in force from the next epoch on. A file is read when it stayed as
// it is from one look to the next, the whole rule set is checked with it, and one with a finding changes nothing. Belongs to the job's thread; the
// reading has one of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/file_stamps.hpp"
#include "app/job_file.hpp"
#include "engine/background.hpp"
#include "engine/files.hpp"
#include "engine/rule_set_watch.hpp"
#include "operators/plan.hpp"
#include "rules/load.hpp"

namespace reckoner {

class ListWatch final : public RuleSetWatch {
 public:
  // `plan` is what the job decides by: its lists are changed in place, and its hash with them. `say` is called with a line for people. Files and plan
  // outlive it.
  ListWatch(const JobFile& file, Files& files, Plan& plan, std::function<void(const std::string&)> say);

  [[nodiscard]] Result<std::optional<RuleSetChange>> look(std::int64_t now_ns) override;

 private:
  [[nodiscard]] Result<std::optional<RuleSetChange>> change();
  void take(const Plan& fresh);

  std::string folder_;
  std::string environment_;
  std::string state_directory_;
  Files& files_;
  Plan& plan_;
  std::function<void(const std::string&)> say_;
  std::int64_t every_ns_;
  std::int64_t next_ns_ = 0;
  FileStamps taken_;  // of what was last read, in order or not. Nothing was at first: a file may have changed since the rule set was loaded
  FileStamps seen_;   // at the last look
  std::vector<std::string> paths_;
  std::unique_ptr<LoadResult> loaded_;  // null = nothing is being read
  Background background_;               // last: it works on the others
};

// Null where the job file says that lists stay as they are, where no list has a file, and for a job that ends with its input.
[[nodiscard]] std::unique_ptr<ListWatch> make_list_watch(const JobFile& file, Files& files, Plan& plan, bool until_end);

}  // namespace reckoner
