#include "datasets/tasks/answer.h"

namespace rlreason::data {

Verdict judge_marked(std::string_view rule, std::string_view response,
                     const std::function<std::string(std::string& answer)>& judge) {
  const auto fuel = static_cast<int64_t>(response.size());
  const auto none = [&](std::string reason) {
    return Verdict{
        .outcome = Outcome::wrong, .rule = "no_answer", .reason = std::move(reason), .fuel = fuel};
  };
  const size_t mark = response.rfind('#');
  if (mark == std::string_view::npos) return none("no '#' in the response");
  const std::string_view found = trimmed(response.substr(mark + 1));
  if (found.empty()) return none("nothing after the last '#'");
  if (found.size() > kMostAnswerBytes) return none("the answer is too long to be read");
  Verdict verdict{.outcome = Outcome::wrong, .rule = std::string(rule), .fuel = fuel};
  std::string answer{found};
  verdict.reason = judge(answer);
  if (verdict.reason.empty()) verdict.outcome = Outcome::right;
  verdict.answer = std::move(answer);
  return verdict;
}

}  // namespace rlreason::data
