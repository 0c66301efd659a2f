#include "trainers/reflections.h"

#include <algorithm>
#include <array>

namespace rlreason::train {
namespace {

// "reevaluate" and "reevaluation" begin alike; longer ones come first, so that a place counts once.
constexpr std::array<std::string_view, 15> kKeywords = {
    "go over the steps", "reevaluation", "double-check", "think again", "check again",
    "verify again",      "re-evaluate",  "reevaluate",   "re-examine",  "reexamine",
    "reconsider",        "reanalyze",    "reassess",     "recheck",     "rethink"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_with(std::string_view text, std::string_view keyword) {
  return text.size() >= keyword.size() &&
         std::equal(keyword.begin(), keyword.end(), text.begin(),
                    [](char own, char other) { return own == lower(other); });
}

bool may_begin(char c) {
  const char own = lower(c);
  return own == 'r' || own == 'd' || own == 'c' || own == 't' || own == 'v' || own == 'g';
}

}  // namespace

int64_t count_reflections(std::string_view text) {
  int64_t found = 0;
  for (size_t at = 0; at < text.size();) {
    const auto keyword = !may_begin(text[at])
                             ? kKeywords.end()
                             : std::find_if(kKeywords.begin(), kKeywords.end(), [&](auto own) {
                                 return begins_with(text.substr(at), own);
                               });
    found += keyword != kKeywords.end();
    at += keyword != kKeywords.end() ? keyword->size() : 1;
  }
  return found;
}

}  // namespace rlreason::train
