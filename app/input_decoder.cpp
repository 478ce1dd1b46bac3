#include "app/input_decoder.hpp"

#include <fmt/format.h>

#include <utility>

#include "connectors/csv_decoder.hpp"
#include "connectors/debezium_decoder.hpp"
#include "connectors/json_decoder.hpp"
#include "engine/check.hpp"
#include "engine/envelope_path.hpp"

namespace reckoner {

namespace {

template <typename Kind>
Result<std::shared_ptr<const Decoder>> shared(Result<std::unique_ptr<Kind>> made) {
  if (!made) return std::unexpected(made.error());
  return std::shared_ptr<const Decoder>(std::move(*made));
}

// What there is to read beside a record's row, where.
Result<void> check_envelope(const JobFile& file, const Schema& schema, std::string_view format) {
  for (const Field& field : schema.fields) {
    if (!is_envelope_path(field.path)) continue;
    const bool beside_value = is_topic_path(field.path);
    const bool known = beside_value ? file.is_kafka() || (format == "debezium" && field.path.starts_with(kKeyFieldPath)) : format == "debezium";
    if (known) continue;
    const std::string what =
        beside_value ? "records of files do not have; a topic's do: set kafka.brokers and the input's topic"
                     : fmt::format("records of format {} do not have; change events do: set {}: debezium", format, input_setting(schema, "format"));
    return fail(ErrorKind::kConfiguration,
                fmt::format("input '{}': field '{}' is read from {}, which {}", schema.input, field.name, field.path, what));
  }
  return {};
}

Result<std::shared_ptr<const Decoder>> make_debezium(const JobFile& file, const Schema& schema) {
  DebeziumForm form;
  if (file.text(input_setting(schema, "replica_identity")) == "full") form.identity = ReplicaIdentity::kFull;
  if (file.text(input_setting(schema, "decimals")) == "precise") form.decimals = DecimalForm::kBinary;
  form.unavailable = file.text(input_setting(schema, "unavailable"));
  return shared(DebeziumDecoder::make(schema, std::move(form)));
}

Result<std::shared_ptr<const Decoder>> make_csv(const JobFile& file, const Schema& schema, const std::function<Result<std::string>()>& csv_header) {
  CsvLayout layout;
  layout.delimiter = file.text(input_setting(schema, "delimiter")).at(0);
  layout.columns = file.list(input_setting(schema, "columns"));
  if (layout.columns.empty()) {
    RECKONER_CHECK(csv_header != nullptr, "CSV without columns in input '{}'", schema.input);
    const Result<std::string> header = csv_header();
    if (!header) return std::unexpected(header.error());
    auto columns = read_csv_header(*header, layout.delimiter);
    if (!columns) return std::unexpected(columns.error());
    layout.columns = std::move(*columns);
  }
  return shared(CsvDecoder::make(schema, std::move(layout)));
}

}  // namespace

std::string input_setting(const Schema& schema, std::string_view setting) { return fmt::format("inputs.{}.{}", schema.input, setting); }

Result<std::shared_ptr<const Decoder>> make_input_decoder(const JobFile& file, const Schema& schema,
                                                          const std::function<Result<std::string>()>& csv_header) {
  const std::string format = file.text(input_setting(schema, "format"));
  if (Result<void> checked = check_envelope(file, schema, format); !checked) return std::unexpected(checked.error());
  if (format == "debezium") return make_debezium(file, schema);
  if (format == "csv") return make_csv(file, schema, csv_header);
  return shared(JsonDecoder::make(schema));
}

}  // namespace reckoner
