// The keys seen so far in the objects that are open around a point of a JSON text, to find duplicates.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "connectors/name_table.hpp"

namespace reckoner {

// A stack of objects. Small objects compare every pair; big ones are sorted once, when they close, so that no record costs quadratic time.
// The views must live as long as the object is open.
class KeySet {
 public:
  using Mark = std::size_t;

  void clear() { keys_.clear(); }
  [[nodiscard]] Mark open() const { return keys_.size(); }

  // False when the innermost object, opened at `mark`, is known to have `key` already.
  [[nodiscard]] bool add(Mark mark, std::string_view key) {
    const Entry entry{TextKey(key), key};
    if (keys_.size() - mark < kPairwiseMax) {
      for (std::size_t at = mark; at < keys_.size(); ++at) {
        if (keys_[at] == entry) return false;
      }
    }
    keys_.push_back(entry);
    return true;
  }

  // Closes the object; a duplicate that add() did not see, if there is one.
  [[nodiscard]] std::optional<std::string_view> close(Mark mark) {
    std::optional<std::string_view> duplicate;
    if (keys_.size() - mark > kPairwiseMax) duplicate = find_duplicate(mark);
    keys_.resize(mark, Entry{TextKey(std::string_view()), {}});
    return duplicate;
  }

 private:
  struct Entry {
    TextKey brief;
    std::string_view key;
    friend bool operator==(const Entry& left, const Entry& right) {
      return left.brief == right.brief && (left.brief.length <= TextKey::kWholeUpTo || left.key == right.key);
    }
  };
  static constexpr std::size_t kPairwiseMax = 32;

  std::optional<std::string_view> find_duplicate(Mark mark) {
    const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(mark);
    std::sort(begin, keys_.end(), [](const Entry& left, const Entry& right) { return left.key < right.key; });
    const auto found = std::adjacent_find(begin, keys_.end());
    return found == keys_.end() ? std::nullopt : std::optional(found->key);
  }

  std::vector<Entry> keys_;
};

}  // namespace reckoner
