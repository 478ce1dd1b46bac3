#include "connectors/committed_sidecar.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/checksum.hpp"
#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

namespace {

// The checksum covers everything after itself, so the text before it has a fixed form.
constexpr std::string_view kHead = R"({"format":1,"checksum":")";
constexpr std::size_t kChecksumDigits = 16;
constexpr std::uint64_t kBytesMax = std::uint64_t{16} << 20U;

std::string checksum_text(std::string_view body) { return fmt::format("{:016x}", checksum(body)); }

bool get(simdjson::dom::element object, const char* key, std::uint64_t& value) { return object[key].get(value) == simdjson::SUCCESS; }

bool get_output(simdjson::dom::element element, CommittedOutput& output) {
  std::string_view name;
  std::string_view time_column;
  std::uint64_t shard = 0;
  if (element["name"].get(name) != simdjson::SUCCESS) return false;
  if (!get(element, "shard", shard) || !get(element, "bytes", output.bytes) || !get(element, "rows", output.rows)) return false;
  output.name = name;
  if (element["time"].get(time_column) == simdjson::SUCCESS) output.time_column = time_column;
  output.shard = static_cast<std::uint32_t>(shard);
  return true;
}

bool get_state(const std::string& text, CommittedState& state) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::array outputs;
  std::string_view job;
  if (parser.parse(text).get(root) != simdjson::SUCCESS || root["job"].get(job) != simdjson::SUCCESS) return false;
  if (!get(root, "owner", state.id.owner) || !get(root, "epoch", state.id.epoch)) return false;
  if (root["outputs"].get(outputs) != simdjson::SUCCESS) return false;
  state.job_hash = std::strtoull(std::string(job).c_str(), nullptr, 16);
  for (const simdjson::dom::element element : outputs) {
    if (!get_output(element, state.outputs.emplace_back())) return false;
  }
  return true;
}

}  // namespace

std::string encode_sidecar(const CommittedState& state) {
  std::string body = fmt::format("\",\"job\":\"{:016x}\",\"owner\":{},\"epoch\":{},\"outputs\":[", state.job_hash, state.id.owner, state.id.epoch);
  std::string_view separator = "\n";
  for (const CommittedOutput& output : state.outputs) {
    body += fmt::format(R"({}{{"name":"{}","shard":{},"bytes":{},"rows":{})", separator, output.name, output.shard, output.bytes, output.rows);
    if (!output.time_column.empty()) body += fmt::format(R"(,"time":"{}")", output.time_column);
    body += "}";
    separator = ",\n";
  }
  body += "\n]}\n";
  return fmt::format("{}{}{}", kHead, checksum_text(body), body);
}

Result<CommittedState> decode_sidecar(std::string_view text, const std::string& path) {
  CommittedState state;
  const std::size_t body_at = kHead.size() + kChecksumDigits;
  const bool good =
      text.size() > body_at && text.starts_with(kHead) && text.substr(kHead.size(), kChecksumDigits) == checksum_text(text.substr(body_at));
  if (!good || !get_state(std::string(text), state)) {
    return fail(ErrorKind::kCorruption, fmt::format("{}: not what this program wrote; the next start of the job writes it anew", path));
  }
  return state;
}

Result<void> write_sidecar(Files& files, const std::string& outputs_directory, const CommittedState& state) {
  return write_atomically(files, join_path(outputs_directory, kSidecarName), encode_sidecar(state));
}

Result<std::optional<CommittedState>> read_sidecar(Files& files, const std::string& outputs_directory) {
  const std::string path = join_path(outputs_directory, kSidecarName);
  if (!files.exists(path)) return std::optional<CommittedState>();
  const Result<std::string> text = read_whole(files, path, kBytesMax);
  if (!text) return std::unexpected(text.error());
  Result<CommittedState> state = decode_sidecar(*text, path);
  if (!state) return std::unexpected(state.error());
  return std::optional<CommittedState>(std::move(*state));
}

}  // namespace reckoner
