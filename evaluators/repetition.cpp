#include "evaluators/repetition.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace rlreason::eval {
namespace {

constexpr size_t kLongestBlock = 256, kCopies = 4, kLeastBytes = 64;

bool has_word(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalnum(byte) != 0;
  });
}

}  // namespace

bool ends_in_circles(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  for (size_t block = 1; block <= kLongestBlock && kCopies * block <= text.size(); ++block) {
    const size_t wanted = std::max(kCopies * block, kLeastBytes);
    if (wanted > text.size()) continue;
    // A text of period p equals itself moved by p.
    const std::string_view end = text.substr(text.size() - wanted);
    if (end.substr(block) == end.substr(0, end.size() - block) &&
        has_word(end.substr(end.size() - block)))
      return true;
  }
  return false;
}

}  // namespace rlreason::eval
