// The records of a step: fields as an analyst writes them -> a line as the job reads it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/test_file.hpp"

namespace reckoner {

class TestRecordReader {
 public:
  TestRecordReader(const ValueReader& values, const Plan& plan) : values_(values), plan_(plan) {}

  // `defaults` of a file or test, on top of `into`.
  void read_defaults(const YamlNode& node, FieldDefaults& into) const;

  struct Moment {
    std::int64_t start_ms = 0;     // of the test
    std::int64_t previous_ms = 0;  // of the record before
    std::int64_t at_ms = 0;        // event time of records that do not say theirs
    std::uint64_t number = 1;      // of the repetition, for {n}
  };
  // All records of a `send`. False = findings were added, and further repetitions would repeat them.
  bool read(const YamlNode& send, const FieldDefaults& defaults, const Moment& moment, std::vector<TestRecord>& into);

 private:
  bool read_record(std::size_t input, const YamlNode& node, const FieldDefaults& defaults, const Moment& moment, std::vector<TestRecord>& into);
  [[nodiscard]] std::optional<std::size_t> find_input(const YamlNode& name) const;
  void check_fields(std::size_t input, const YamlNode& fields) const;
  [[nodiscard]] std::optional<std::string> json_of(const Field& field, const YamlNode& node, const Moment& moment, std::int64_t* time_ms) const;
  [[nodiscard]] std::optional<std::string> number_json(const Field& field, const YamlNode& node, const std::string& text) const;
  [[nodiscard]] std::string fresh_id(std::size_t input);

  const ValueReader& values_;
  const Plan& plan_;
  std::uint64_t ids_ = 0;
};

}  // namespace reckoner
