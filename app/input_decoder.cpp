#include "app/input_decoder.hpp"

#include <fmt/format.h>

#include <algorithm>
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

// Nothing stands around the row of these.
Result<void> check_no_envelope(const Schema& schema, std::string_view format) {
  const auto around = std::find_if(schema.fields.begin(), schema.fields.end(), [](const Field& field) { return is_envelope_path(field.path); });
  if (around == schema.fields.end()) return {};
  return fail(ErrorKind::kConfiguration,
              fmt::format("input '{}': field '{}' is read from {}, which records of format {} do not have; change events do: set {}: debezium",
                          schema.input, around->name, around->path, format, input_setting(schema, "format")));
}

Result<std::shared_ptr<const Decoder>> make_debezium(const JobFile& file, const Schema& schema) {
  DebeziumForm form;
  if (file.text(input_setting(schema, "replica_identity")) == "full") form.identity = ReplicaIdentity::kFull;
  if (file.text(input_setting(schema, "decimals")) == "precise") form.decimals = DecimalForm::kBinary;
  form.unavailable = file.text(input_setting(schema, "unavailable"));
  return shared(DebeziumDecoder::make(schema, std::move(form)));
}

Result<std::shared_ptr<const Decoder>> make_csv(const JobFile& file, const Schema& schema, const std::function<Result<std::string>()>& csv_header) {
  RECKONER_CHECK(csv_header != nullptr, "CSV in input '{}'", schema.input);
  CsvLayout layout;
  layout.delimiter = file.text(input_setting(schema, "delimiter")).at(0);
  layout.columns = file.list(input_setting(schema, "columns"));
  if (layout.columns.empty()) {
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
  if (format == "debezium") return make_debezium(file, schema);
  if (Result<void> checked = check_no_envelope(schema, format); !checked) return std::unexpected(checked.error());
  if (format == "csv") return make_csv(file, schema, csv_header);
  return shared(JsonDecoder::make(schema));
}

}  // namespace reckoner
