#include "rules/expression_lexer.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

#include "rules/literals.hpp"

namespace reckoner {

namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_name_begin(char letter) { return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_'; }
bool is_name_letter(char letter) { return is_name_begin(letter) || is_digit(letter); }
bool is_blank(char letter) { return letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t'; }

// Longest first: "<=" before "<".
constexpr std::array<std::string_view, 19> kSymbols{"==", "!=", "<=", ">=", "//", "<", ">", "+", "-", "*",
                                                    "/",  "%",  "(",  ")",  "[",  "]", ",", "{", "}"};

// Symbols of other languages, and what to write.
struct ForeignSymbol {
  std::string_view symbol;
  std::string_view advice;
};
constexpr std::array<ForeignSymbol, 10> kForeignSymbols{{{"&&", "write 'and'"},
                                                         {"||", "write 'or'"},
                                                         {"<>", "write '!='"},
                                                         {"=>", "write '>='"},
                                                         {"=<", "write '<='"},
                                                         {"===", "write '=='"},
                                                         {"**", "there are no powers; multiply"},
                                                         {"=", "write '==' to compare"},
                                                         {"!", "write 'not'"},
                                                         {"?", "write if(condition, then, otherwise)"}}};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::expected<std::vector<Token>, ExpressionFault> read() {
    if (text_.size() > kExpressionBytesMax)
      return fault(0, DiagnosticCode::kExpressionTooLarge, fmt::format("the expression has more than {} bytes", kExpressionBytesMax));
    for (skip_blanks(); at_ < text_.size(); skip_blanks()) {
      if (tokens_.size() >= kExpressionTokensMax)
        return fault(at_, DiagnosticCode::kExpressionTooLarge, fmt::format("the expression has more than {} words and signs", kExpressionTokensMax));
      if (std::optional<ExpressionFault> wrong = read_token()) return std::unexpected(std::move(*wrong));
    }
    tokens_.push_back({TokenKind::kEnd, text_.size(), text_.size(), {}});
    return std::move(tokens_);
  }

 private:
  static std::unexpected<ExpressionFault> fault(std::size_t position, DiagnosticCode code, std::string text, std::string advice = {}) {
    return std::unexpected(ExpressionFault{position, code, std::move(text), std::move(advice)});
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  std::optional<ExpressionFault> read_token() {
    const char letter = text_[at_];
    if (is_digit(letter) || (letter == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) return read_number();
    if (is_name_begin(letter)) return read_name();
    if (letter == '\'' || letter == '"') return read_text();
    return read_symbol();
  }

  void add(TokenKind kind, std::size_t end, std::string text) {
    tokens_.push_back({kind, at_, end, std::move(text)});
    at_ = end;
  }

  // Takes the whole run of letters, digits, points and colons, so that "1_000" or "0x1F" is one wrong number and not two words.
  std::optional<ExpressionFault> read_number() {
    std::size_t end = at_;
    while (end < text_.size() && (is_name_letter(text_[end]) || text_[end] == '.' || text_[end] == ':')) ++end;
    const std::string run(text_.substr(at_, end - at_));
    const std::size_t first_letter = run.find_first_not_of("0123456789.");
    if (first_letter == std::string::npos) {
      if (const Parsed<ExactNumber> number = parse_number(run); !number) return ExpressionFault{at_, DiagnosticCode::kBadNumber, number.error(), {}};
      add(TokenKind::kNumber, end, run);
      return std::nullopt;
    }
    if (const Parsed<std::int64_t> duration = parse_duration(run); duration) {
      add(TokenKind::kDuration, end, run);
      return std::nullopt;
    }
    return wrong_number(run, first_letter);
  }

  [[nodiscard]] ExpressionFault wrong_number(const std::string& run, std::size_t first_letter) const {
    const Parsed<ExactNumber> number = parse_number(run);
    const std::string suffix = run.substr(first_letter);
    const bool looks_foreign = !number && !number.error().ends_with("is not a number");
    if (looks_foreign) return {at_, DiagnosticCode::kBadNumber, number.error(), {}};
    if (suffix.size() == 3 && suffix.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos) {
      return {at_, DiagnosticCode::kBadNumber, fmt::format("'{}' is not a number", run),
              fmt::format("write money with a blank: {} {}", run.substr(0, first_letter), suffix)};
    }
    return {at_, DiagnosticCode::kBadDuration, parse_duration(run).error(), {}};
  }

  std::optional<ExpressionFault> read_name() {
    std::size_t end = at_;
    while (end < text_.size() && is_name_letter(text_[end])) ++end;
    while (end + 1 < text_.size() && text_[end] == '.' && is_name_begin(text_[end + 1])) {
      ++end;
      while (end < text_.size() && is_name_letter(text_[end])) ++end;
    }
    add(TokenKind::kName, end, std::string(text_.substr(at_, end - at_)));
    return std::nullopt;
  }

  // A doubled quote inside stands for one; there are no escapes.
  std::optional<ExpressionFault> read_text() {
    const char quote = text_[at_];
    std::string value;
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] != quote) {
        value += text_[i];
        continue;
      }
      if (i + 1 < text_.size() && text_[i + 1] == quote) {
        value += quote;
        ++i;
        continue;
      }
      add(TokenKind::kText, i + 1, std::move(value));
      return std::nullopt;
    }
    return ExpressionFault{at_, DiagnosticCode::kExpressionSyntax, "a text without its closing quote", fmt::format("end it with {}", quote)};
  }

  std::optional<ExpressionFault> read_symbol() {
    const std::string_view rest = text_.substr(at_);
    // "!=" and "==" share a beginning with foreign symbols, and are longer than these.
    for (const std::string_view symbol : {std::string_view("!="), std::string_view("==")}) {
      if (rest.starts_with(symbol) && !rest.starts_with("===")) {
        add(TokenKind::kSymbol, at_ + symbol.size(), std::string(symbol));
        return std::nullopt;
      }
    }
    for (const ForeignSymbol& foreign : kForeignSymbols) {
      if (rest.starts_with(foreign.symbol))
        return ExpressionFault{at_, DiagnosticCode::kExpressionSyntax, fmt::format("'{}' is no operator here", foreign.symbol),
                               std::string(foreign.advice)};
    }
    for (const std::string_view symbol : kSymbols) {
      if (!rest.starts_with(symbol)) continue;
      add(TokenKind::kSymbol, at_ + symbol.size(), std::string(symbol));
      return std::nullopt;
    }
    const auto code = static_cast<unsigned char>(rest[0]);
    if (code >= 0x20 && code < 0x7F) return ExpressionFault{at_, DiagnosticCode::kExpressionSyntax, fmt::format("unexpected '{}'", rest[0]), {}};
    return ExpressionFault{at_, DiagnosticCode::kExpressionSyntax, "a character that expressions have inside quotes only",
                           "put it in quotes if it belongs to a text"};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::expected<std::vector<Token>, ExpressionFault> read_tokens(std::string_view text) { return Lexer(text).read(); }

}  // namespace reckoner
