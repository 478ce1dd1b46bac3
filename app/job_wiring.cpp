#include "app/job_wiring.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/input_decoder.hpp"
#include "app/list_watch.hpp"
#include "connectors/file_source.hpp"
#include "engine/time_column.hpp"
#include "operators/handing_on.hpp"
#include "operators/ordering.hpp"
#include "operators/record_filter.hpp"
#include "rules/load.hpp"

namespace reckoner {

namespace {

FileInputSettings source_settings(const JobFile& file, const Plan& plan, std::size_t input) {
  const Schema& schema = plan.inputs[input].schema;
  FileInputSettings settings;
  settings.name = schema.input;
  settings.patterns = file.list(input_setting(schema, "files"));
  const bool csv = file.text(input_setting(schema, "format")) == "csv";
  settings.framing.kind = csv ? FramingKind::kCsv : FramingKind::kLines;
  settings.framing.delimiter = file.text(input_setting(schema, "delimiter")).at(0);
  settings.csv_header = csv && !file.has(input_setting(schema, "columns"));
  settings.follow = file.flag(input_setting(schema, "follow"));
  if (file.has(input_setting(schema, "watch"))) {
    settings.watch = true;
    settings.patterns = {join_path(file.text(input_setting(schema, "watch")), "*")};
  }
  settings.watching.stable_ms = file.number(input_setting(schema, "stable"));
  settings.watching.require_ready = file.flag(input_setting(schema, "require_ready"));
  return settings;
}

Result<std::shared_ptr<const Decoder>> make_decoder(const JobFile& file, const Plan& plan, std::size_t input, FileSource& source,
                                                    const std::vector<PartitionInfo>& found) {
  const Schema& schema = plan.inputs[input].schema;
  return make_input_decoder(file, schema, [&]() -> Result<std::string> {
    const auto first = std::find_if(found.begin(), found.end(), [&](const PartitionInfo& info) { return info.id.input == input; });
    if (first != found.end()) return source.csv_header(first->id);
    return fail(ErrorKind::kConfiguration,
                fmt::format("input '{}' has no file to take its header row from; set {}", schema.input, input_setting(schema, "columns")));
  });
}

std::vector<ReaderInput> reader_inputs(const Plan& plan, const std::vector<std::shared_ptr<const Decoder>>& decoders) {
  std::vector<ReaderInput> inputs;
  inputs.reserve(decoders.size());
  for (std::size_t i = 0; i < read_inputs(plan); ++i) {
    inputs.push_back(reader_input(plan, i, decoders[i]));
  }
  return inputs;
}

std::vector<std::unique_ptr<Shard>> build_shards(const JobFile& file, const Plan& plan, std::uint32_t count,
                                                 std::vector<std::vector<BuiltKeySpace>>& views) {
  const auto batch_rows = static_cast<std::size_t>(file.number("engine.batch_records"));
  std::vector<std::unique_ptr<Shard>> shards;
  for (std::uint32_t number = 0; number < count; ++number) {
    std::vector<std::unique_ptr<KeySpace>> spaces;
    views.emplace_back();
    for (std::size_t kind = 0; kind < plan.keys.size(); ++kind) {
      views.back().push_back(build_key_space(plan, kind, number, batch_rows));
      spaces.push_back(std::move(views.back().back().space));
    }
    shards.push_back(std::make_unique<Shard>(number, std::move(spaces), build_screen(plan, count)));
  }
  return shards;
}

FileSourceSettings source_settings(const WiredJob& wired) {
  FileSourceSettings settings;
  settings.until_end = wired.until_end;
  for (std::size_t input = 0; input < read_inputs(*wired.plan); ++input) settings.inputs.push_back(source_settings(wired.file, *wired.plan, input));
  return settings;
}

}  // namespace

WiredJob::WiredJob() = default;
WiredJob::~WiredJob() = default;
WiredJob::WiredJob(WiredJob&&) noexcept = default;
WiredJob& WiredJob::operator=(WiredJob&&) noexcept = default;

ReaderInput reader_input(const Plan& plan, std::size_t input, std::shared_ptr<const Decoder> decoder) {
  const InputPlan& planned = plan.inputs[input];
  ReaderInput made;
  made.schema = planned.schema;
  made.wanted = planned.wanted;
  made.out_of_orderness_ms = planned.out_of_orderness_ms;
  made.decoder = std::move(decoder);
  for (const KeyPlan& key : plan.keys) made.key_fields.push_back(key.fields[input]);
  if (planned.filter) made.filter = make_record_filter(*planned.filter, static_cast<InputId>(input), planned.schema.event_time);
  return made;
}

std::vector<std::string> output_names() {
  std::vector<std::string> names;
  names.reserve(kOutputs);
  for (std::size_t output = 0; output < kOutputs; ++output) names.emplace_back(to_text(static_cast<OutputId>(output)));
  return names;
}

std::vector<std::string> output_time_columns() {
  std::vector<std::string> columns;
  columns.reserve(kOutputs);
  for (std::size_t output = 0; output < kOutputs; ++output) columns.emplace_back(time_column(static_cast<OutputId>(output)));
  return columns;
}

std::string log_directory(const JobFile& file) { return join_path(file.text("state.dir"), "log"); }
std::string checkpoint_directory(const JobFile& file) { return join_path(file.text("state.dir"), "checkpoints"); }

Result<std::unique_ptr<Plan>> load_plan(const JobFile& file, std::string* resolved) {
  const std::string folder = file.text("ruleset");
  LoadResult loaded = load_rule_set(folder, file.text("environment"));
  if (!loaded.plan) {
    std::vector<std::string> lines;
    lines.reserve(loaded.diagnostics.size());
    for (const Diagnostic& finding : loaded.diagnostics) lines.push_back(join_path(folder, to_text(finding)));
    return fail(ErrorKind::kConfiguration, fmt::format("{}", fmt::join(lines, "\n")));
  }
  if (resolved != nullptr) *resolved = std::move(loaded.resolved);
  if (file.is_kafka()) set_hops(*loaded.plan);
  return std::make_unique<Plan>(std::move(*loaded.plan));
}

Result<void> check_inputs(const JobFile& file, const Plan& plan) {
  std::vector<std::string> problems;
  std::vector<std::string> names;
  names.reserve(plan.inputs.size());
  for (std::size_t input = 0; input < read_inputs(plan); ++input) names.push_back(plan.inputs[input].schema.input);
  for (const std::string& name : file.inputs()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      problems.push_back(fmt::format("{}: input '{}' is not in the rule set; {}", file.file(), name, name_advice(name, names)));
    }
  }
  for (const std::string& name : names) {
    if (file.has("inputs." + name + ".format")) continue;
    problems.push_back(fmt::format("{}: nothing stands behind the rule set's input '{}'; set inputs.{}.files", file.file(), name, name));
  }
  if (problems.empty()) return {};
  return fail(ErrorKind::kConfiguration, fmt::format("{}", fmt::join(problems, "\n")));
}

