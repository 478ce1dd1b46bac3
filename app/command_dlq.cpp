#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/dead_letters.hpp"
#include "app/exit_code.hpp"
#include "app/job_options.hpp"
#include "connectors/utf8.hpp"

namespace reckoner {

namespace {

struct DlqOptions {
  JobOptions job;
  DeadLetterChoice choice;
  std::string record;  // INPUT/PARTITION/RECORD
  bool raw = false;
  bool again = false;
};

// Bytes of a record must not write into a terminal.
std::string harmless(std::string_view bytes) {
  const bool is_text = find_invalid_utf8(bytes) == bytes.size();
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const bool shown = byte >= 0x80 ? is_text : byte >= 0x20 && byte != 0x7f;
    if (shown)
      text += c;
    else
      text += fmt::format("\\x{:02x}", byte);
  }
  return text;
}

std::string place_of(const DeadLetter& letter) { return fmt::format("{}/{}/{}", letter.input, letter.partition, letter.record); }

int list_letters(const DlqOptions& options) {
  fmt::print("{:<32} {:<18} {:<20} {:<9} {}\n", "record", "code", "field", "replayed", "message");
  const auto visited = visit_dead_letters(options.job, options.choice, [](const KeptDeadLetter& kept) -> Result<void> {
    const DeadLetter& letter = kept.letter;
    fmt::print("{:<32} {:<18} {:<20} {:<9} {}\n", place_of(letter), letter.code, letter.field, kept.replayed ? "yes" : "-", harmless(letter.message));
    return {};
  });
  return visited ? 0 : report_error(visited.error());
}

// INPUT/PARTITION/RECORD; false when it is not that.
bool parse_place(std::string_view text, DeadLetterChoice& choice) {
  const std::size_t last = text.rfind('/');
  const std::size_t first = last == std::string_view::npos || last == 0 ? last : text.rfind('/', last - 1);
  if (first == std::string_view::npos || first == last) return false;
  std::uint32_t partition = 0;
  const char* const end = text.data() + text.size();
  const auto part = std::from_chars(text.data() + first + 1, text.data() + last, partition);
  const auto record = std::from_chars(text.data() + last + 1, end, choice.from);
  choice.input = text.substr(0, first);
  choice.partition = partition;
  choice.to = choice.from;
  return part.ec == std::errc{} && part.ptr == text.data() + last && record.ec == std::errc{} && record.ptr == end;
}

void print_letter(const KeptDeadLetter& kept) {
  const DeadLetter& letter = kept.letter;
  fmt::print("record     {}\nstage      {}\ncode       {}\n", place_of(letter), letter.stage, letter.code);
  if (!letter.field.empty()) fmt::print("field      {}\n", letter.field);
  fmt::print("message    {}\n", harmless(letter.message));
  if (kept.replayed) fmt::print("replayed   yes\n");
  if (letter.timestamp_ms) fmt::print("timestamp  {}\n", *letter.timestamp_ms);
  if (letter.key) fmt::print("key        {}\n", harmless(*letter.key));
  for (const auto& [name, value] : letter.headers) fmt::print("header     {}: {}\n", harmless(name), value ? harmless(*value) : "none");
  fmt::print("value      {}\n", letter.value ? harmless(*letter.value) : "none");
}

int show_letter(const DlqOptions& options) {
  DeadLetterChoice choice;
  if (!parse_place(options.record, choice)) {
    fmt::print(stderr, "{}: write the record as `reckoner dlq list` does: INPUT/PARTITION/RECORD\n", options.record);
    return static_cast<int>(ExitCode::kUsage);
  }
  bool found = false;
  const auto visited = visit_dead_letters(options.job, choice, [&](const KeptDeadLetter& kept) -> Result<void> {
    found = true;
    if (!options.raw) {
      print_letter(kept);
    } else if (kept.letter.value) {
      static_cast<void>(std::fwrite(kept.letter.value->data(), 1, kept.letter.value->size(), stdout));
    }
    return {};
  });
  if (!visited) return report_error(visited.error());
  if (found) return 0;
  fmt::print(stderr, "{}: no dead letter is of this record; what there is says: reckoner dlq list\n", options.record);
  return static_cast<int>(ExitCode::kFindings);
}

int replay_letters(const DlqOptions& options) {
  ReplayCounts counts;
  const auto replayed = replay_dead_letters(options.job, options.choice, options.again, counts);
  fmt::print("{} dead letters were sent to their topics again\n", counts.sent);
  if (counts.left > 0) fmt::print("{} were not, having been sent before; --again sends them too\n", counts.left);
  return replayed ? 0 : report_error(replayed.error());
}

void add_choice(Command& command, DeadLetterChoice& choice) {
  command.option("--code", choice.code, "Rejected with this code, as bad_json");
  command.option("--input", choice.input, "Of this input");
  command.option("--partition", choice.partition, "Of this partition of the input");
  command.option("--from", choice.from, "From this record of the input on: its offset, where the input is a topic");
  command.option("--to", choice.to, "Up to this record of the input");
}

}  // namespace

void add_dlq_command(Command& program) {
  auto options = std::make_shared<DlqOptions>();
  Command dlq = program.add_command("dlq", "The records of a job that were rejected, and why");
  dlq.require_command();
  Command list = dlq.add_command("list", "What was rejected, a line a record");
  add_job_options(list, options->job);
  add_choice(list, options->choice);
  list.when_asked_for([options] { return list_letters(*options); });
  Command show = dlq.add_command("show", "All of one rejected record: reckoner dlq show JOB events/0/17");
  add_job_options(show, options->job);
  show.option("RECORD", options->record, "INPUT/PARTITION/RECORD").required();
  show.flag("--raw", options->raw, "Its bytes alone");
  show.when_asked_for([options] { return show_letter(*options); });
  Command replay = dlq.add_command("replay", "Sends rejected records to their topics again, as they were");
  add_job_options(replay, options->job);
  add_choice(replay, options->choice);
  replay.flag("--again", options->again, "Those too that were sent before");
  replay.when_asked_for([options] { return replay_letters(*options); });
}

}  // namespace reckoner
