#include "operators/evaluator.hpp"

#include <algorithm>

#include "engine/check.hpp"
#include "engine/xxh3.hpp"
#include "operators/column_kernels.hpp"

namespace reckoner {

Evaluator::Evaluator(std::vector<ColumnSource> columns, std::size_t score_feature) : columns_(std::move(columns)), score_feature_(score_feature) {}

void collect_columns(const Expression& expression, std::vector<ColumnSource>& columns) {
  if (expression.operation == Operation::kField && expression.type.kind != ValueKind::kString) {
    const ColumnSource source{expression.input, expression.position};
    if (std::find(columns.begin(), columns.end(), source) == columns.end()) columns.push_back(source);
  }
  for (const Expression& argument : expression.arguments) collect_columns(argument, columns);
}

Evaluator::NodeId Evaluator::add(const Expression& expression) {
  const std::string text = canonical_text(expression);
  if (const auto found = by_text_.find(text); found != by_text_.end()) return found->second;
  Node node;
  node.operation = expression.operation;
  node.type = expression.type;
  node.constant = expression.constant;
  node.text = expression.text;
  node.list = expression.list;
  node.of_time = expression.of_time;
  node.input = expression.input;
  node.position = expression.position;
  if (node.operation == Operation::kField && node.type.kind != ValueKind::kString) {
    node.column = column(node.input, node.position);
  }
  for (const Expression& argument : expression.arguments) node.arguments.push_back(add(argument));
  nodes_.push_back(std::move(node));
  const auto id = static_cast<NodeId>(nodes_.size() - 1);
  by_text_.emplace(text, id);
  return id;
}

bool Evaluator::has_column(InputId input, std::uint32_t field) const {
  return std::find(columns_.begin(), columns_.end(), ColumnSource{input, field}) != columns_.end();
}

std::uint32_t Evaluator::column(InputId input, std::uint32_t field) const {
  const auto place = std::find(columns_.begin(), columns_.end(), ColumnSource{input, field});
  RECKONER_CHECK(place != columns_.end(), "field {} of input {} is not gathered", field, input);
  return static_cast<std::uint32_t>(place - columns_.begin());
}

void Evaluator::begin(const Batch& batch, const Features& features) {
  if (generation_ != 0 && batch.number == batch_number_) return;
  batch_number_ = batch.number;
  batch_ = &batch;
  features_ = &features;
  rows_ = Mask::first(batch.rows);
  ++generation_;
}

const Evaluated& Evaluator::evaluate(NodeId id) {
  Node& node = nodes_[id];
  if (node.generation != generation_) {
    compute(node);
    node.generation = generation_;
  }
  return node.result;
}

std::int64_t* Evaluator::cells(Node& node) {
  if (node.cells == nullptr) node.cells = std::make_unique<std::array<std::int64_t, kBatchRows>>();
  node.result.values = node.cells->data();
  return node.cells->data();
}

void Evaluator::compute(Node& node) {
  switch (node.operation) {
    case Operation::kConstant:
      node.result.known = Mask::first(kBatchRows);
      if (node.type.kind == ValueKind::kBool) node.result.truth = node.constant != 0 ? node.result.known : Mask{};
      if (node.cells == nullptr && node.type.kind != ValueKind::kString) std::fill_n(cells(node), kBatchRows, node.constant);
      return;
    case Operation::kField:
      return compute_field(node);
    case Operation::kFact:
    case Operation::kScore:
    case Operation::kMeasure:
    case Operation::kBound:
      return compute_feature(node);
    case Operation::kNot:
    case Operation::kAnd:
    case Operation::kOr:
    case Operation::kIsKnown:
      return compute_logic(node);
    case Operation::kEqual:
    case Operation::kNotEqual:
    case Operation::kLess:
    case Operation::kLessOrEqual:
    case Operation::kGreater:
    case Operation::kGreaterOrEqual:
      return compute_comparison(node);
    case Operation::kIn:
      return compute_in(node);
    case Operation::kIf:
      return compute_choice(node);
    case Operation::kMinimum:
    case Operation::kMaximum:
    case Operation::kClamp:
      return compute_extreme(node);
    case Operation::kSample:
      return compute_sample(node);
    case Operation::kListed:
    case Operation::kSimilar:
      return compute_listed(node);
    case Operation::kOfTime:
      return compute_of_time(node);
    default:
      return compute_arithmetic(node);
  }
}

void Evaluator::compute_field(Node& node) {
  if (node.type.kind == ValueKind::kString) {
    node.result.known = {};
    if (batch_->timers) return;
    batch_->of_input[node.input].for_each([&](std::size_t row) {
      if (batch_->has(row, node.position)) node.result.known.set(row);
    });
    return;
  }
  node.result.values = batch_->numbers[node.column];
  node.result.known = batch_->present[node.column];
  if (node.type.kind == ValueKind::kBool) node.result.truth = nonzero(node.result.values, batch_->rows) & node.result.known;
}

void Evaluator::compute_feature(Node& node) {
  const bool behind_facts = node.operation == Operation::kScore || node.operation == Operation::kBound;
  const std::size_t feature = behind_facts ? score_feature_ + node.position : node.position;
  node.result.values = features_->column(feature);
  node.result.known = features_->known(feature);
  if (node.type.kind == ValueKind::kBool) node.result.truth = nonzero(node.result.values, batch_->rows) & node.result.known;
}

void Evaluator::compute_logic(Node& node) {
  if (node.operation == Operation::kIsKnown) {
    node.result.truth = evaluate(node.arguments[0]).known & rows_;
    node.result.known = rows_;
    return;
  }
  if (node.operation == Operation::kNot) {
    const Evaluated& argument = evaluate(node.arguments[0]);
    node.result.known = argument.known;
    node.result.truth = argument.known - argument.truth;
    return;
  }
  const bool is_and = node.operation == Operation::kAnd;
  Mask all_known = rows_;
  Mask all_true = rows_;  // so far every argument is true
  Mask any_true;
  Mask any_false;
  for (const NodeId id : node.arguments) {
    const Evaluated& argument = evaluate(id);
    all_known = all_known & argument.known;
    all_true = all_true & argument.truth;
    any_true = any_true | argument.truth;
    any_false = any_false | (argument.known - argument.truth);
    if (is_and ? (rows_ - any_false).none() : (rows_ - any_true).none()) break;  // decided for every row
  }
  if (is_and) {
    node.result.known = (all_known | any_false) & rows_;
    node.result.truth = (all_true & all_known) - any_false;
  } else {
    node.result.known = (all_known | any_true) & rows_;
    node.result.truth = any_true & rows_;
  }
}

void Evaluator::compute_comparison(Node& node) {
  if (nodes_[node.arguments[0]].type.kind == ValueKind::kString) return compute_string_comparison(node);
  const Evaluated& left = evaluate(node.arguments[0]);
  const Evaluated& right = evaluate(node.arguments[1]);
  node.result.known = left.known & right.known;
  if (nodes_[node.arguments[0]].type.kind == ValueKind::kBool) {
    const Mask equal = (left.truth & right.truth) | ((rows_ - left.truth) - right.truth);
    node.result.truth = (node.operation == Operation::kEqual ? equal : rows_ - equal) & node.result.known;
    return;
  }
  node.result.truth = compare(node.operation, left.values, right.values, batch_->rows) & node.result.known;
}

std::string_view Evaluator::string(NodeId id, std::size_t row) const {
  const Node& node = nodes_[id];
  if (node.operation == Operation::kConstant) return node.text;
  if (node.operation == Operation::kField) return batch_->text(row, node.position);
  return features_->text(node.result.values[row]);
}

void Evaluator::compute_string_comparison(Node& node) {
  const NodeId left = node.arguments[0];
  const NodeId right = node.arguments[1];
  node.result.known = evaluate(left).known & evaluate(right).known & rows_;
  node.result.truth = {};
  const bool wanted = node.operation == Operation::kEqual;
  node.result.known.for_each([&](std::size_t row) {
    if ((string(left, row) == string(right, row)) == wanted) node.result.truth.set(row);
  });
}

void Evaluator::compute_in(Node& node) {
  const Evaluated& value = evaluate(node.arguments[0]);
  node.result.known = value.known & rows_;
  node.result.truth = {};
  const bool text = nodes_[node.arguments[0]].type.kind == ValueKind::kString;
  for (std::size_t i = 1; i < node.arguments.size(); ++i) {
    if (!text) {
      node.result.truth = node.result.truth | compare(Operation::kEqual, value.values, evaluate(node.arguments[i]).values, batch_->rows);
      continue;
    }
    const std::string_view option = nodes_[node.arguments[i]].text;
    node.result.known.for_each([&](std::size_t row) {
      if (string(node.arguments[0], row) == option) node.result.truth.set(row);
    });
  }
  node.result.truth = node.result.truth & node.result.known;
}

void Evaluator::compute_choice(Node& node) {
  const Evaluated& condition = evaluate(node.arguments[0]);
  const Evaluated& yes = evaluate(node.arguments[1]);
  const Evaluated& no = evaluate(node.arguments[2]);
  const Mask otherwise = condition.known - condition.truth;
  node.result.known = (condition.truth & yes.known) | (otherwise & no.known);
  if (node.type.kind == ValueKind::kBool) node.result.truth = (condition.truth & yes.truth) | (otherwise & no.truth);
  if (yes.values == nullptr || no.values == nullptr) return;
  std::int64_t* out = cells(node);
  for (std::size_t row = 0; row < batch_->rows; ++row) out[row] = condition.truth.test(row) ? yes.values[row] : no.values[row];
}

void Evaluator::compute_extreme(Node& node) {
  std::int64_t* out = cells(node);
  const Evaluated& first = evaluate(node.arguments[0]);
  std::copy_n(first.values, batch_->rows, out);
  node.result.known = first.known;
  for (std::size_t i = 1; i < node.arguments.size(); ++i) {
    const Evaluated& argument = evaluate(node.arguments[i]);
    node.result.known = node.result.known & argument.known;
    // clamp(value, low, high) is min(max(value, low), high)
    const bool lower = node.operation == Operation::kMinimum || (node.operation == Operation::kClamp && i == 2);
    for (std::size_t row = 0; row < batch_->rows; ++row) {
      out[row] = lower ? std::min(out[row], argument.values[row]) : std::max(out[row], argument.values[row]);
    }
  }
}

void Evaluator::compute_sample(Node& node) {
  constexpr std::uint64_t kParts = 10'000;
  const NodeId value = node.arguments[0];
  const Evaluated& sampled = evaluate(value);
  const auto share = static_cast<std::uint64_t>(nodes_[node.arguments[1]].constant);
  node.result.known = sampled.known & rows_;
  node.result.truth = {};
  const bool is_text = nodes_[value].type.kind == ValueKind::kString;
  node.result.known.for_each([&](std::size_t row) {
    const std::string text = is_text ? std::string(string(value, row)) : std::to_string(sampled.values[row]);
    if (XXH3_64bits(text.data(), text.size()) % kParts < share) node.result.truth.set(row);
  });
}

void Evaluator::compute_listed(Node& node) {
  const NodeId value = node.arguments[0];
  node.result.known = evaluate(value).known & rows_;
  node.result.truth = {};
  if (batch_->timers && node.list->added_place()) node.result.known = {};  // rules/ sees to it that nobody asks
  const bool is_text = nodes_[value].type.kind == ValueKind::kString;
  node.result.known.for_each([&](std::size_t row) {
    const std::int64_t time = batch_->event_time[row];
    const std::string number = is_text ? std::string() : text(value, row);
    const std::string_view asked = is_text ? string(value, row) : std::string_view(number);
    const bool holds =
        node.operation == Operation::kListed ? node.list->find(asked, time) != nullptr : node.list->has_alike(asked, node.constant, time);
    if (holds || added_entry(node, asked, row) != nullptr) node.result.truth.set(row);
  });
}

void Evaluator::compute_of_time(Node& node) {
  const bool chooses = node.arguments.size() > 1;
  const Evaluated& times = evaluate(node.arguments[0]);
  const Evaluated& choices = evaluate(node.arguments[chooses ? 1 : 0]);
  std::int64_t* out = cells(node);
  std::fill_n(out, batch_->rows, 0);
  Mask failed;
  node.result.known = times.known & choices.known & rows_;
  node.result.known.for_each([&](std::size_t row) {
    const std::optional<std::int64_t> value = node.of_time->of(times.values[row], chooses ? choices.values[row] : 0);
    if (value)
      out[row] = *value;
    else
      failed.set(row);
  });
  node.result.known = node.result.known - failed;
  if (node.type.kind == ValueKind::kBool) node.result.truth = nonzero(out, batch_->rows) & node.result.known;
}

Evaluator::ListHit Evaluator::list_hit(NodeId id, std::size_t row) {
  const Node& node = nodes_[id];
  const std::int64_t time = batch_->event_time[row];
  std::string value = text(node.arguments[0], row);
  const bool similar = node.operation == Operation::kSimilar;
  const ValueList::Alike found =
      similar ? node.list->most_alike(value, node.constant, time) : ValueList::Alike{node.list->find(value, time), kLikenessWhole};
  if (found.entry != nullptr) return {found.entry->value, found.entry->by, found.entry->reason, found.likeness};
  const AddedEntry* const added = added_entry(node, value, row);
  RECKONER_CHECK(added != nullptr, "list {} does not have '{}'", node.list->name(), value);
  return {std::move(value), added->by, added->reason, kLikenessWhole};
}

const AddedEntry* Evaluator::added_entry(const Node& node, std::string_view value, std::size_t row) const {
  const std::optional<std::uint32_t> place = node.list->added_place();
  if (!place || node.operation == Operation::kSimilar) return nullptr;
  RECKONER_CHECK(batch_->round != nullptr && batch_->round->added != nullptr, "list {} is asked where nobody adds to it", node.list->name());
  return batch_->round->added->find(*place, value,
                                    {batch_->order(row, 0), batch_->event_time[row], batch_->position[row], batch_->watermark[0][row]});
}

void Evaluator::compute_arithmetic(Node& node) {
  std::int64_t* out = cells(node);
  const Evaluated& left = evaluate(node.arguments[0]);
  const ValueType& left_type = nodes_[node.arguments[0]].type;
  Mask failed;
  node.result.known = left.known & rows_;
  if (node.arguments.size() == 1) {
    failed = unary(node.operation, left.values, left_type.scale, node.type.scale, out, batch_->rows);
  } else {
    RECKONER_CHECK(node.arguments.size() == 2, "{} arguments", node.arguments.size());
    const Evaluated& right = evaluate(node.arguments[1]);
    const ValueType& right_type = nodes_[node.arguments[1]].type;
    node.result.known = node.result.known & right.known;
    failed = binary(node.operation, left.values, right.values, node.type.scale + right_type.scale - left_type.scale, out, batch_->rows);
  }
  failed = failed & node.result.known;
  node.result.known = node.result.known - failed;
}

std::string Evaluator::text(NodeId id, std::size_t row) {
  const Evaluated& value = evaluate(id);
  if (!value.known.test(row)) return {};
  if (nodes_[id].type.kind == ValueKind::kString) return std::string(string(id, row));
  if (nodes_[id].type.kind == ValueKind::kBool) return value.truth.test(row) ? "true" : "false";
  return to_text(nodes_[id].type, value.values[row]);
}

}  // namespace reckoner
