// How alike two names are, as the similarity of Jaro and Winkler over folded names, in whole numbers alone, so that the answer is the same
// on every machine (W. E. Winkler, "String Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter Model", 1990).
//
// Folding: Latin letters lose case and marks (A to U+017F; combining marks are dropped), Greek and Cyrillic ones their case; apostrophes
// vanish; whatever else is no letter or digit parts words; words are sorted and joined by one blank; the first kNameLettersMax letters count.
//
// Jaro: (m/a + m/b + (m - k/2)/m) / 3 with a and b the numbers of letters, m those that match at most max(a, b)/2 - 1 places apart, k the
// matches that stand in another order. Winkler: jaro + p * (1 - jaro) / 10, p the letters that are alike at the beginning, at most 4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reckoner {

inline constexpr std::size_t kNameLettersMax = 128;
inline constexpr std::uint8_t kLikenessScale = 4;       // a likeness is a decimal of so many digits
inline constexpr std::int64_t kLikenessWhole = 10'000;  // that of equal names

// A view of a folded name. `marks` has a bit for each of its letters, several letters sharing one.
struct FoldedName {
  std::u32string_view letters;
  std::uint64_t marks = 0;
};

// `text` is UTF-8; bytes that are not part words.
[[nodiscard]] std::u32string fold_name(std::string_view text);
[[nodiscard]] FoldedName folded(std::u32string_view letters);

// Whether two names are at least so alike, decided exactly. Names without letters are like nothing.
[[nodiscard]] bool are_alike(const FoldedName& left, const FoldedName& right, std::int64_t least);

// In ten thousands, cut off below them, so that it is at least L where are_alike() says so for L.
[[nodiscard]] std::int64_t likeness(const FoldedName& left, const FoldedName& right);

}  // namespace reckoner
