// Task `sat`: bits for variables such that every clause holds.  Many answers are right (verifier `sat`).
//
//   abc: (a|-b|c)(-a|b|c) = ?
//   terse   a c; # 101                                  a literal of each clause that holds
//   full    try a=1; try b=1; try c=1; # 111            decisions towards the planted answer, unit clauses in between
//   search  the same with 1 tried first and conflicts   Davis-Putnam-Logemann-Loveland (clauses.h)
//
// Each problem is drawn around a planted assignment, clauses distinct.  Sizes and difficulty: saturn.h; `stage` picks one
// size of the ladder that the ranges span, easiest first, which is how a curriculum goes up.
// A problem is its clauses in any order with literals in any order (names and signs as they are).
#include <algorithm>
#include <set>

#include "core/error.h"
#include "datasets/tasks/clauses.h"
#include "datasets/tasks/problem.h"
#include "datasets/tasks/saturn.h"

namespace rlreason::data {
namespace {

struct SatConfig {
  IntRange literals{3, 3}, variables{4, 4}, clauses{4, 6};
  double difficulty_low = -1000, difficulty_high = 1000;
  int64_t stage = -1;
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field, config::in;
    using C = SatConfig;
    return std::tuple_cat(
        std::tuple{
            field(&C::literals, "literals", "n, literals of a clause, 1..8"),
            field(&C::variables, "variables", "k, variables, 1..26"),
            field(&C::clauses, "clauses", "l, clauses, 1..200"),
            field(&C::difficulty_low, "difficulty_low", "least D = log2 k + 2 log2 l - n + k/n",
                  in(-1000, 1000)),
            field(&C::difficulty_high, "difficulty_high", "greatest D", in(-1000, 1000)),
            field(&C::stage, "stage", "one size of these, 0 the easiest; -1: all, each as often",
                  in(-1, 99999))},
        shared_fields<C>());
  }
  static void check(const SatConfig& config);
};

std::vector<SatSize> sizes_of(const SatConfig& config) {
  const auto low = static_cast<int64_t>(config.difficulty_low * 1e6);
  const auto high = static_cast<int64_t>(config.difficulty_high * 1e6);
  std::vector<SatSize> sizes;
  for (int64_t n = config.literals.low; n <= config.literals.high; ++n)
    for (int64_t k = std::max(n, config.variables.low); k <= config.variables.high; ++k)
      for (int64_t l = config.clauses.low; l <= config.clauses.high; ++l) {
        const SatSize size{n, k, l};
        const int64_t difficulty = difficulty_millionths(size);
        if (difficulty >= low && difficulty <= high && clauses_available(size) >= l)
          sizes.push_back(size);
      }
  sizes = ladder(std::move(sizes));
  if (config.stage >= static_cast<int64_t>(sizes.size())) return {};
  return config.stage < 0 ? sizes : std::vector{sizes[static_cast<size_t>(config.stage)]};
}

void SatConfig::check(const SatConfig& config) {
  require_within("literals", config.literals, 1, 8);
  require_within("variables", config.variables, 1, 26);
  require_within("clauses", config.clauses, 1, 200);
  if (sizes_of(config).empty())
    throw UserError(
        "required a size (literals <= variables, enough different clauses) with a difficulty in "
        "{}..{} at stage {}, the ranges have none; widen them or lower the stage",
        config.difficulty_low, config.difficulty_high, config.stage);
}

class Satisfiability : public Problem {
 public:
  Satisfiability(Clauses clauses, std::string planted, const SatSize& size)
      : clauses_(std::move(clauses)), planted_(std::move(planted)), size_(size) {}

