// Task `sudoku`: a 4 x 4 sudoku with one solution.  Judged by `sudoku` (grid4.h).
//
//   1..4/..2./.1../4..3 ?
//   terse   r1c2=3 r1c3=... ; # 1324/4231/...             the fields in the order in which they are found
//   full    r1c2=3 not 124; r2c1=4 only in row 2; ...     why: no other digit is left, or no other field
//   search  r1c2=2; r1c3=3; r1c4 none no; ...             depth-first, digits in order, back where none fits
//
// Every puzzle can be solved by the rules of `full` alone.  Shift: empty fields, wording.  A problem is its given digits.
#include <algorithm>

#include "core/error.h"
#include "datasets/tasks/grid4.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

constexpr int kAttempts = 5000;

struct SudokuConfig {
  IntRange empty{4, 6};
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using C = SudokuConfig;
    return std::tuple_cat(std::tuple{config::field(&C::empty, "empty", "empty fields, 1..12")},
                          shared_fields<C>());
  }
  static void check(const SudokuConfig& config) { require_within("empty", config.empty, 1, 12); }
};

std::vector<Deduction> deductions_of(Grid4 grid) {
  std::vector<Deduction> found;
  while (auto next = next_deduction(grid)) {
    grid[next->field] = next->digit;
    found.push_back(std::move(*next));
  }
  return found;
}

class Sudoku : public Problem {
 public:
  Sudoku(const Grid4& puzzle, const Grid4& answer) : puzzle_(puzzle), answer_(answer) {}

  std::string text(Wording wording) const override {
    switch (wording) {
      case Wording::question:
        return fmt::format("Which 4x4 sudoku grid completes {}?", written(puzzle_));
      case Wording::request:
        return fmt::format("Fill each row, column and box of {} with 1 to 4.", written(puzzle_));
      default:
        return written(puzzle_) + " ?";
    }
  }
  std::string gold() const override { return written(puzzle_); }
  std::string verifier() const override { return "sudoku"; }
  std::string key() const override { return written(puzzle_); }
  std::string category() const override {
    return fmt::format("{} empty", std::count(puzzle_.begin(), puzzle_.end(), '.'));
  }
  bool searches() const override { return true; }

  Solution solve(const Manner& manner, Sequence&) const override {
    Solution solution{.steps = {}, .answer = written(answer_)};
    if (manner.style == Style::search) {
      Grid4 grid = puzzle_;
      filled(grid, &solution.steps);
      return solution;
    }
    const bool terse = manner.style == Style::terse;
    for (const Deduction& deduction : deductions_of(puzzle_)) {
      std::string found = fmt::format("{}={}", name_of_field(deduction.field), deduction.digit);
      solution.steps.push_back(terse ? found : found + " " + deduction.why);
    }
    if (terse) solution.steps = {joined(solution.steps, " ")};
    return solution;
  }

 private:
  Grid4 puzzle_, answer_;
};

// Digits in random order, field by field; a 4 x 4 grid is soon complete.
bool fill_at_random(Grid4& grid, size_t field, Sequence& random) {
  if (field == 16) return true;
  std::vector<char> digits{'1', '2', '3', '4'};
  random.shuffle(digits);
  for (const char digit : digits) {
    if (!allowed(grid, field, digit)) continue;
    grid[field] = digit;
    if (fill_at_random(grid, field + 1, random)) return true;
    grid[field] = '.';
  }
  return false;
}

struct SudokuFamily {
  static constexpr std::string_view kName = "sudoku";
  static constexpr std::string_view kSummary =
      "4 x 4 sudoku; solutions are a log of deductions or a search";
  using Config = SudokuConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    const auto empty = static_cast<size_t>(config.empty.draw(random));
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      Grid4 answer;
      answer.fill('.');
      fill_at_random(answer, 0, random);
      std::vector<size_t> fields(16);
      for (size_t i = 0; i < 16; ++i) fields[i] = i;
      random.shuffle(fields);
      Grid4 puzzle = answer;
      size_t removed = 0;
      for (const size_t field : fields) {
        if (removed == empty) break;
        puzzle[field] = '.';
        if (deductions_of(puzzle).size() == removed + 1)  // so there is one solution
          ++removed;
        else
          puzzle[field] = answer[field];
      }
      if (removed == empty) return std::make_unique<Sudoku>(puzzle, answer);
    }
    throw UserError(
        "sudoku: required {} empty fields and one solution, {} draws gave none; lower empty", empty,
        kAttempts);
  }
};

const RegisterTask<FamilyTask<SudokuFamily>> kEntry;

}  // namespace
}  // namespace rlreason::data
