// Evaluates expressions over a whole batch, column by column. Equal sub-expressions are one node, computed at most once a batch, whoever asks:
// a thousand rules over a hundred distinct predicates cost a hundred column passes and cheap bit operations. Conditions are bit masks, two
// a node (true, known); numbers are columns with a mask of known rows.
// Belongs to one key space; single-threaded. Pointers returned live until begin() is called again.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/batch.hpp"
#include "operators/expression.hpp"

namespace reckoner {

// What a node is worth: for a condition the rows where it is true (a subset of known), for a number its column.
struct Evaluated {
  const std::int64_t* values = nullptr;
  Mask truth;
  Mask known;
};

class Evaluator {
 public:
  using NodeId = std::uint32_t;

  // `columns` says where the batch keeps each field; `score_feature` is the first feature column that holds a score.
  Evaluator(std::vector<ColumnSource> columns, std::size_t score_feature);

  [[nodiscard]] NodeId add(const Expression& expression);
  [[nodiscard]] std::size_t nodes() const { return nodes_.size(); }

  // Starts a batch, unless it was started; values of the batch before are forgotten.
  void begin(const Batch& batch, const Features& features);
  [[nodiscard]] const Evaluated& evaluate(NodeId id);

  // The entry of a kListed or kSimilar node's list that makes it true in a row, of several alike the most alike. The views live as long as the batch.
  struct ListHit {
    std::string value;
    std::string_view by;
    std::string_view reason;
    std::int64_t likeness = 0;
  };
  [[nodiscard]] ListHit list_hit(NodeId id, std::size_t row);

  // A value in one row, for people: empty when unknown. Strings as they are.
  [[nodiscard]] std::string text(NodeId id, std::size_t row);
  [[nodiscard]] const ValueType& type(NodeId node) const { return nodes_[node].type; }
  // The string value of a node in a row where it is known.
  [[nodiscard]] std::string_view string(NodeId id, std::size_t row) const;

  // What a node is made of, for who explains its value.
  [[nodiscard]] Operation operation(NodeId node) const { return nodes_[node].operation; }
  [[nodiscard]] std::uint32_t position(NodeId node) const { return nodes_[node].position; }
  [[nodiscard]] const std::vector<NodeId>& arguments(NodeId node) const { return nodes_[node].arguments; }

  // Where the batch keeps a field.
  [[nodiscard]] bool has_column(InputId input, std::uint32_t field) const;
  [[nodiscard]] std::uint32_t column(InputId input, std::uint32_t field) const;

 private:
  struct Node {
    Operation operation = Operation::kConstant;
    ValueType type;
    std::int64_t constant = 0;
    std::string text;
    std::shared_ptr<const ValueList> list;
    std::shared_ptr<const TimeFunction> of_time;
    InputId input = 0;
    std::uint32_t position = 0;
    std::uint32_t column = 0;  // of a numeric field, in the batch
    std::vector<NodeId> arguments;
    std::uint64_t generation = 0;
    Evaluated result;
    std::unique_ptr<std::array<std::int64_t, kBatchRows>> cells;
  };

  void compute(Node& node);
  void compute_field(Node& node);
  void compute_feature(Node& node);
  void compute_logic(Node& node);
  void compute_comparison(Node& node);
  void compute_string_comparison(Node& node);
  void compute_in(Node& node);
  void compute_of_time(Node& node);
  void compute_arithmetic(Node& node);
  void compute_choice(Node& node);
  void compute_extreme(Node& node);
  void compute_sample(Node& node);
  void compute_listed(Node& node);
  [[nodiscard]] const AddedEntry* added_entry(const Node& node, std::string_view value, std::size_t row) const;
  std::int64_t* cells(Node& node);

  std::vector<ColumnSource> columns_;
  std::size_t score_feature_;
  std::vector<Node> nodes_;
  std::map<std::string, NodeId> by_text_;
  const Batch* batch_ = nullptr;
  const Features* features_ = nullptr;
  Mask rows_;
  std::uint32_t batch_number_ = 0;
  std::uint64_t generation_ = 0;
};

// The numeric fields that expressions of one key kind read, each once.
void collect_columns(const Expression& expression, std::vector<ColumnSource>& columns);

}  // namespace reckoner
