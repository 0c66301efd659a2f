// Arithmetic expressions over given numbers: exact values, checks and a solver.  Verifier `countdown`.
//
// A gold describes the problem: "24 from 3 5 8 with +-*/", or "24 from some of 3 5 8 with +-".  An answer is right when it is an
// expression of whole numbers, + - * / and brackets whose value is the target exactly and which uses each given number once
// (at most once with "some of").  Nothing is evaluated as code: no signs before a number, no powers, no "**", "//", no
// factorials, no numbers put together, no "=" after it.  Values are fractions of 64-bit numbers; one beyond them is wrong.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"

namespace rlreason::data {

struct Fraction {
  int64_t top = 0, bottom = 1;  // lowest terms, bottom > 0
  bool operator==(const Fraction&) const = default;
};
// Nothing on division by zero or overflow.
std::optional<Fraction> combined(const Fraction& a, char op, const Fraction& b);
std::string written(const Fraction& value);

struct NumberPuzzle {
  int64_t target = 0;
  std::vector<int64_t> numbers;
  std::string operators = "+-*/";
  bool some = false;  // not all numbers have to be used

  std::string gold() const;
};
std::optional<NumberPuzzle> puzzle_from(std::string_view gold);
// Why an expression is no solution; empty when it is one.
std::string fault_of(const NumberPuzzle& puzzle, std::string_view expression);

// One operation on two of the values that are left.
struct Combination {
  Fraction a, b, result;
  char op = '+';
  std::vector<Fraction> left;  // after it, the result last
  std::string text() const;    // "8-5=3"
};
struct PuzzleSolution {
  std::vector<Combination> steps;
  std::string expression;
};
// Values with how they were made.
struct Part {
  Fraction value;
  std::string text;
  char op = 0;  // outermost operator
};
// Two parts under an operator, brackets where they are needed; nothing where the value does not exist.
std::optional<Part> joined(const Part& a, char op, const Part& b);
std::vector<Part> parts_of(const std::vector<int64_t>& numbers);
// Parts with i and j replaced by their combination, which comes last.
std::vector<Part> after(const std::vector<Part>& parts, size_t i, size_t j, Part combination);

// Two different ones of `count` parts and an operator, any of them as often.  REQUIRES: count >= 2.
struct Trial {
  size_t i = 0, j = 0;
  char op = '+';
};
Trial draw_trial(size_t count, std::string_view operators, Sequence& random);

// A solution by depth-first search; whole: no fraction or negative number on the way.  `random` shuffles the order of trials.
// Nothing when there is none or `nodes` trials did not find it.
std::optional<PuzzleSolution> solved(const NumberPuzzle& puzzle, bool whole, int64_t nodes, Sequence* random = nullptr);

}  // namespace rlreason::data
