// What verifiers of the generated tasks share: the answer of a response is what follows its last '#'.
//
// Nothing before the mark is judged, nothing is evaluated as code, rewards are right or wrong.  An answer above
// kMostAnswerBytes is wrong.  Thread safety: pure functions, linear in the response.
#pragma once

#include <cctype>
#include <charconv>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "datasets/verifiers/register.h"

namespace rlreason::data {

inline constexpr size_t kMostAnswerBytes = 4096;

// `judge(answer)` gives the reason why an answer is wrong, empty when it is right, and may rewrite the answer into the
// canonical form that is the class for maj@k.
Verdict judge_marked(std::string_view rule, std::string_view response, const std::function<std::string(std::string& answer)>& judge);

// Reads an answer or a gold piece by piece; every method skips spaces first and moves on only when it succeeds.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  bool done() { return skip().empty(); }
  char peek() { return skip().empty() ? '\0' : rest_.front(); }
  bool take(std::string_view word) {
    if (!skip().starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  // Digits only, no sign.
  bool take_number(int64_t& value) {
    if (skip().empty() || rest_.front() < '0' || rest_.front() > '9') return false;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) return false;
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return true;
  }
  // Everything up to the next space.
  std::string_view take_word() {
    const std::string_view word = skip().substr(0, rest_.find(' '));
    rest_.remove_prefix(word.size());
    return word;
  }

 private:
  std::string_view skip() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
    return rest_;
  }
  std::string_view rest_;
};

}  // namespace rlreason::data
