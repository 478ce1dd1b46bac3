// Nanoseconds a record for decoding the seed workload's lines (327 bytes, 14 members) held in memory: by learned template, by the strict
// path alone, and simdjson's first stage over the same blocks as the reference kernel of the same run.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/csv_decoder.hpp"
#include "connectors/json_decoder.hpp"
#include "engine/check.hpp"

namespace reckoner {
namespace {

constexpr std::size_t kRecords = 4'000;  // 1.3 MB: decoded from the cache, where a block that was just read lies
constexpr std::size_t kBlockBytes = 64U << 10U;

struct Random {  // splitmix64
  std::uint64_t state;
  std::uint64_t operator()() {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
    return z ^ (z >> 31U);
  }
  std::uint64_t below(std::uint64_t bound) { return (*this)() % bound; }
  template <std::size_t N>
  std::string_view of(const std::array<std::string_view, N>& choices) {
    return choices[below(N)];
  }
};

constexpr std::array<std::string_view, 6> kTypes{"card_payment", "transfer_out", "transfer_in", "atm_withdrawal", "login", "refund"};
constexpr std::array<std::string_view, 4> kCurrencies{"USD", "EUR", "GBP", "CAD"};
constexpr std::array<std::string_view, 8> kCountries{"US", "CA", "GB", "DE", "FR", "NG", "BR", "JP"};
constexpr std::array<std::string_view, 4> kChannels{"pos", "ecom", "mobile", "branch"};
constexpr std::array<std::string_view, 2> kStatuses{"approved", "declined"};

struct Event {
  std::array<std::string, 14> values;
};

constexpr std::array<std::string_view, 14> kMembers{"event_id", "event_time", "account_id", "type",      "amount", "currency", "merchant_id",
                                                    "mcc",      "country",    "channel",    "device_id", "ip",     "status",   "balance_after"};

bool is_number(std::size_t member) { return member == 1 || member == 4 || member == 13; }

Event make_event(Random& random, std::uint64_t index) {
  const std::uint64_t a = random();
  const std::uint64_t b = random();
  const std::string_view type = random.of(kTypes);
  const std::uint64_t cents = type == "login" ? 0 : random.below(100) < 97 ? random.below(20'000) + 100 : random.below(1'500'000);
  const std::uint64_t balance = random.below(5'000'000);
  return {{fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", a >> 32U, a >> 16U & 0xffffU, a & 0xfffU, b >> 48U, b & 0xffffffffffffU),
           fmt::format("{}", 1'767'225'600'000 + index - random.below(4000)), fmt::format("ACC-{:010}", random.below(1'000'000)), std::string(type),
           fmt::format("{}.{:02}", cents / 100, cents % 100), std::string(random.of(kCurrencies)), fmt::format("M-{:08}", random.below(400'000)),
           fmt::format("{:04}", 4000 + random.below(6000)), std::string(random.of(kCountries)), std::string(random.of(kChannels)),
           fmt::format("d-{:010x}", random() & 0xffffffffffU),
           fmt::format("{}.{}.{}.{}", random.below(223) + 1, random.below(256), random.below(256), random.below(256)),
           std::string(random.of(kStatuses)), fmt::format("{}.{:02}", balance / 100, balance % 100)}};
}

std::string json_line(const Event& event) {
  std::string line = "{";
  for (std::size_t member = 0; member < kMembers.size(); ++member) {
    const std::string_view quote = is_number(member) ? "" : "\"";
    line += fmt::format("{}\"{}\":{}{}{}", member == 0 ? "" : ",", kMembers[member], quote, event.values[member], quote);
  }
  return line + "}\n";
}

std::string csv_line(const Event& event) { return fmt::format("{}\n", fmt::join(event.values, ",")); }

template <std::size_t N>
ValueType enum_of(const std::array<std::string_view, N>& names) {
  return {ValueKind::kEnum, 0, {}, std::make_shared<const std::vector<std::string>>(names.begin(), names.end())};
}

Schema seed_schema() {
  Schema schema;
  schema.input = "events";
  const auto add = [&](ValueType type) {
    Field field;
    field.name = field.path = std::string(kMembers[schema.fields.size()]);
    field.type = std::move(type);
    field.required = true;
    schema.fields.push_back(std::move(field));
  };
  const ValueType text{ValueKind::kString, 0, {}, nullptr};
  const ValueType decimal{ValueKind::kDecimal, 2, {}, nullptr};
  for (const ValueType& type : {text, ValueType{ValueKind::kTime, 0, {}, nullptr}, text, enum_of(kTypes), decimal, enum_of(kCurrencies), text, text,
                                enum_of(kCountries), enum_of(kChannels), text, text, enum_of(kStatuses), decimal}) {
    add(type);
  }
  schema.event_time = 1;
  return schema;
}

// All but currency, merchant_id, mcc and ip.
constexpr std::uint64_t kWanted = 0x3fffU & ~(1U << 5U | 1U << 6U | 1U << 7U | 1U << 11U);

std::vector<RecordBlock> make_blocks(std::string (*line)(const Event&)) {
  Random random{1};
  std::vector<RecordBlock> blocks;
  for (std::uint64_t index = 0; index < kRecords; ++index) {
    if (blocks.empty() || blocks.back().text.size() >= kBlockBytes) blocks.emplace_back();
    const std::string text = line(make_event(random, index));
    blocks.back().text.insert(blocks.back().text.end(), text.begin(), text.end());
  }
  for (RecordBlock& block : blocks) {
    block.text_bytes = block.text.size();
    block.text.resize(block.text_bytes + kTextPadding);
  }
  return blocks;
}

void report(benchmark::State& state, const std::vector<RecordBlock>& blocks) {
  std::size_t bytes = 0;
  for (const RecordBlock& block : blocks) bytes += block.text_bytes;
  const auto records = static_cast<double>(state.iterations()) * kRecords;
  state.counters["ns_record"] = benchmark::Counter(records / 1e9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(bytes));
}

void decode_all(benchmark::State& state, const Decoder& decoder, std::vector<RecordBlock> blocks) {
  const auto scratch = decoder.make_scratch();
  std::uint64_t rows = 0;
  for (auto _ : state) {
    for (RecordBlock& block : blocks) {
      decoder.decode(block, kWanted, *scratch);
      rows += block.rows;
      RECKONER_CHECK(block.rejects.empty(), "row {}: {}", block.rejects.front().row, block.rejects.front().message);
    }
  }
  RECKONER_CHECK(rows == kRecords * static_cast<std::uint64_t>(state.iterations()), "{} rows", rows);
  report(state, blocks);
}

void json(benchmark::State& state, JsonTemplates templates) {
  const auto decoder = JsonDecoder::make(seed_schema(), templates);
  RECKONER_CHECK(decoder.has_value(), "{}", decoder.error().text);
  decode_all(state, **decoder, make_blocks(json_line));
}

void json_template(benchmark::State& state) { json(state, JsonTemplates::kLearn); }
void json_strict(benchmark::State& state) { json(state, JsonTemplates::kOff); }

void csv(benchmark::State& state) {
  CsvLayout layout;
  layout.columns.assign(kMembers.begin(), kMembers.end());
  const auto decoder = CsvDecoder::make(seed_schema(), layout);
  RECKONER_CHECK(decoder.has_value(), "{}", decoder.error().text);
  decode_all(state, **decoder, make_blocks(csv_line));
}

void simdjson_stage_1(benchmark::State& state) {
  const std::vector<RecordBlock> blocks = make_blocks(json_line);
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  const auto created = simdjson::get_active_implementation()->create_dom_parser_implementation(kBlockBytes * 2, 64, parser);
  RECKONER_CHECK(created == simdjson::SUCCESS, "{}", simdjson::error_message(created));
  for (auto _ : state) {
    for (const RecordBlock& block : blocks) {
      const auto* const text = reinterpret_cast<const std::uint8_t*>(block.text.data());
      const auto error = parser->stage1(text, block.text_bytes, simdjson::stage1_mode::streaming_final);
      RECKONER_CHECK(error == simdjson::SUCCESS, "{}", simdjson::error_message(error));
      benchmark::DoNotOptimize(parser->n_structural_indexes);
    }
  }
  report(state, blocks);
}

BENCHMARK(simdjson_stage_1)->Unit(benchmark::kMillisecond);
BENCHMARK(json_template)->Unit(benchmark::kMillisecond);
BENCHMARK(json_strict)->Unit(benchmark::kMillisecond);
BENCHMARK(csv)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace reckoner

BENCHMARK_MAIN();
