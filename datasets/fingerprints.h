// Runs of equal words between texts: which items of one data set share n words in a row with a text of another.
//
// A word is a run of ASCII letters and digits, or of bytes above 127, in lower case; everything else separates.  Items are indexed
// by n-grams of `words` words, short items (fewer than twice as many) also by `short_words`; items shorter than that by nothing.
// A run that stands in more than 2 % of the items (and in more than 8) is boilerplate, such as a template, and is ignored.
// Sources: 13-grams as in lm-eval's janitor and arXiv:2005.14165 appendix C; 8 for short problems.
// Not here: equality of whole prompts (datasets/generated.h).  Paraphrases are missed; hashes are 64 bits wide.
// Thread safety: find() beside find(); add() and prune() alone.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rlreason::data {

struct GramSizes {
  int64_t words = 13;
  int64_t short_words = 8;
};

std::vector<uint64_t> word_hashes(std::string_view text);

class GramIndex {
 public:
  explicit GramIndex(GramSizes sizes = {}) : sizes_(sizes) {}
  void add(uint32_t item, std::string_view text);
  void prune(size_t items);  // drops boilerplate; REQUIRES: once, after the last add()
  // Distinct items that share a run with the text, ascending.
  std::vector<uint32_t> find(std::string_view text) const;

 private:
  struct Posting {
    std::vector<uint32_t> items;  // at most the boilerplate limit and one
    uint32_t count = 0;           // distinct items
  };
  using Grams = std::unordered_map<uint64_t, Posting>;
  void add(Grams& grams, const std::vector<uint64_t>& words, int64_t length, uint32_t item);

  GramSizes sizes_;
  Grams long_, short_;
};

}  // namespace rlreason::data
