#include "app/dead_letters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "app/committed_outputs.hpp"
#include "app/job_wiring.hpp"
#include "app/kafka_topics_plan.hpp"
#include "connectors/committed_merge.hpp"
#include "connectors/kafka_dead_letter.hpp"
#include "connectors/kafka_producer.hpp"
#include "connectors/posix_files.hpp"
#include "engine/outputs.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kLettersAtOnce = 1000;  // of a transaction

Result<void> visit_on_files(const JobOptions& job, const DeadLetterChoice& choice, const DeadLetterVisitor& visitor) {
  PosixFiles files;
  const auto place = find_output(job.job, std::string(to_text(OutputId::kDeadLetters)), job.overrides);
  if (!place) return std::unexpected(place.error());
  const auto state = committed_at(files, *place);
  if (!state) return std::unexpected(state.error());
  return CommittedMerge(files, place->directory, place->output).read(*state, [&](std::string_view row) -> Result<void> {
    std::optional<DeadLetter> letter = read_dead_letter_row(row);
    if (!letter) return fail(ErrorKind::kCorruption, fmt::format("a row of {} is no dead letter; look with: reckoner verify", place->output));
    return choice.takes(*letter) ? visitor({std::move(*letter)}) : Result<void>{};
  });
}

// A job on topics, as far as its dead letters go.
struct TopicLetters {
  std::string job;
  std::unique_ptr<Plan> plan;
  KafkaSettings settings;
  JobTopics topics;
  std::string topic;  // of the dead letters
  std::int32_t partitions = 0;
};

Result<TopicLetters> look_at(const JobFile& file) {
  TopicLetters letters;
  auto plan = load_plan(file);
  if (!plan) return std::unexpected(plan.error());
  letters.job = file.text("job");
  letters.plan = std::move(*plan);
  auto settings = kafka_settings(file);
  if (!settings) return std::unexpected(settings.error());
  letters.settings = std::move(*settings);
  letters.topics = job_topics(file, *letters.plan);
  letters.topic = letters.topics.outputs[static_cast<std::size_t>(OutputId::kDeadLetters)];
  auto admin = KafkaClient::make(letters.settings, KafkaRole::kAdmin);
  if (!admin) return std::unexpected(admin.error());
  const auto counts = partition_counts(**admin, {letters.topic});
  if (!counts) return std::unexpected(counts.error());
  const auto found = counts->find(letters.topic);
  if (found == counts->end()) {
    const auto texts = unlisted_topics(**admin, {{letters.topic, "READ"}});
    return texts ? fail(ErrorKind::kConfiguration, texts->front()) : std::unexpected(texts.error());
  }
  letters.partitions = found->second;
  return letters;
}

Result<void> visit_on_topics(const TopicLetters& letters, const DeadLetterChoice& choice, const DeadLetterVisitor& visitor) {
  auto reader = KafkaClient::make(letters.settings, KafkaRole::kReader);
  if (!reader) return std::unexpected(reader.error());
  for (std::int32_t partition = 0; partition < letters.partitions; ++partition) {
    // A dead letter lies in the partition that its record came from.
    if (choice.partition && *choice.partition != static_cast<std::uint32_t>(partition)) continue;
    Result<void> visited = visit_dead_letters(**reader, letters.topic, partition,
                                              [&](const KeptDeadLetter& kept) { return choice.takes(kept.letter) ? visitor(kept) : Result<void>{}; });
    if (!visited) return visited;
  }
  return {};
}

// Gathers dead letters of a partition after the other, and sends them with the marks that they were sent.
class Replay {
 public:
  Replay(const TopicLetters& letters, KafkaProducer& producer, ReplayCounts& counts) : letters_(letters), producer_(producer), counts_(counts) {}

  [[nodiscard]] Result<void> add(const KeptDeadLetter& kept) {
    const DeadLetter& letter = kept.letter;
    const auto partition = static_cast<std::int32_t>(letter.partition);
    if (partition != partition_ || transaction_.records.size() >= kLettersAtOnce) {
      if (Result<void> sent = send(); !sent) return sent;
    }
    partition_ = partition;
    const std::vector<InputPlan>& inputs = letters_.plan->inputs;
    const auto input = std::find_if(inputs.begin(), inputs.end(), [&](const InputPlan& known) { return known.schema.input == letter.input; });
    if (input == inputs.end())
      return fail(ErrorKind::kConfiguration, fmt::format("a dead letter is of input '{}', which the rule set does not have any more; choose others "
                                                         "with --input",
                                                         letter.input));
    transaction_.records.push_back(
        {static_cast<std::size_t>(input - inputs.begin()), partition, letter.key, letter.value, letter.headers, letter.timestamp_ms});
    if (!offsets_.empty() && offsets_.back().second + 1 == kept.offset)
      ++offsets_.back().second;
    else
      offsets_.emplace_back(kept.offset, kept.offset);
    return {};
  }

  [[nodiscard]] Result<void> send() {
    const std::size_t count = transaction_.records.size();
    if (count == 0) return {};
    transaction_.records.push_back(make_replay_mark(offsets_, letters_.topics.inputs.size(), partition_));
    if (producer_.commit(transaction_) != TransactionEnd::kCommitted) return std::unexpected(producer_.last_error());
    counts_.sent += count;
    transaction_.records.clear();
    offsets_.clear();
    return {};
  }

 private:
  const TopicLetters& letters_;
  KafkaProducer& producer_;
  ReplayCounts& counts_;
  KafkaTransaction transaction_;
  OffsetRanges offsets_;
  std::int32_t partition_ = 0;
};

}  // namespace

bool DeadLetterChoice::takes(const DeadLetter& letter) const {
  return (code.empty() || code == letter.code) && (input.empty() || input == letter.input) && (!partition || *partition == letter.partition) &&
         from <= letter.record && letter.record <= to;
}

Result<void> visit_dead_letters(const JobOptions& job, const DeadLetterChoice& choice, const DeadLetterVisitor& visitor) {
  const auto file = load_job_file(job);
  if (!file) return std::unexpected(file.error());
  if (!file->is_kafka()) return visit_on_files(job, choice, visitor);
  const auto letters = look_at(*file);
  if (!letters) return std::unexpected(letters.error());
  return visit_on_topics(*letters, choice, visitor);
}

Result<void> replay_dead_letters(const JobOptions& job, const DeadLetterChoice& choice, bool again, ReplayCounts& counts) {
  const auto file = load_job_file(job);
  if (!file) return std::unexpected(file.error());
  if (!file->is_kafka())
    return fail(
        ErrorKind::kConfiguration,
        fmt::format("{}: files stand behind its inputs, and a file is not written to again: put the mended records into a new file of the input; "
                    "what they were says: reckoner dlq show",
                    job.job));
  const auto letters = look_at(*file);
  if (!letters) return std::unexpected(letters.error());
  // Before the marks are read: another replay that is under way can add none after this.
  auto producer = KafkaProducer::open(letters->settings, letters->job + "-dlq", letters->topics.inputs, letters->topic, {});
  if (!producer) return std::unexpected(producer.error());
  Replay replay(*letters, **producer, counts);
  Result<void> visited = visit_on_topics(*letters, choice, [&](const KeptDeadLetter& kept) -> Result<void> {
    if (!kept.replayed || again) return replay.add(kept);
    ++counts.left;
    return {};
  });
  return visited ? replay.send() : visited;
}

}  // namespace reckoner
