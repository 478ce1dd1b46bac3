#include "rules/expression_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace reckoner {

namespace {

using Node = std::expected<SyntaxNode, ExpressionFault>;

struct SignOperation {
  std::string_view sign;
  Operation operation;
};
constexpr std::array<SignOperation, 6> kComparisons{{{"==", Operation::kEqual},
                                                     {"!=", Operation::kNotEqual},
                                                     {"<", Operation::kLess},
                                                     {"<=", Operation::kLessOrEqual},
                                                     {">", Operation::kGreater},
                                                     {">=", Operation::kGreaterOrEqual}}};
constexpr std::array<SignOperation, 2> kSums{{{"+", Operation::kAdd}, {"-", Operation::kSubtract}}};
constexpr std::array<SignOperation, 4> kProducts{
    {{"*", Operation::kMultiply}, {"/", Operation::kDivide}, {"//", Operation::kIntegerDivide}, {"%", Operation::kModulo}}};

// Words of other languages after a value, and what to write.
struct ForeignWord {
  std::string_view word;
  std::string_view advice;
};
constexpr std::array<ForeignWord, 9> kForeignWords{{{"AND", "write 'and'"},
                                                    {"OR", "write 'or'"},
                                                    {"NOT", "write 'not'"},
                                                    {"IN", "write 'in'"},
                                                    {"is", "write known(name) to ask for a value, '==' to compare"},
                                                    {"IS", "write known(name) to ask for a value, '==' to compare"},
                                                    {"between", "write: value in [low, high]"},
                                                    {"BETWEEN", "write: value in [low, high]"},
                                                    {"like", "there are no text patterns in expressions"}}};

bool is_currency(const Token& token) {
  if (token.text == "AND" || token.text == "NOT") return false;  // no currencies, but words of SQL
  return token.kind == TokenKind::kName && token.text.size() == 3 &&
         std::all_of(token.text.begin(), token.text.end(), [](char letter) { return letter >= 'A' && letter <= 'Z'; });
}

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens) : text_(text), tokens_(std::move(tokens)) {}

  Node parse() {
    if (peek().kind == TokenKind::kEnd) return fault(peek(), "the expression is empty", "write a condition or a value");
    Node node = parse_or();
    if (node && peek().kind != TokenKind::kEnd) return unexpected_token("an operator or the end");
    return node;
  }

 private:
  // Counts how deep the calls stand; the limit keeps the stack small whatever the input.
  class Level {
   public:
    explicit Level(std::size_t& depth) : depth_(depth) { ++depth_; }
    ~Level() { --depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    std::size_t& depth_;
  };

  [[nodiscard]] const Token& peek() const { return tokens_[at_]; }
  [[nodiscard]] const Token& peek_second() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  Token take() { return at_ + 1 < tokens_.size() ? tokens_[at_++] : tokens_[at_]; }
  [[nodiscard]] bool is_symbol(std::string_view sign) const { return peek().kind == TokenKind::kSymbol && peek().text == sign; }
  [[nodiscard]] bool is_word(std::string_view word) const { return peek().kind == TokenKind::kName && peek().text == word; }

  static std::unexpected<ExpressionFault> fault(const Token& token, std::string text, std::string advice = {},
                                                DiagnosticCode code = DiagnosticCode::kExpressionSyntax) {
    return std::unexpected(ExpressionFault{token.begin, code, std::move(text), std::move(advice)});
  }

  std::unexpected<ExpressionFault> unexpected_token(std::string_view wanted) const {
    if (peek().kind == TokenKind::kEnd) return fault(peek(), fmt::format("the expression ends where {} should be", wanted), "complete it");
    for (const ForeignWord& foreign : kForeignWords) {
      if (is_word(foreign.word)) return fault(peek(), fmt::format("'{}' is no word of the language", foreign.word), std::string(foreign.advice));
    }
    return fault(peek(), fmt::format("'{}' where {} should be", text_.substr(peek().begin, peek().end - peek().begin), wanted));
  }

  std::unexpected<ExpressionFault> too_deep() const {
    return fault(peek(), fmt::format("the expression is nested more than {} levels deep", kExpressionDepthMax), {},
                 DiagnosticCode::kExpressionTooLarge);
  }

  [[nodiscard]] static std::optional<Operation> operation_of(const Token& token, std::span<const SignOperation> table) {
    if (token.kind != TokenKind::kSymbol) return std::nullopt;
    const auto found = std::find_if(table.begin(), table.end(), [&](const SignOperation& one) { return one.sign == token.text; });
    if (found == table.end()) return std::nullopt;
    return found->operation;
  }

  // A node over its arguments, which are complete.
  Node join(SyntaxKind kind, std::size_t sign, std::vector<SyntaxNode> arguments, Operation operation = Operation::kConstant) const {
    SyntaxNode node;
    node.kind = kind;
    node.operation = operation;
    node.begin = std::min(sign, arguments.front().begin);
    node.end = arguments.back().end;
    node.sign = sign;
    for (const SyntaxNode& argument : arguments) node.depth = std::max(node.depth, argument.depth + 1);
    if (node.depth > kExpressionDepthMax) return too_deep();
    node.arguments = std::move(arguments);
    return node;
  }

  Node parse_or() {
    return parse_joined(SyntaxKind::kOr, "or", [this] { return parse_and(); });
  }
  Node parse_and() {
    return parse_joined(SyntaxKind::kAnd, "and", [this] { return parse_not(); });
  }

  template <typename Part>
  Node parse_joined(SyntaxKind kind, std::string_view word, Part part) {
    const Level level(depth_);
    if (depth_ > 3 * kExpressionDepthMax) return too_deep();
    Node first = part();
    if (!first || !is_word(word)) return first;
    const std::size_t sign = peek().begin;
    std::vector<SyntaxNode> arguments;
    arguments.push_back(std::move(*first));
    while (is_word(word)) {
      take();
      Node next = part();
      if (!next) return next;
      arguments.push_back(std::move(*next));
    }
    Node joined = join(kind, sign, std::move(arguments));
    if (joined) joined->begin = joined->arguments.front().begin;
    return joined;
  }

  Node parse_not() {
    if (!is_word("not")) return parse_comparison();
    const Level level(depth_);
    if (depth_ > 3 * kExpressionDepthMax) return too_deep();
    const std::size_t sign = take().begin;
    Node argument = parse_not();
    if (!argument) return argument;
    std::vector<SyntaxNode> arguments;
    arguments.push_back(std::move(*argument));
    return join(SyntaxKind::kNot, sign, std::move(arguments));
  }

  Node parse_comparison() {
    Node left = parse_binary(kSums);
    if (!left) return left;
    if (is_word("in") || (is_word("not") && peek_second().text == "in" && peek_second().kind == TokenKind::kName)) return parse_in(std::move(*left));
    if (is_word("similar_to")) return parse_similar(std::move(*left));
    if (is_word("multiple_of")) return parse_multiple(std::move(*left));
    const std::optional<Operation> operation = operation_of(peek(), kComparisons);
    if (!operation) return left;
    const Token sign = take();
    Node right = parse_binary(kSums);
    if (!right) return right;
    if (operation_of(peek(), kComparisons)) return chained(*left, sign, *right);
    std::vector<SyntaxNode> arguments;
    arguments.push_back(std::move(*left));
    arguments.push_back(std::move(*right));
    return join(SyntaxKind::kComparison, sign.begin, std::move(arguments), *operation);
  }

  // "amount multiple_of 1000 USD" is a call of multiple_of().
  Node parse_multiple(SyntaxNode left) {
    const Token word = take();
    Node right = parse_binary(kSums);
    if (!right) return right;
    std::vector<SyntaxNode> arguments;
    arguments.push_back(std::move(left));
    arguments.push_back(std::move(*right));
    Node call = join(SyntaxKind::kCall, word.begin, std::move(arguments));
    if (call) call->text = word.text;
    return call;
  }

  std::unexpected<ExpressionFault> chained(const SyntaxNode& left, const Token& sign, const SyntaxNode& right) {
    const Token second = take();
    const auto written = [&](const SyntaxNode& node) { return text_.substr(node.begin, node.end - node.begin); };
    const Node third = parse_binary(kSums);
    const std::string_view last = third ? written(*third) : std::string_view("...");
    return fault(second, "comparisons do not chain",
                 fmt::format("write: {} {} {} and {} {} {}", written(left), sign.text, written(right), written(right), second.text, last),
                 DiagnosticCode::kChainedComparison);
  }

  Node parse_in(SyntaxNode left) {
    const std::size_t sign = peek().begin;
    const bool negated = take().text == "not";
    if (negated) take();
    if (is_list_name()) {
      std::vector<SyntaxNode> arguments;
      arguments.push_back(std::move(left));
      arguments.push_back(leaf(SyntaxKind::kName, take()));
      return negated_if(negated, sign, join(SyntaxKind::kListed, sign, std::move(arguments)));
    }
    if (!is_symbol("[") && !is_symbol("("))
      return fault(peek(), "'in' needs a list or a range", "write: in ['a', 'b'], in [low, high) or in list.NAME");
    const bool square = take().text == "[";
    std::vector<SyntaxNode> arguments;
    const std::size_t begin = left.begin;
    arguments.push_back(std::move(left));
    if (std::optional<ExpressionFault> wrong = parse_arguments(arguments)) return std::unexpected(std::move(*wrong));
    if (!is_symbol("]") && !is_symbol(")")) return unexpected_token("',' or a closing bracket");
    const Token close = take();
    Node node = join(SyntaxKind::kIn, sign, std::move(arguments));
    if (!node) return node;
    node->begin = begin;
    node->end = close.end;
    node->low_included = square;
    node->high_included = close.text == "]";
    node->is_list = node->low_included && node->high_included;
    if (!node->is_list && node->arguments.size() != 3)
      return std::unexpected(
          ExpressionFault{sign, DiagnosticCode::kExpressionSyntax, "a range has two bounds", "write [low, high) for a range, ['a', 'b'] for a list"});
    return negated_if(negated, sign, std::move(node));
  }

  Node negated_if(bool negated, std::size_t sign, Node node) const {
    if (!negated || !node) return node;
    std::vector<SyntaxNode> negation;
    negation.push_back(std::move(*node));
    return join(SyntaxKind::kNot, sign, std::move(negation));
  }

  [[nodiscard]] bool is_list_name() const { return peek().kind == TokenKind::kName && peek().text.starts_with("list."); }

  // "name similar_to list.watch at 0.92"
  Node parse_similar(SyntaxNode left) {
    const std::size_t sign = take().begin;
    if (!is_list_name()) return fault(peek(), "'similar_to' needs a list", "write: name similar_to list.NAME at 0.92");
    std::vector<SyntaxNode> arguments;
    arguments.push_back(std::move(left));
    arguments.push_back(leaf(SyntaxKind::kName, take()));
    if (!is_word("at")) return fault(peek(), "'similar_to' needs to know how alike", "write: name similar_to list.NAME at 0.92");
    take();
    Node least = parse_binary(kSums);
    if (!least) return least;
    arguments.push_back(std::move(*least));
    return join(SyntaxKind::kListed, sign, std::move(arguments));
  }

  std::optional<ExpressionFault> parse_arguments(std::vector<SyntaxNode>& arguments) {
    while (true) {
      Node argument = parse_or();
      if (!argument) return std::move(argument.error());
      arguments.push_back(std::move(*argument));
      if (!is_symbol(",")) return std::nullopt;
      take();
    }
  }

  // Sums of products; the table says which of the two.
  Node parse_binary(std::span<const SignOperation> table) {
    const bool sums = table.data() == kSums.data();
    const auto part = [&] { return sums ? parse_binary(kProducts) : parse_unary(); };
    Node left = part();
    while (left) {
      const std::optional<Operation> operation = operation_of(peek(), table);
      if (!operation) break;
      const Token sign = take();
      Node right = part();
      if (!right) return right;
      std::vector<SyntaxNode> arguments;
      arguments.push_back(std::move(*left));
      arguments.push_back(std::move(*right));
      left = join(SyntaxKind::kArithmetic, sign.begin, std::move(arguments), *operation);
    }
    return left;
  }

  Node parse_unary() {
    if (!is_symbol("-")) return parse_primary();
    const Level level(depth_);
    if (depth_ > 3 * kExpressionDepthMax) return too_deep();
    const std::size_t sign = take().begin;
    Node argument = parse_unary();
    if (!argument) return argument;
    std::vector<SyntaxNode> arguments;
    arguments.push_back(std::move(*argument));
    return join(SyntaxKind::kNegate, sign, std::move(arguments));
  }

  static SyntaxNode leaf(SyntaxKind kind, const Token& token) {
    SyntaxNode node;
    node.kind = kind;
    node.begin = token.begin;
    node.end = token.end;
    node.sign = token.begin;
    node.text = token.text;
    return node;
  }

  Node parse_primary() {
    switch (peek().kind) {
      case TokenKind::kNumber:
        return parse_number();
      case TokenKind::kDuration:
        return leaf(SyntaxKind::kDuration, take());
      case TokenKind::kText:
        return leaf(SyntaxKind::kText, take());
      case TokenKind::kName:
        return parse_name();
      case TokenKind::kSymbol:
        if (is_symbol("(")) return parse_parenthesis();
        break;
      case TokenKind::kEnd:
        break;
    }
    return unexpected_token("a value");
  }

  Node parse_number() {
    const Token number = take();
    if (!is_currency(peek())) return leaf(SyntaxKind::kNumber, number);
    SyntaxNode node = leaf(SyntaxKind::kMoney, number);
    const Token currency = take();
    node.currency = currency.text;
    node.end = currency.end;
    return node;
  }

  Node parse_name() {
    if (is_word("true") || is_word("false")) return leaf(SyntaxKind::kTruth, take());
    for (const std::string_view word : {"and", "or", "in", "not"}) {
      if (is_word(word)) return unexpected_token("a value");
    }
    const Token name = take();
    if (!is_symbol("(")) return leaf(SyntaxKind::kName, name);
    take();
    std::vector<SyntaxNode> arguments;
    if (is_symbol(")")) return fault(peek(), fmt::format("{}() needs a value", name.text), "put a value between the parentheses");
    if (std::optional<ExpressionFault> wrong = parse_arguments(arguments)) return std::unexpected(std::move(*wrong));
    if (!is_symbol(")")) return unexpected_token("',' or ')'");
    const Token close = take();
    Node node = join(SyntaxKind::kCall, name.begin, std::move(arguments));
    if (!node) return node;
    node->text = name.text;
    node->end = close.end;
    return node;
  }

  Node parse_parenthesis() {
    const Token open = take();
    Node node = parse_or();
    if (!node) return node;
    if (!is_symbol(")")) return unexpected_token("')'");
    node->end = take().end;
    node->begin = open.begin;
    return node;
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace

std::expected<SyntaxNode, ExpressionFault> parse_expression(std::string_view text) {
  std::expected<std::vector<Token>, ExpressionFault> tokens = read_tokens(text);
  if (!tokens) return std::unexpected(std::move(tokens.error()));
  return Parser(text, std::move(*tokens)).parse();
}

}  // namespace reckoner
