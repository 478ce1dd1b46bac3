#include "app/committed_outputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/job_options.hpp"
#include "app/job_wiring.hpp"
#include "connectors/committed_reader.hpp"
#include "rules/diagnostic.hpp"

namespace reckoner {

namespace {

bool is_directory(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

Result<void> check_name(const CommittedState& state, const OutputPlace& place) {
  std::vector<std::string> names;
  for (const CommittedOutput& output : state.outputs) {
    if (output.name == place.output) return {};
    if (std::find(names.begin(), names.end(), output.name) == names.end()) names.push_back(output.name);
  }
  return fail(ErrorKind::kConfiguration,
              fmt::format("{}: there is no output '{}'; {}", place.directory, place.output, name_advice(place.output, names)));
}

}  // namespace

Result<OutputPlace> find_output(const std::string& where, const std::string& output, const std::vector<std::string>& overrides) {
  if (is_directory(where)) {
    if (!output.empty()) return OutputPlace{where, {}, output};
    return fail(ErrorKind::kConfiguration,
                fmt::format("{}: which output? One of {}, such as: reckoner cat {} alerts", where, fmt::join(output_names(), ", "), where));
  }
  const std::filesystem::path path(where);
  const std::string parent = path.has_parent_path() ? path.parent_path().string() : ".";
  std::error_code ignored;
  if (output.empty() && !std::filesystem::exists(path, ignored)) {
    if (is_directory(parent)) return OutputPlace{parent, {}, path.filename().string()};
    return fail(ErrorKind::kConfiguration, fmt::format("{}: no such directory; name an outputs directory and an output, such as out/alerts", parent));
  }
  const auto file = load_job_file({where, overrides});
  if (!file) return std::unexpected(file.error());
  if (!output.empty()) return OutputPlace{file->text("outputs.dir"), log_directory(*file), output};
  return fail(ErrorKind::kConfiguration,
              fmt::format("{}: which output? One of {}, such as: reckoner cat {} alerts", where, fmt::join(output_names(), ", "), where));
}

Result<CommittedState> committed_at(Files& files, const OutputPlace& place) {
  Result<CommittedState> state =
      place.log_directory.empty() ? committed_from_sidecar(files, place.directory) : committed_from_log(files, place.log_directory, output_names());
  if (!state) return state;
  if (!place.log_directory.empty()) {
    if (state->id == EpochId{}) return fail(ErrorKind::kConfiguration, fmt::format("{}: nothing is committed yet", place.log_directory));
    const std::vector<std::string> names = output_names();
    const std::vector<std::string> columns = output_time_columns();
    for (CommittedOutput& output : state->outputs) {
      output.time_column = columns.at(static_cast<std::size_t>(std::find(names.begin(), names.end(), output.name) - names.begin()));
    }
  }
  if (const auto named = check_name(*state, place); !named) return std::unexpected(named.error());
  return state;
}

}  // namespace reckoner
