#include "engine/lent_facts.hpp"

namespace reckoner {

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

}  // namespace reckoner
