// Task `twentyfour`: the game 24: four numbers, each used once, must make 24.  Judged by `countdown`.
//
//   4 7 8 8 with +-*/ -> 24 ?
//
// Unlike countdown the target is fixed and the numbers are drawn until a search finds a solution, so that hard hands occur
// as often as they are dealt.  With `fractions` hands come too that need fractions on the way, such as 3 3 8 8.
// Written solutions: number_game.h.  Shift: values, target, fractions, wording.  A problem is its numbers in any order.
#include <algorithm>

#include "core/error.h"
#include "datasets/tasks/number_game.h"

namespace rlreason::data {
namespace {

constexpr int kAttempts = 2'000;
constexpr int64_t kNodes = 1'000'000;

struct TwentyFourConfig {
  IntRange values{1, 10};
  int64_t target = 24, numbers = 4;
  bool fractions = false;
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field, config::in;
    using C = TwentyFourConfig;
    return std::tuple_cat(
        std::tuple{field(&C::values, "values", "the numbers, 1..99"),
                   field(&C::target, "target", "what they must make", in(1, 9999)),
                   field(&C::numbers, "numbers", "how many numbers", in(2, 5)),
                   field(&C::fractions, "fractions", "hands that need fractions occur too")},
        shared_fields<C>());
  }
  static void check(const TwentyFourConfig& config) {
    require_within("values", config.values, 1, 99);
  }
};

struct TwentyFour {
  static constexpr std::string_view kName = "twentyfour";
  static constexpr std::string_view kSummary =
      "the game 24; solutions are the winning steps or a search";
  using Config = TwentyFourConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      NumberPuzzle puzzle{.target = config.target, .numbers = {}};
      for (int64_t i = 0; i < config.numbers; ++i)
        puzzle.numbers.push_back(config.values.draw(random));
      auto solution = solved(puzzle, true, kNodes);
      const bool whole = solution.has_value();
      if (!whole && config.fractions) solution = solved(puzzle, false, kNodes);
      if (solution)
        return std::make_unique<NumberGame>(std::move(puzzle), std::move(*solution), whole);
    }
    throw UserError(
        "twentyfour: required numbers that make {}, {} hands of {} from {}..{} do not; change "
        "values or target",
        config.target, kAttempts, config.numbers, config.values.low, config.values.high);
  }
};

const RegisterTask<FamilyTask<TwentyFour>> kEntry;

}  // namespace
}  // namespace rlreason::data
