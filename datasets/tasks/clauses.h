// Clauses over variables a, b, c, ...: text, checks and a solver that writes what it does.  Verifier `sat`.
//
// A gold describes the problem: "3: a -b c, -a b c" (three variables, two clauses).  An answer gives each variable a bit in
// order, such as 101; it is right when every clause has a literal that holds.  At most 26 variables and 512 clauses.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rlreason::data {

struct Literal {
  size_t variable = 0;
  bool negated = false;
  auto operator<=>(const Literal&) const = default;
};
using Clause = std::vector<Literal>;

struct Clauses {
  size_t variables = 0;
  std::vector<Clause> all;

  std::string gold() const;
};
std::optional<Clauses> clauses_from(std::string_view gold);

std::string written(const Literal& literal);                        // "-b"
std::string written(const Clause& clause, std::string_view between);  // "a|-b|c"
bool holds(const Clause& clause, const std::string& bits);

// Davis-Putnam-Logemann-Loveland: decide the first open variable, propagate unit clauses, go back on conflicts.
// `preferred` is the bit tried first for each variable.  Steps: "try a=1", "b=0 by a|-b", "conflict a|b no".
struct Decided {
  std::string bits;
  std::vector<std::string> steps;
};
// Nothing when unsatisfiable or after `decisions` decisions.
std::optional<Decided> decided(const Clauses& clauses, const std::string& preferred, int64_t decisions);

}  // namespace rlreason::data
