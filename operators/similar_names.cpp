#include "operators/similar_names.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <bitset>
#include <vector>

namespace reckoner {

namespace {

constexpr char32_t kNoLetter = 0;
constexpr char32_t kNothing = 1;  // stands for no letter, and parts no words

// Base letters of U+00C0 to U+017F; '*' = several letters, see kSpelledOut, ' ' = no letter.
constexpr std::string_view kLatinBases =
    "aaaaaa*ceeeeiiiidnooooo ouuuuy**"
    "aaaaaa*ceeeeiiiidnooooo ouuuuy*y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii**jjkkkllllllllllnnnnnnnnnoooooo**rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
constexpr char32_t kLatinFirst = 0xC0;
static_assert(kLatinFirst + kLatinBases.size() == 0x180);

struct SpelledOut {
  char32_t letter;
  std::string_view bases;
};
constexpr std::array<SpelledOut, 9> kSpelledOut{
    {{0xC6, "ae"}, {0xE6, "ae"}, {0xDE, "th"}, {0xFE, "th"}, {0xDF, "ss"}, {0x132, "ij"}, {0x133, "ij"}, {0x152, "oe"}, {0x153, "oe"}}};

// The next character of UTF-8, taken off the front; a byte that belongs to none is kNoLetter.
char32_t take_character(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  char32_t letter = length < 2 ? first : first & (0x7FU >> length);
  bool whole = length > 0;
  for (std::size_t i = 1; i < length; ++i) {
    whole = whole && (byte(i) & 0xC0U) == 0x80U;
    letter = letter << 6U | (byte(i) & 0x3FU);
  }
  text.remove_prefix(whole ? length : 1);
  return whole ? letter : kNoLetter;
}

char32_t base_of(char32_t letter) {
  if (letter >= 'A' && letter <= 'Z') return letter - 'A' + 'a';
  if ((letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9')) return letter;
  if (letter == '\'' || letter == 0x2019 || letter == 0x2BC) return kNothing;
  if (letter < kLatinFirst) return kNoLetter;
  if (letter < kLatinFirst + kLatinBases.size()) {
    const char base = kLatinBases[letter - kLatinFirst];
    return base == ' ' ? kNoLetter : static_cast<char32_t>(base);
  }
  if (letter >= 0x300 && letter <= 0x36F) return kNothing;     // combining marks
  if (letter >= 0x391 && letter <= 0x3A9) return letter + 32;  // Greek
  if (letter >= 0x410 && letter <= 0x42F) return letter + 32;  // Cyrillic
  if (letter >= 0x400 && letter <= 0x40F) return letter + 80;
  const bool is_sign = (letter >= 0x2000 && letter <= 0x206F) || (letter >= 0x3000 && letter <= 0x3003) || letter == 0xFEFF;
  return is_sign ? kNoLetter : letter;
}

std::vector<std::u32string> words_of(std::string_view text) {
  std::vector<std::u32string> words(1);
  while (!text.empty()) {
    const char32_t letter = take_character(text);
    const char32_t base = base_of(letter);
    if (base == kNothing) continue;
    if (base == kNoLetter) {
      if (!words.back().empty()) words.emplace_back();
    } else if (base == '*') {
      const auto* const found = std::find_if(kSpelledOut.begin(), kSpelledOut.end(), [&](const SpelledOut& one) { return one.letter == letter; });
      words.back().append(found->bases.begin(), found->bases.end());
    } else {
      words.back().push_back(base);
    }
  }
  return words;
}

// What the measure is made of; jaro = part / whole.
struct Jaro {
  std::int64_t part = 0;
  std::int64_t whole = 1;
};

Jaro jaro_of(std::int64_t matches, std::int64_t out_of_order, std::int64_t left, std::int64_t right) {
  if (matches == 0) return {};
  return {2 * matches * matches * (left + right) + (2 * matches - out_of_order) * left * right, 6 * left * right * matches};
}

bool reaches(const Jaro& jaro, std::int64_t prefix, std::int64_t least) {
  return (10 * jaro.part + prefix * (jaro.whole - jaro.part)) * (kLikenessWhole / 10) >= least * jaro.whole;
}

std::int64_t common_prefix(std::u32string_view left, std::u32string_view right) {
  constexpr std::size_t kPrefixMax = 4;
  const std::size_t most = std::min({left.size(), right.size(), kPrefixMax});
  std::size_t length = 0;
  while (length < most && left[length] == right[length]) ++length;
  return static_cast<std::int64_t>(length);
}

Jaro compare(std::u32string_view left, std::u32string_view right) {
  const std::size_t longest = std::max(left.size(), right.size());
  const std::size_t reach = longest / 2 > 0 ? longest / 2 - 1 : 0;
  std::bitset<kNameLettersMax> taken;
  std::array<char32_t, kNameLettersMax> in_left{};
  std::size_t matches = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const std::size_t end = std::min(right.size(), i + reach + 1);
    for (std::size_t j = i > reach ? i - reach : 0; j < end; ++j) {
      if (taken[j] || left[i] != right[j]) continue;
      taken.set(j);
      in_left[matches++] = left[i];
      break;
    }
  }
  std::int64_t out_of_order = 0;
  std::size_t next = 0;
  for (std::size_t j = 0; j < right.size(); ++j) {
    if (taken[j] && in_left[next++] != right[j]) ++out_of_order;
  }
  return jaro_of(static_cast<std::int64_t>(matches), out_of_order, static_cast<std::int64_t>(left.size()), static_cast<std::int64_t>(right.size()));
}

// Whether names of such lengths, letters and beginnings can be alike enough: most pairs end here.
bool may_reach(const FoldedName& left, const FoldedName& right, std::int64_t prefix, std::int64_t least) {
  const auto a = static_cast<std::int64_t>(left.letters.size());
  const auto b = static_cast<std::int64_t>(right.letters.size());
  const std::int64_t matches = std::min(a - std::popcount(left.marks & ~right.marks), b - std::popcount(right.marks & ~left.marks));
  return matches > 0 && reaches(jaro_of(matches, 0, a, b), prefix, least);
}

}  // namespace

std::u32string fold_name(std::string_view text) {
  std::vector<std::u32string> words = words_of(text);
  std::sort(words.begin(), words.end());
  std::u32string letters;
  for (const std::u32string& word : words) {
    if (word.empty()) continue;
    if (!letters.empty()) letters.push_back(' ');
    letters += word;
  }
  if (letters.size() > kNameLettersMax) letters.resize(kNameLettersMax);
  return letters;
}

FoldedName folded(std::u32string_view letters) {
  FoldedName name{letters, 0};
  for (const char32_t letter : letters) name.marks |= std::uint64_t{1} << (letter % 64);
  return name;
}

bool are_alike(const FoldedName& left, const FoldedName& right, std::int64_t least) {
  const std::int64_t prefix = common_prefix(left.letters, right.letters);
  if (left.letters.empty() || right.letters.empty() || !may_reach(left, right, prefix, least)) return false;
  return reaches(compare(left.letters, right.letters), prefix, least);
}

std::int64_t likeness(const FoldedName& left, const FoldedName& right) {
  if (left.letters.empty() || right.letters.empty()) return 0;
  const Jaro jaro = compare(left.letters, right.letters);
  const std::int64_t prefix = common_prefix(left.letters, right.letters);
  return (10 * jaro.part + prefix * (jaro.whole - jaro.part)) * (kLikenessWhole / 10) / jaro.whole;
}

}  // namespace reckoner
