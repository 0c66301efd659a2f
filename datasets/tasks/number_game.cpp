#include "datasets/tasks/number_game.h"

#include <algorithm>

namespace rlreason::data {
namespace {

constexpr int64_t kOtherWayNodes = 20'000;
constexpr int kAttempts = 20;

std::string left_over(const std::vector<Fraction>& values) {
  std::vector<std::string> parts;
  for (const Fraction& value : values) parts.push_back(written(value));
  return joined(parts, " ");
}

}  // namespace

std::string NumberGame::text(Wording wording) const {
  const std::string each = puzzle_.some ? "some of" : "all of";
  switch (wording) {
    case Wording::question:
      return fmt::format("How can you make {} from {} {} with {}?", puzzle_.target, each,
                         listed(puzzle_.numbers), puzzle_.operators);
    case Wording::request:
      return fmt::format("Use {} {}, each once, and {} to get {}.", each, listed(puzzle_.numbers),
                         puzzle_.operators, puzzle_.target);
    default:
      return fmt::format("{}{} with {} -> {} ?", puzzle_.some ? "some of " : "",
                         joined(puzzle_.numbers, " "), puzzle_.operators, puzzle_.target);
  }
}

std::string NumberGame::key() const {
  NumberPuzzle sorted = puzzle_;
  std::sort(sorted.numbers.begin(), sorted.numbers.end());
  std::sort(sorted.operators.begin(), sorted.operators.end());
  return sorted.gold();
}

std::string NumberGame::category() const {
  return fmt::format("{} numbers", puzzle_.numbers.size());
}

// Another operator somewhere, or two numbers changed over.
std::string NumberGame::near_miss(const std::string& answer, Sequence& random) const {
  std::string other = answer;
  std::vector<size_t> signs;
  for (size_t i = 0; i < other.size(); ++i)
    if (std::string_view("+-*/").find(other[i]) != std::string_view::npos) signs.push_back(i);
  if (signs.empty() || puzzle_.operators.size() < 2) return Problem::near_miss(answer, random);
  const auto last = static_cast<int64_t>(puzzle_.operators.size()) - 1;
  other[pick(signs, random)] = puzzle_.operators[static_cast<size_t>(random.between(0, last))];
  return other;
}

// A trial down to one number that is not the target; empty when none was found.
std::string NumberGame::dead_end(const std::vector<Fraction>& values, Sequence& random) const {
  std::vector<Part> parts;
  for (const Fraction& value : values) parts.push_back({value, "", 0});
  std::vector<std::string> steps;
  for (int attempt = 0; attempt < kAttempts && parts.size() > 1; ++attempt) {
    const auto [i, j, op] = draw_trial(parts.size(), puzzle_.operators, random);
    const auto result = combined(parts[i].value, op, parts[j].value);
    if (!result || *result == Fraction{puzzle_.target, 1}) continue;
    if (whole_ && (result->bottom != 1 || result->top < 0)) continue;
    steps.push_back(Combination{parts[i].value, parts[j].value, *result, op, {}}.text());
    parts = after(parts, i, j, {*result, "", 0});
  }
  return parts.size() > 1 ? "" : joined(steps, ", ") + " no";
}

Solution NumberGame::solve(const Manner& manner, Sequence& random) const {
  PuzzleSolution way = solution_;
  if (manner.varied)
    if (auto other = solved(puzzle_, whole_, kOtherWayNodes, &random)) way = std::move(*other);
  Solution solution{.steps = {}, .answer = way.expression};
  std::vector<Fraction> now;
  for (const int64_t number : puzzle_.numbers) now.push_back({number, 1});
  for (size_t i = 0; i < way.steps.size(); ++i) {
    const Combination& step = way.steps[i];
    if (manner.style == Style::search)
      for (int64_t tries = random.between(i == 0 ? 1 : 0, manner.dead_ends); tries > 0; --tries) {
        std::string tried = dead_end(now, random);
        const auto& said = solution.steps;
        if (!tried.empty() && std::find(said.begin(), said.end(), tried) == said.end())
          solution.steps.push_back(std::move(tried));
      }
    solution.steps.push_back(manner.style == Style::terse ? step.text()
                             : step.left.size() > 1
                                 ? fmt::format("{} ({})", step.text(), left_over(step.left))
                                 : step.text());
    now = step.left;
  }
  return solution;
}

}  // namespace rlreason::data
