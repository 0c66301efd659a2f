// Task `countdown`: reach a target with given numbers, each used once.  Many answers are right (verifier `countdown`).
//
//   3 5 8 with +-*/ -> 9 ?
//
// Written solutions: number_game.h.  The target is the value of a drawn expression over the numbers, so it can be reached;
// on the way there only whole numbers occur.  Shift: how many numbers, their values, targets, operators, wording, `some`.
// A problem is its numbers in any order, its target and its operators.
#include <algorithm>

#include "core/error.h"
#include "datasets/tasks/number_game.h"

namespace rlreason::data {
namespace {

constexpr int kAttempts = 100'000;

struct CountdownConfig {
  IntRange numbers{3, 3}, values{1, 20}, target{10, 100};
  std::string operators = "+-*/";
  bool some = false;
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field, config::not_empty;
    using C = CountdownConfig;
    return std::tuple_cat(std::tuple{field(&C::numbers, "numbers", "how many numbers, 2..6"),
                                     field(&C::values, "values", "the numbers, 1..100"),
                                     field(&C::target, "target", "the target, 1..99999"),
                                     field(&C::operators, "operators",
                                           "operators that may be used, of + - * /", not_empty()),
                                     field(&C::some, "some", "not all numbers have to be used")},
                          shared_fields<C>());
  }
  static void check(const CountdownConfig& config) {
    require_within("numbers", config.numbers, 2, 6);
    require_within("values", config.values, 1, 100);
    require_within("target", config.target, 1, 99'999);
    std::string sorted = config.operators;
    std::sort(sorted.begin(), sorted.end());
    if (config.operators.find_first_not_of("+-*/") != std::string::npos ||
        std::unique(sorted.begin(), sorted.end()) != sorted.end())
      throw UserError("operators: required some of + - * /, each once, '{}' came; drop the others",
                      config.operators);
  }
};

// Puts two of the parts together; false when the drawn operation does not give a whole number above 0.
bool join_two(const NumberPuzzle& puzzle, std::vector<Part>& parts, std::vector<Combination>& steps,
              Sequence& random) {
  const auto [i, j, op] = draw_trial(parts.size(), puzzle.operators, random);
  auto part = joined(parts[i], op, parts[j]);
  if (!part || part->value.bottom != 1 || part->value.top < 1) return false;
  Combination step{parts[i].value, parts[j].value, part->value, op, {}};
  parts = after(parts, i, j, std::move(*part));
  for (const Part& left : parts) step.left.push_back(left.value);
  steps.push_back(std::move(step));
  return true;
}

struct Countdown {
  static constexpr std::string_view kName = "countdown";
  static constexpr std::string_view kSummary =
      "reach a target with given numbers; solutions are the winning steps or a search";
  using Config = CountdownConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      NumberPuzzle puzzle{
          .target = 0, .numbers = {}, .operators = config.operators, .some = config.some};
      for (int64_t i = config.numbers.draw(random); i > 0; --i)
        puzzle.numbers.push_back(config.values.draw(random));
      const auto least = static_cast<int64_t>(config.some ? 2 : puzzle.numbers.size());
      const int64_t used = random.between(least, static_cast<int64_t>(puzzle.numbers.size()));
      std::vector<Part> parts = parts_of(puzzle.numbers);
      PuzzleSolution solution;
      bool fine = true;
      for (int64_t i = 1; i < used && fine; ++i)
        fine = join_two(puzzle, parts, solution.steps, random);
      if (!fine) continue;
      puzzle.target = parts.back().value.top;
      const bool given = config.some && std::find(puzzle.numbers.begin(), puzzle.numbers.end(),
                                                  puzzle.target) != puzzle.numbers.end();
      if (puzzle.target < config.target.low || puzzle.target > config.target.high || given)
        continue;
      solution.expression = parts.back().text;
      if (!fault_of(puzzle, solution.expression).empty()) continue;  // two separate sums (some)
      return std::make_unique<NumberGame>(std::move(puzzle), std::move(solution), true);
    }
    throw UserError(
        "countdown: required a target in {}..{} that the numbers reach, {} draws gave none; widen "
        "target, values or operators",
        config.target.low, config.target.high, kAttempts);
  }
};

const RegisterTask<FamilyTask<Countdown>> kEntry;

}  // namespace
}  // namespace rlreason::data
