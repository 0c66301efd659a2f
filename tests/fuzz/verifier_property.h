// What must hold for any bytes given to the default verifier: the input is "gold \n answer".
//
// Returns what was broken, or nothing.  Shared by the libFuzzer target and by the test that replays its corpus.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "datasets/verifiers/math/fuel.h"
#include "datasets/verifiers/verifier.h"

namespace rlreason::data {

inline bool same_verdict(const Verdict& a, const Verdict& b) { return a.outcome == b.outcome && a.rule == b.rule && a.answer == b.answer && a.fuel == b.fuel; }

inline std::optional<std::string> broken_property(std::string_view input) {
  const size_t line = input.find('\n');
  const std::string_view gold = input.substr(0, line), answer = line == std::string_view::npos ? std::string_view() : input.substr(line + 1);
  const Question question{.gold = gold};
  const std::string boxed = "\\boxed{" + std::string(answer) + "}", own = "\\boxed{" + std::string(gold) + "}";
  for (const std::string_view response : {answer, std::string_view(boxed)}) {
    const Verdict first = verify("math", question, response);
    if (!same_verdict(first, verify("math", question, response))) return "two verdicts on the same input";
    if (first.rule != "limit" && first.fuel > math::kFuel + static_cast<int64_t>(response.size())) return "more fuel than there is";
    if (first.right() && gold.find_first_not_of(" \t\r\v\f") == std::string_view::npos) return "an empty gold paid";
  }
  // A gold of plain printable characters with balanced braces answers for itself, unless it cannot be read.
  int depth = 0;
  for (const char c : gold) {
    if (c < 0x20 || c > 0x7E || depth < 0) return std::nullopt;
    depth += c == '{' ? 1 : c == '}' ? -1 : 0;
  }
  if (depth == 0 && gold.find_first_of("\\{}<$#") == std::string_view::npos && gold.find("box") == std::string_view::npos && verify("math", question, own).outcome == Outcome::wrong &&
      gold.find_first_not_of("0123456789+-*/(),.^ xyzn=") == std::string_view::npos && verify("math", question, gold).right())
    return "a gold that is right in words and wrong in a box";
  return std::nullopt;
}

}  // namespace rlreason::data