JobSettings job_settings(const JobFile& file, const Plan& plan, bool until_end) {
  JobSettings settings;
  settings.epoch.time_max_ms = file.number("epoch.time");
  settings.epoch.records_max = static_cast<std::uint64_t>(file.number("epoch.records"));
  settings.epoch.bytes_max = static_cast<std::uint64_t>(file.number("epoch.bytes"));
  settings.checkpoint_every_ms = file.number("checkpoint.every");
  settings.gather_records = static_cast<std::size_t>(file.number("engine.gather_records"));
  settings.gather_bytes = static_cast<std::size_t>(file.number("engine.gather_bytes"));
  settings.close_rows_max = static_cast<std::size_t>(file.number("engine.close_rows"));
  settings.until_end = until_end;
  settings.background = file.flag("engine.background");
  settings.idle_after_ms = file.number("idle_after");
  settings.max_skew_ms = file.number("max_skew");
  settings.rejected_share_max = static_cast<double>(file.number("limits.rejected_percent")) / 100;
  settings.rejected_least = static_cast<std::uint64_t>(file.number("limits.rejected_least"));
  settings.plan_hash = plan.hash;
  return settings;
}

BuiltJob build_job(const JobFile& file, const Plan& plan, const std::vector<std::shared_ptr<const Decoder>>& decoders, const JobPorts& ports,
                   const JobSettings& settings, std::uint32_t shards, std::size_t threads, std::optional<ShardOfMany> of) {
  BuiltJob built;
  ReaderSettings reader_settings;
  reader_settings.block_bytes = static_cast<std::size_t>(file.number("engine.block"));
  reader_settings.round_rows = static_cast<std::size_t>(file.number("engine.round_records"));
  JobParts parts;
  if (of) {
    reader_settings.handed_on = handed_on_inputs(plan);
    reader_settings.hops = static_cast<std::uint32_t>(hops_before(plan).size());
    reader_settings.lists = !plan.added_lists.empty();
    reader_settings.waits_for_others = settings.until_end;
    parts.exchange = build_exchange(plan, of->shard, of->shards, file.number("exchange.tell_every"));
  }
  auto executor = std::make_unique<Executor>(threads);
  parts.reader =
      std::make_unique<Reader>(reader_inputs(plan, decoders), watermark_groups(plan), plan.keys.size(), ports.source, *executor, reader_settings);
  parts.shards = build_shards(file, plan, shards, built.spaces);
  parts.order = build_event_time_order(plan, static_cast<std::uint64_t>(file.number("limits.waiting_records")));
  parts.write_late = make_write_late(plan);
  parts.derived = build_derived_inputs(plan);
  parts.added = build_added_entries(plan);
  built.added = parts.added.get();
  built.job = std::make_unique<Job>(settings, ports, std::move(executor), std::move(parts));
  return built;
}

Result<void> build_job(WiredJob& wired, std::unique_ptr<CommitLog> log) {
  wired.job.reset();
  wired.lists.reset();
  wired.spaces.clear();
  wired.log = std::move(log);
  Files& files = *wired.ground.files;
  Clock& clock = *wired.ground.clock;
  const JobFile& file = wired.file;
  const FileSourceSettings source = source_settings(wired);
  wired.source = std::make_unique<FileSource>(files, clock, source);

  // A header row is read by a source of its own, so that the job's source still reports every file as new.
  FileSource peek(files, clock, source);
  const auto found = peek.discover({});
  if (!found) return std::unexpected(found.error());
  std::vector<std::shared_ptr<const Decoder>> decoders;
  for (std::size_t input = 0; input < read_inputs(*wired.plan); ++input) {
    auto decoder = make_decoder(file, *wired.plan, input, peek, *found);
    if (!decoder) return std::unexpected(decoder.error());
    decoders.push_back(std::move(*decoder));
  }
  const JobPorts ports{*wired.source, *wired.log, *wired.ground.checkpoints, clock};
  BuiltJob built = build_job(file, *wired.plan, decoders, ports, job_settings(file, *wired.plan, wired.until_end),
                             static_cast<std::uint32_t>(file.number("shards")), static_cast<std::size_t>(file.number("threads")));
  wired.spaces = std::move(built.spaces);
  wired.job = std::move(built.job);
  wired.added = built.added;
  wired.lists = make_list_watch(file, files, *wired.plan, wired.until_end);
  wired.job->watch(wired.lists.get());
  return {};
}

}  // namespace reckoner
