#include "datasets/tasks/polynomial_answer.h"

#include <set>

#include "datasets/tasks/answer.h"

namespace rlreason::data {
namespace {

constexpr int64_t kMostPower = 99, kMostCoefficient = 999'999'999'999'999;

Verdict judge(const Question& question, std::string_view response) {
  const auto wanted = polynomial_from(question.gold);
  if (!wanted) return unscored("polynomial", "the gold answer is not a polynomial in x");
  return judge_marked("polynomial", response, [&](std::string& answer) -> std::string {
    const auto found = polynomial_from(answer);
    if (!found) return "the answer is not a polynomial that is multiplied out";
    answer = written(*found);
    return *found == *wanted ? "" : "a coefficient differs";
  });
}

const RegisterVerifier kEntry{
    {.name = "polynomial",
     .version = "1",
     .summary = "the polynomial after the last '#' has the gold's coefficients",
     .verify = judge,
     .mark = "# "}};

}  // namespace

std::string term(int64_t coefficient, int64_t power) {
  if (power == 0) return std::to_string(coefficient);
  const std::string x = power == 1 ? "x" : "x^" + std::to_string(power);
  if (coefficient == 1) return x;
  return coefficient == -1 ? "-" + x : std::to_string(coefficient) + x;
}

std::string written(const Polynomial& polynomial) {
  std::string out;
  for (auto it = polynomial.rbegin(); it != polynomial.rend(); ++it) {
    const std::string one = term(it->second, it->first);
    out += (out.empty() || one.starts_with('-') ? "" : "+") + one;
  }
  return out.empty() ? "0" : out;
}

std::optional<Polynomial> polynomial_from(std::string_view text) {
  Polynomial polynomial;
  std::set<int64_t> powers;
  Reader reader(text);
  bool first = true;
  while (first || !reader.done()) {
    const bool minus = reader.take("-");
    if (!minus && !reader.take("+") && !first) return std::nullopt;
    first = false;
    int64_t coefficient = 1, power = 0;
    const bool number = reader.take_number(coefficient);
    const bool times = number && reader.take("*");
    if (reader.take("x")) {
      power = 1;
      if (reader.take("^") && !reader.take_number(power)) return std::nullopt;
    } else if (!number || times) {
      return std::nullopt;
    }
    if (power > kMostPower || coefficient > kMostCoefficient || !powers.insert(power).second)
      return std::nullopt;
    if (coefficient != 0) polynomial[power] = minus ? -coefficient : coefficient;
  }
  return polynomial;
}

}  // namespace rlreason::data