  std::string text(Wording wording) const override {
    std::string formula, letters;
    for (const Clause& clause : clauses_.all) formula += "(" + written(clause, "|") + ")";
    for (size_t i = 0; i < clauses_.variables; ++i) letters += static_cast<char>('a' + i);
    switch (wording) {
      case Wording::question:
        return fmt::format("Which bits for {} make every bracket of {} true?", letters, formula);
      case Wording::request:
        return fmt::format("Satisfy {}. Give the bits of {} in order.", formula, letters);
      default:
        return fmt::format("{}: {} = ?", letters, formula);
    }
  }
  std::string gold() const override { return clauses_.gold(); }
  std::string verifier() const override { return "sat"; }
  std::string key() const override {
    Clauses sorted = clauses_;
    for (Clause& clause : sorted.all) std::sort(clause.begin(), clause.end());
    std::sort(sorted.all.begin(), sorted.all.end());
    return sorted.gold();
  }
  std::string category() const override {
    const int64_t hundredths = difficulty_millionths(size_) / 10'000;
    return fmt::format("({},{},{}) D={}{}.{:02}", size_.literals, size_.variables, size_.clauses,
                       hundredths < 0 ? "-" : "", std::abs(hundredths) / 100,
                       std::abs(hundredths) % 100);
  }
  bool searches() const override { return true; }
  std::string near_miss(const std::string& answer, Sequence& random) const override {
    std::string other = answer;
    for (char& bit : other)
      if (random.between(0, 1) == 1) bit = bit == '1' ? '0' : '1';
    return other;
  }

  Solution solve(const Manner& manner, Sequence& random) const override {
    std::string preferred = planted_;
    if (manner.style == Style::search) preferred.assign(planted_.size(), '1');
    if (manner.varied)
      for (char& bit : preferred) bit = random.between(0, 1) == 1 ? '1' : '0';
    auto found = decided(clauses_, preferred, INT64_MAX);
    RLR_ENSURE(found.has_value(), "a planted problem has a solution");
    // Towards bits that satisfy everything no conflict can come.
    if (manner.style != Style::search) found = decided(clauses_, found->bits, INT64_MAX);
    Solution solution{.steps = std::move(found->steps), .answer = found->bits};
    if (manner.style == Style::terse) solution.steps = {true_literals(found->bits)};
    return solution;
  }

 private:
  std::string true_literals(const std::string& bits) const {
    std::vector<std::string> parts;
    for (const Clause& clause : clauses_.all)
      for (const Literal& literal : clause)
        if (holds({literal}, bits)) {
          parts.push_back(written(literal));
          break;
        }
    return joined(parts, " ");
  }

  Clauses clauses_;
  std::string planted_;
  SatSize size_;
};

Clause draw_clause(const SatSize& size, Sequence& random) {
  std::vector<size_t> variables;
  while (variables.size() < static_cast<size_t>(size.literals)) {
    const auto variable = static_cast<size_t>(random.between(0, size.variables - 1));
    if (std::find(variables.begin(), variables.end(), variable) == variables.end())
      variables.push_back(variable);
  }
  Clause clause;
  for (const size_t variable : variables) clause.push_back({variable, random.between(0, 1) == 1});
  return clause;
}

struct Sat {
  static constexpr std::string_view kName = "sat";
  static constexpr std::string_view kSummary =
      "satisfiability with SATURN's difficulty and stages; solutions decide and propagate";
  using Config = SatConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    const SatSize size = pick(sizes_of(config), random);
    std::string planted;
    for (int64_t i = 0; i < size.variables; ++i) planted += random.between(0, 1) == 1 ? '1' : '0';
    Clauses clauses{.variables = static_cast<size_t>(size.variables), .all = {}};
    std::set<Clause> seen;
    while (clauses.all.size() < static_cast<size_t>(size.clauses)) {
      const Clause clause = draw_clause(size, random);
      Clause sorted = clause;
      std::sort(sorted.begin(), sorted.end());
      if (holds(clause, planted) && seen.insert(sorted).second) clauses.all.push_back(clause);
    }
    return std::make_unique<Satisfiability>(std::move(clauses), std::move(planted), size);
  }
};

const RegisterTask<FamilyTask<Sat>> kEntry;

}  // namespace
}  // namespace rlreason::data
