#include "rules/yaml_reader.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <unordered_map>
#include <utility>

namespace reckoner {

namespace {

// Ends yaml-cpp's walk early; never leaves this file.
struct StopReading {};

// Builds the tree from yaml-cpp's events, which expand no alias.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const SourceText& source, Findings& findings, std::size_t values_max) : source_(source), findings_(findings), values_max_(values_max) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    findings_.add(source_, offset_of(mark), DiagnosticCode::kYamlFeature, "a second document in one file", "put it into a file of its own");
    throw StopReading();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    add(node_at(YamlKind::kNothing, mark));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    findings_.add(source_, offset_of(mark), DiagnosticCode::kYamlFeature, "an alias (*name)");
    add(node_at(YamlKind::kNothing, mark));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag, true);
    YamlNode node = node_at(YamlKind::kScalar, mark);
    node.text = value;
    node.style = style_at(node.offset, tag);
    if (!is_closed(node)) {
      findings_.add(source_, node.offset, DiagnosticCode::kYamlSyntax, "a quote is not closed", "close it");
      throw StopReading();
    }
    // yaml-cpp makes one byte of the escapes \N and \_.
    if (!is_utf8(node.text))
      findings_.add(source_, node.offset, DiagnosticCode::kYamlText, "an escape that gives no UTF-8", "write \\x85 for \\N and \\xA0 for \\_");
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(YamlKind::kList, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(YamlKind::kMap, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  [[nodiscard]] std::optional<YamlNode> take() { return std::move(root_); }

 private:
  // A list or map that is not complete; for a map, `key_next` says that the next node is a key.
  struct Level {
    YamlNode node;
    bool key_next = true;
    std::unordered_map<std::string, std::size_t> seen;  // key -> its offset
  };

  [[nodiscard]] static std::size_t offset_of(const YAML::Mark& mark) { return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos); }

  YamlNode node_at(YamlKind kind, const YAML::Mark& mark) {
    if (++values_ > values_max_) {
      findings_.add(source_, offset_of(mark), DiagnosticCode::kYamlTooLarge, fmt::format("more than {} values in one file", values_max_));
      throw StopReading();
    }
    YamlNode node;
    node.kind = kind;
    node.offset = offset_of(mark);
    return node;
  }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) findings_.add(source_, offset_of(mark), DiagnosticCode::kYamlFeature, "an anchor (&name)");
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag, bool is_scalar) {
    // yaml-cpp names a plain node's tag "?" and a quoted scalar's "!"; a written "!" starts with that letter in the file.
    const std::size_t offset = offset_of(mark);
    const bool written = offset < source_.text().size() && source_.text()[offset] == '!';
    if (tag.empty() || tag == "?" || (is_scalar && tag == "!" && !written)) return;
    findings_.add(source_, offset, DiagnosticCode::kYamlFeature, "a tag (!name)", "remove the tag");
  }

  [[nodiscard]] ScalarStyle style_at(std::size_t offset, const std::string& tag) const {
    const char first = offset < source_.text().size() ? source_.text()[offset] : ' ';
    if (tag != "!") return ScalarStyle::kPlain;
    if (first == '\'') return ScalarStyle::kSingleQuoted;
    return first == '"' ? ScalarStyle::kDoubleQuoted : ScalarStyle::kBlock;
  }

  // yaml-cpp 0.7 takes the end of the file for a closing quote.
  [[nodiscard]] bool is_closed(const YamlNode& scalar) const {
    const std::string_view text = source_.text();
    if (scalar.style != ScalarStyle::kSingleQuoted && scalar.style != ScalarStyle::kDoubleQuoted) return true;
    const char quote = text[scalar.offset];
    for (std::size_t i = scalar.offset + 1; i < text.size(); ++i) {
      const bool doubled = quote == '\'' && text.substr(i, 2) == "''";
      if ((quote == '"' && text[i] == '\\') || doubled)
        ++i;
      else if (text[i] == quote)
        return true;
    }
    return false;
  }

  void open(YamlKind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag, false);
    if (levels_.size() >= kYamlDepthMax) {
      findings_.add(source_, offset_of(mark), DiagnosticCode::kYamlTooLarge, fmt::format("nested more than {} levels deep", kYamlDepthMax),
                    "rule sets need five levels; look for brackets that do not close");
      throw StopReading();
    }
    if (!levels_.empty() && levels_.back().node.kind == YamlKind::kMap && levels_.back().key_next) {
      findings_.add(source_, offset_of(mark), DiagnosticCode::kYamlFeature, "a list or mapping as a key",
                    "put text that starts with { or [ into quotes");
      throw StopReading();
    }
    levels_.push_back({node_at(kind, mark), true, {}});
  }

  void close() {
    YamlNode node = std::move(levels_.back().node);
    levels_.pop_back();
    add(std::move(node));
  }

  void add(YamlNode node) {
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node.kind == YamlKind::kList) {
      level.node.items.push_back(std::move(node));
      return;
    }
    if (level.key_next)
      add_key(level, std::move(node));
    else
      add_value(level, std::move(node));
    level.key_next = !level.key_next;
  }

  void add_key(Level& level, YamlNode key) {
    if (key.kind != YamlKind::kScalar) {
      findings_.add(source_, key.offset, DiagnosticCode::kWrongForm, "a key without a name");
      key.kind = YamlKind::kScalar;
    } else if (key.style == ScalarStyle::kPlain && key.text == "<<") {
      findings_.add(source_, key.offset, DiagnosticCode::kYamlFeature, "a merge key (<<)");
    }
    level.node.keys.push_back(std::move(key));
  }

  // A later value of a key that was there already is left out, with its key.
  void add_value(Level& level, YamlNode value) {
    const YamlNode& key = level.node.keys.back();
    if (value.kind == YamlKind::kNothing && heal_split_text(level.node)) return;
    const auto [first, is_new] = level.seen.emplace(key.text, key.offset);
    if (is_new) {
      level.node.items.push_back(std::move(value));
      return;
    }
    findings_.add(source_, key.offset, DiagnosticCode::kDuplicateKey,
                  fmt::format("'{}' was set in line {} already", key.text, source_.at(first->second).line));
    level.node.keys.pop_back();
  }

  // In {where: f(a, b)} a comma ends the text "f(a", and "b)" is a key without a value. Told once, and the two are joined again, so that no further
  // findings follow from it.
  bool heal_split_text(YamlNode& map) {
    const YamlNode& key = map.keys.back();
    if (map.items.empty() || key.style != ScalarStyle::kPlain) return false;
    YamlNode& before = map.items.back();
    const bool is_open = std::count(before.text.begin(), before.text.end(), '(') > std::count(before.text.begin(), before.text.end(), ')');
    if (before.kind != YamlKind::kScalar || before.style != ScalarStyle::kPlain || !is_open) return false;
    const std::string_view written = source_.text().substr(before.offset, key.offset + key.text.size() - before.offset);
    if (!written.starts_with(before.text) || !written.substr(before.text.size()).starts_with(',')) return false;
    if (healed_ != before.offset)
      findings_.add(source_, before.offset, DiagnosticCode::kYamlSyntax, fmt::format("a comma ends the text '{}'", before.text),
                    "put text that holds commas in quotes between { and }");
    healed_ = before.offset;
    before.text = written;
    map.keys.pop_back();
    return true;
  }

  const SourceText& source_;
  Findings& findings_;
  std::vector<Level> levels_;
  std::optional<std::size_t> healed_;  // where the last text began that a comma had split
  std::optional<YamlNode> root_;
  std::size_t values_max_;
  std::size_t values_ = 0;
  int documents_ = 0;
};

