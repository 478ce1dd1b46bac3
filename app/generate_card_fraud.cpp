#include "app/generate_card_fraud.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "app/card_fraud_arrivals.hpp"
#include "app/card_fraud_background.hpp"
#include "app/card_fraud_lines.hpp"
#include "app/card_fraud_patterns.hpp"
#include "app/card_fraud_people.hpp"

namespace reckoner::card_fraud {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr std::int64_t kProbeEveryMs = 8 * kHourMs;

using EventsByFile = std::array<std::vector<Event>, kFileKinds.size()>;

constexpr std::size_t index_of(FileKind file) { return static_cast<std::size_t>(file); }

std::string file_name(FileKind file) { return std::string(kFileStems[index_of(file)]) + ".jsonl"; }

Result<void> check_settings(const CardFraudSettings& settings) {
  if (settings.days < CardFraudSettings::kDaysMin || settings.days > CardFraudSettings::kDaysMax) {
    return fail(ErrorKind::kConfiguration,
                fmt::format("the number of days must be {} to {}, not {}", CardFraudSettings::kDaysMin, CardFraudSettings::kDaysMax, settings.days));
  }
  if (settings.accounts < CardFraudSettings::kAccountsMin) {
    return fail(ErrorKind::kConfiguration,
                fmt::format("the number of accounts must be at least {}, not {}", CardFraudSettings::kAccountsMin, settings.accounts));
  }
  if (std::uint64_t{settings.days} * settings.accounts > CardFraudSettings::kAccountDaysMax) {
    return fail(ErrorKind::kConfiguration, fmt::format("days times accounts must be at most {}, not {} times {}", CardFraudSettings::kAccountDaysMax,
                                                       settings.days, settings.accounts));
  }
  return {};
}

void add_probes(const Span& span, std::vector<Event>& transactions) {
  for (std::int64_t time_ms = span.from_ms + kMinuteMs; time_ms < span.until_ms; time_ms += kProbeEveryMs) {
    Event& probe = transactions.emplace_back();
    probe.time_ms = time_ms;
    probe.cents = 1'00;
    probe.account = kProbeAccount;
    probe.counterparty = kOnlineShopFirst;
    probe.channel = Channel::kEcom;
  }
}

EventsByFile all_events(const CardFraudSettings& settings, Plan& plan) {
  const Span span{kStartMs, kStartMs + settings.days * kDayMs};
  EventsByFile files;
  std::sort(plan.events.begin(), plan.events.end(),
            [](const Event& left, const Event& right) { return std::tie(left.account, left.sequence) < std::tie(right.account, right.sequence); });
  auto planted = plan.events.begin();
  std::vector<Event> events;
  for (std::uint32_t account = 0; account < settings.accounts; ++account) {
    const Person person = make_person(settings.seed, account);
    const AccountNote& note = plan.notes[account];
    SeededRandom random = random_of_account(settings.seed, account);
    events.clear();
    append_background(person, note, span, random, events);
    for (; planted != plan.events.end() && planted->account == account; ++planted) events.push_back(*planted);
    settle_balances(person.opening_cents + note.extra_opening_cents, events);
    for (const Event& event : events) files[index_of(file_of(event.kind))].push_back(event);
  }
  add_probes(span, files[index_of(FileKind::kTransactions)]);
  for (std::vector<Event>& file : files) {
    std::sort(file.begin(), file.end(), [](const Event& left, const Event& right) {
      return std::tie(left.time_ms, left.account, left.sequence) < std::tie(right.time_ms, right.account, right.sequence);
    });
  }
  return files;
}

CardFraudFileCounts count_lines(const std::vector<Event>& events, const Arrivals& arrivals) {
  CardFraudFileCounts counts;
  counts.lines = arrivals.order.size();
  counts.late = arrivals.late;
  counts.duplicate = arrivals.duplicates;
  counts.rejected = arrivals.malformed;
  counts.filtered =
      static_cast<std::uint64_t>(std::count_if(events.begin(), events.end(), [](const Event& event) { return event.account == kProbeAccount; }));
  counts.processed = counts.lines - counts.late - counts.duplicate - counts.filtered - counts.rejected;
  return counts;
}

Result<CardFraudFileCounts> write_events(FileKind file, const std::vector<Event>& events, SeededRandom random, const NamedFileSink& sink) {
  const std::string name = file_name(file);
  const Arrivals arrivals = arrange_arrivals(file, events, random);
  LineWriter lines;
  LineWriter sound;
  for (const Arrival& arrival : arrivals.order) {
    if (arrival.defect == 0) {
      append_line(file, events[arrival.index], arrival.index + 1, lines);
    } else {
      sound.clear();
      append_line(file, events[arrival.index], arrival.index + 1, sound);
      lines.begin_line();
      lines.text(spoil_line(sound.written(), arrival.defect));
    }
    if (lines.size() < kPieceBytes) continue;
    if (auto taken = sink(name, lines.written()); !taken) return std::unexpected(taken.error());
    lines.clear();
  }
  if (auto taken = sink(name, lines.written()); !taken) return std::unexpected(taken.error());
  return count_lines(events, arrivals);
}

// Where an incident's records are, and when it began and ended.
struct Trace {
  std::int64_t from_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t to_ms = 0;
  std::vector<std::pair<FileKind, std::uint32_t>> records;
};

std::vector<Trace> trace_incidents(const EventsByFile& files, std::size_t incidents) {
  std::vector<Trace> traces(incidents);
  for (const FileKind file : kFileKinds) {
    const std::vector<Event>& events = files[index_of(file)];
    for (std::uint32_t index = 0; index < events.size(); ++index) {
      const Event& event = events[index];
      if (event.incident == 0) continue;
      Trace& trace = traces[event.incident - 1];
      trace.from_ms = std::min(trace.from_ms, event.time_ms);
      trace.to_ms = std::max(trace.to_ms, event.time_ms);
      trace.records.emplace_back(file, index + 1);
    }
  }
  return traces;
}

Result<void> write_labels(const Plan& plan, const EventsByFile& files, const NamedFileSink& sink) {
  const std::vector<Trace> traces = trace_incidents(files, plan.incidents.size());
  LineWriter lines;
  lines.begin_line();
  lines.text("incident,pattern,key_field,key,from,to,event_ids\n");
  for (std::size_t i = 0; i < traces.size(); ++i) {
    const Incident& incident = plan.incidents[i];
    const bool is_device = incident.pattern == Pattern::kCardTesting;
    lines.begin_line();
    lines.number(i + 1);
    lines.text(",");
    lines.text(kPatternNames[static_cast<std::size_t>(incident.pattern)]);
    lines.text(is_device ? ",device_id," : ",account_id,");
    if (is_device) {
      append_device(incident.key, lines);
    } else {
      append_account(static_cast<std::uint32_t>(incident.key), lines);
    }
    lines.text(",");
    append_time(traces[i].from_ms, lines);
    lines.text(",");
    append_time(traces[i].to_ms, lines);
    std::string_view separator = ",";
    for (const auto& [file, number] : traces[i].records) {
      lines.text(std::exchange(separator, ";"));
      append_id(file, number, lines);
    }
    lines.text("\n");
  }
  return sink("labels.csv", lines.written());
}

Result<void> write_expected(const CardFraudCounts& counts, const NamedFileSink& sink) {
  std::string text = "{\n";
  for (const FileKind file : kFileKinds) {
    const CardFraudFileCounts& of_file = counts.files[index_of(file)];
    text += fmt::format("  \"{}\": {{\"lines\": {}, \"processed\": {}, \"late\": {}, \"duplicate\": {}, \"filtered\": {}, \"rejected\": {}}},\n",
                        kFileStems[index_of(file)], of_file.lines, of_file.processed, of_file.late, of_file.duplicate, of_file.filtered,
                        of_file.rejected);
  }
  text += fmt::format("  \"incidents\": {}\n}}\n", counts.incidents);
  return sink("expected.json", text);
}

Result<CardFraudCounts> generate(const CardFraudSettings& settings, const NamedFileSink& sink) {
  if (auto checked = check_settings(settings); !checked) return std::unexpected(checked.error());
  Plan plan = plan_incidents(settings.seed, settings.accounts, settings.days);
  const EventsByFile files = all_events(settings, plan);
  CardFraudCounts counts;
  counts.incidents = plan.incidents.size();
  for (const FileKind file : kFileKinds) {
    auto written = write_events(file, files[index_of(file)], SeededRandom(scatter(settings.seed + 4 + index_of(file))), sink);
    if (!written) return std::unexpected(written.error());
    counts.files[index_of(file)] = *written;
  }
  if (auto written = write_labels(plan, files, sink); !written) return std::unexpected(written.error());
  if (auto written = write_expected(counts, sink); !written) return std::unexpected(written.error());
  return counts;
}

}  // namespace
}  // namespace reckoner::card_fraud

namespace reckoner {

Result<CardFraudCounts> generate_card_fraud(const CardFraudSettings& settings, const NamedFileSink& sink) {
  return card_fraud::generate(settings, sink);
}

Result<CardFraudCounts> generate_card_fraud(const CardFraudSettings& settings, Files& files, const std::string& directory) {
  if (auto made = files.make_directories(directory); !made) return std::unexpected(made.error());
  std::map<std::string, std::unique_ptr<AppendFile>, std::less<>> open;
  return generate_card_fraud(settings, [&](std::string_view name, std::string_view bytes) -> Result<void> {
    auto found = open.find(name);
    if (found == open.end()) {
      const std::string path = join_path(directory, name);
      if (auto removed = files.remove(path); !removed) return removed;
      auto opened = files.open_append(path);
      if (!opened) return std::unexpected(opened.error());
      found = open.emplace(std::string(name), std::move(*opened)).first;
    }
    return found->second->append(bytes);
  });
}

}  // namespace reckoner
