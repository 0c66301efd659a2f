// The problem that `countdown` and `twentyfour` share: reach a target with given numbers.
//
//   terse   8-5=3; 3*3=9; # 3*(8-5)
//   full    8-5=3 (3 3); 3*3=9; # 3*(8-5)                           with the numbers that are left
//   search  3+5=8, 8+8=16 no; 8-5=3 (3 3); 3+3=6 no; 3*3=9; # ...   trials to the end that miss, then the winning step
//
// Thread safety: const, many threads.
#pragma once

#include "datasets/tasks/expression.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {

class NumberGame : public Problem {
 public:
  // REQUIRES: `solution` solves `puzzle`.
  NumberGame(NumberPuzzle puzzle, PuzzleSolution solution, bool whole)
      : puzzle_(std::move(puzzle)), solution_(std::move(solution)), whole_(whole) {}

  std::string text(Wording wording) const override;
  std::string gold() const override { return puzzle_.gold(); }
  std::string verifier() const override { return "countdown"; }
  std::string key() const override;
  std::string category() const override;
  bool searches() const override { return true; }
  std::string near_miss(const std::string& answer, Sequence& random) const override;
  Solution solve(const Manner& manner, Sequence& random) const override;

 private:
  std::string dead_end(const std::vector<Fraction>& values, Sequence& random) const;

  NumberPuzzle puzzle_;
  PuzzleSolution solution_;
  bool whole_;
};

}  // namespace rlreason::data