// Directives change how the rest is read, so the parser must not see them.
bool refuse_directives(const SourceText& source, Findings& findings) {
  const std::string_view text = source.text();
  for (std::size_t begin = 0; begin < text.size();) {
    if (text[begin] == '%') {
      findings.add(source, begin, DiagnosticCode::kYamlFeature, "a directive (%)", "remove the line, or quote text that starts with %");
      return false;
    }
    const std::size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) break;
    begin = end + 1;
  }
  return true;
}

// yaml-cpp's messages name tokens; these say what to look for. `at` is what stands where the parser gave up.
std::string plain_words(const std::string& message, char at) {
  if (message == "end of map not found")
    return "the indentation changes inside a mapping, a ':' is missing, or text that starts with { or [ lacks quotes";
  if (message == "end of sequence not found") return "the indentation changes inside a list, or a '-' is missing";
  if (message == "end of map flow not found" && at == '[') return "text that holds a '[' stands in quotes between { and }";
  if (message == "end of map flow not found" && at == ')') return "text that holds commas stands in quotes between { and }";
  if (message == "end of map flow not found") return "a '{' is not closed";
  if (message == "end of sequence flow not found") return "a '[' is not closed";
  if (message == "illegal map value") return "a ':' where none can be; quote text that holds ': '";
  return message;
}

}  // namespace

std::optional<YamlNode> read_yaml(const SourceText& source, Findings& findings, const YamlLimits& limits) {
  if (!check_yaml_text(source, findings, limits) || !refuse_directives(source, findings)) return std::nullopt;
  std::istringstream stream{std::string(source.text())};
  TreeBuilder builder(source, findings, limits.values);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const StopReading&) {
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    const std::size_t offset = error.mark.pos < 0 ? 0 : static_cast<std::size_t>(error.mark.pos);
    findings.add(source, offset, DiagnosticCode::kYamlSyntax, plain_words(error.msg, offset < source.text().size() ? source.text()[offset] : '\0'));
    return std::nullopt;
  }
  std::optional<YamlNode> root = builder.take();
  if (!root || root->kind == YamlKind::kNothing) {
    findings.add(source, 0, DiagnosticCode::kWrongForm, "the file is empty", "see examples/ for what belongs in it");
    return std::nullopt;
  }
  return root;
}

}  // namespace reckoner
