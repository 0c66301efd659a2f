#include "datasets/fingerprints.h"

#include <algorithm>
#include <set>

namespace rlreason::data {
namespace {

constexpr size_t kFewItems = 8;
constexpr size_t kBoilerplatePerCent = 2;
constexpr size_t kItemsKept = 64;
constexpr uint64_t kBase = 0x9E3779B97F4A7C15u;  // odd, so that no word vanishes modulo 2^64

bool word_byte(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

uint64_t mixed(uint64_t x) {  // the finaliser of splitmix64
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

// Calls visit with the hash of each run of `length` words.
template <class Visit>
void each_gram(const std::vector<uint64_t>& words, int64_t length, Visit visit) {
  const auto n = static_cast<size_t>(length);
  if (words.size() < n) return;
  uint64_t power = 1, hash = 0;
  for (size_t i = 1; i < n; ++i) power *= kBase;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i >= n) hash -= words[i - n] * power;
    hash = hash * kBase + words[i];
    if (i + 1 >= n) visit(mixed(hash));
  }
}

}  // namespace

std::vector<uint64_t> word_hashes(std::string_view text) {
  std::vector<uint64_t> words;
  for (size_t i = 0; i < text.size();) {
    if (!word_byte(static_cast<unsigned char>(text[i]))) {
      ++i;
      continue;
    }
    uint64_t hash = 0xCBF29CE484222325u;  // FNV-1a
    for (; i < text.size() && word_byte(static_cast<unsigned char>(text[i])); ++i) {
      const char c =
          text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
    }
    words.push_back(mixed(hash));
  }
  return words;
}

void GramIndex::add(Grams& grams, const std::vector<uint64_t>& words, int64_t length,
                    uint32_t item) {
  each_gram(words, length, [&](uint64_t gram) {
    Posting& posting = grams[gram];
    if (!posting.items.empty() && posting.items.back() == item) return;
    ++posting.count;
    if (posting.items.size() < kItemsKept) posting.items.push_back(item);
  });
}

void GramIndex::add(uint32_t item, std::string_view text) {
  const std::vector<uint64_t> words = word_hashes(text);
  add(long_, words, sizes_.words, item);
  if (static_cast<int64_t>(words.size()) < 2 * sizes_.words)
    add(short_, words, sizes_.short_words, item);
}

void GramIndex::prune(size_t items) {
  const size_t most = std::max(kFewItems, items * kBoilerplatePerCent / 100);
  for (Grams* grams : {&long_, &short_})
    std::erase_if(*grams, [&](const auto& entry) { return entry.second.count > most; });
}

std::vector<uint32_t> GramIndex::find(std::string_view text) const {
  if (long_.empty() && short_.empty()) return {};
  const std::vector<uint64_t> words = word_hashes(text);
  std::set<uint32_t> found;
  const auto look = [&](const Grams& grams, int64_t length) {
    if (grams.empty()) return;
    each_gram(words, length, [&](uint64_t gram) {
      if (const auto it = grams.find(gram); it != grams.end())
        found.insert(it->second.items.begin(), it->second.items.end());
    });
  };
  look(long_, sizes_.words);
  look(short_, sizes_.short_words);
  return {found.begin(), found.end()};
}

}  // namespace rlreason::data
