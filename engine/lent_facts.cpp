#include "engine/lent_facts.hpp"

#include "engine/big_endian.hpp"
#include "engine/check.hpp"

namespace reckoner {

namespace {

// Stored: do not change.
constexpr std::uint32_t kCell = LentFacts::kKnown;
constexpr std::uint32_t kText = LentFacts::kKnown + 1;

}  // namespace

void LentFacts::begin(std::size_t places, std::size_t rows, std::size_t shards) {
  columns_.resize(places);
  for (Column& column : columns_) {
    column.cells.resize(rows);
    column.notes.assign(rows, kNoKey);
  }
  texts_.resize(shards);
  for (std::vector<char>& texts : texts_) texts.clear();
}

void LentFacts::put_text(std::size_t place, std::size_t row, std::uint32_t shard, std::string_view text) {
  std::vector<char>& texts = texts_[shard];
  put(place, row, shard, TextRef{static_cast<std::uint32_t>(texts.size()), static_cast<std::uint32_t>(text.size())}.pack());
  texts.insert(texts.end(), text.begin(), text.end());
}

std::string_view LentFacts::text(std::size_t place, std::size_t row) const {
  const TextRef ref = TextRef::unpack(cell(place, row));
  return {texts_[note(place, row) - kKnown].data() + ref.offset, ref.length};
}

void LentFacts::append_row(std::string& bytes, std::size_t row, const std::vector<bool>& is_text) const {
  for (std::size_t place = 0; place < columns_.size(); ++place) {
    const std::uint32_t noted = note(place, row);
    if (noted == kNoKey) continue;
    append_big_endian(bytes, static_cast<std::uint16_t>(place));
    append_big_endian(bytes, noted < kKnown ? noted : is_text[place] ? kText : kCell);
    if (noted < kKnown) continue;
    if (is_text[place])
      append_counted(bytes, text(place, row));
    else
      append_big_endian(bytes, static_cast<std::uint64_t>(cell(place, row)));
  }
}

void LentFacts::put_row(std::size_t row, std::uint32_t shard, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t place = take_big_endian<std::uint16_t>(bytes);
    const auto noted = take_big_endian<std::uint32_t>(bytes);
    RECKONER_CHECK(place < columns_.size(), "fact {} of {} that are lent", place, columns_.size());
    if (noted < kKnown)
      put_unknown(place, row, noted);
    else if (noted == kText)
      put_text(place, row, shard, take_counted(bytes));
    else
      put(place, row, shard, static_cast<std::int64_t>(take_big_endian<std::uint64_t>(bytes)));
  }
}

}  // namespace reckoner
