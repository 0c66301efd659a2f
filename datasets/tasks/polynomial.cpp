// Task `polynomial`: the product of two polynomials, or the derivative of one.
//
//   (2x+3)(x-4) = ?                             d/dx 3x^2+2x = ?
//   terse  2 -5 -12; # 2x^2-5x-12               the coefficients
//   full   2x*x=2x^2; 2x*-4=-8x; 3*x=3x; 3*-4=-12; -8x+3x=-5x; # 2x^2-5x-12
//
// Full solutions are a table of terms, then the terms of equal power added.  Judged by `polynomial`: any order of terms.
// Shift: degree, terms, coefficients, operation, wording.  A problem is its operation and its factors in any order.
#include <algorithm>

#include "core/error.h"
#include "datasets/tasks/polynomial_answer.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

enum class Operation { product, derivative, mixed };

struct PolynomialConfig {
  Operation operation = Operation::product;
  IntRange degree{1, 1}, coefficients{-9, 9};
  bool dense = true;
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field, config::one_of;
    using C = PolynomialConfig;
    return std::tuple_cat(
        std::tuple{
            field(&C::operation, "operation", "what is asked",
                  one_of({"product", "derivative", "mixed"})),
            field(&C::degree, "degree", "degree of each polynomial, 1..6"),
            field(&C::coefficients, "coefficients", "coefficients besides 0, within -99..99"),
            field(&C::dense, "dense",
                  "every power has a coefficient; false: each lower one with chance 1/2")},
        shared_fields<C>());
  }
  static void check(const PolynomialConfig& config) {
    require_within("degree", config.degree, 1, 6);
    require_within("coefficients", config.coefficients, -99, 99);
    if (config.coefficients.low == 0 && config.coefficients.high == 0)
      throw UserError("coefficients: required one besides 0, 0..0 came; widen the range");
  }
};

Polynomial draw_polynomial(const PolynomialConfig& config, Sequence& random) {
  Polynomial polynomial;
  const int64_t degree = config.degree.draw(random);
  for (int64_t power = degree; power >= 0; --power) {
    int64_t coefficient = 0;
    while (coefficient == 0) coefficient = config.coefficients.draw(random);
    const bool kept = random.between(0, 1) == 1;
    if (config.dense || kept || power == degree) polynomial[power] = coefficient;
  }
  return polynomial;
}

// Terms of one power, in the order in which they came, then what they add to.
void add_up(const std::map<int64_t, std::vector<int64_t>>& found, bool full, Polynomial& sum,
            std::vector<std::string>& steps) {
  for (auto it = found.rbegin(); it != found.rend(); ++it) {
    const auto& [power, coefficients] = *it;
    int64_t total = 0;
    std::string text;
    for (const int64_t coefficient : coefficients) {
      const std::string one = term(coefficient, power);
      text += (text.empty() || one.starts_with('-') ? "" : "+") + one;
      total += coefficient;
    }
    if (total != 0) sum[power] = total;
    if (full && coefficients.size() > 1)
      steps.push_back(fmt::format("{}={}", text, total == 0 ? "0" : term(total, power)));
  }
}

// What the two operations share; `left` alone is differentiated.
class PolynomialProblem : public Problem {
 public:
  explicit PolynomialProblem(Polynomial left, Polynomial right = {})
      : left_(std::move(left)), right_(std::move(right)) {
    std::vector<std::string> unused;
    right_.empty() ? derive(false, unused) : multiply(left_, right_, false, unused);
  }

  std::string text(Wording wording) const override {
    const std::string left = written(left_), right = written(right_);
    if (right_.empty()) {
      switch (wording) {
        case Wording::question:
          return fmt::format("What is the derivative of {}?", left);
        case Wording::request:
          return fmt::format("Differentiate {}.", left);
        default:
          return fmt::format("d/dx {} = ?", left);
      }
    }
    switch (wording) {
      case Wording::question:
        return fmt::format("What is ({})({}) when multiplied out?", left, right);
      case Wording::request:
        return fmt::format("Multiply out ({})({}).", left, right);
      default:
        return fmt::format("({})({}) = ?", left, right);
    }
  }
  std::string gold() const override { return written(result_); }
  std::string verifier() const override { return "polynomial"; }
  std::string key() const override {
    const std::string left = written(left_), right = written(right_);
    if (right_.empty()) return "d " + left;
    return left < right ? left + " * " + right : right + " * " + left;
  }
  std::string category() const override {
    if (right_.empty()) return fmt::format("derivative of degree {}", left_.rbegin()->first);
    return fmt::format("product of degree {} and {}", left_.rbegin()->first,
                       right_.rbegin()->first);
  }

  Solution solve(const Manner& manner, Sequence& random) const override {
    Solution solution{.steps = {}, .answer = gold()};
    if (manner.style == Style::terse) {
      std::vector<int64_t> coefficients;
      const int64_t top = result_.empty() ? 0 : result_.rbegin()->first;
      for (int64_t power = top; power >= 0; --power)
        coefficients.push_back(result_.contains(power) ? result_.at(power) : 0);
      solution.steps.push_back(joined(coefficients, " "));
      return solution;
    }
    PolynomialProblem copy = *this;
    copy.result_.clear();
    const bool swapped = manner.varied && chance(0.5, random);
    if (right_.empty())
      copy.derive(true, solution.steps);
    else
      copy.multiply(swapped ? right_ : left_, swapped ? left_ : right_, true, solution.steps);
    return solution;
  }

 private:
  void multiply(const Polynomial& left, const Polynomial& right, bool full,
                std::vector<std::string>& steps) {
    std::map<int64_t, std::vector<int64_t>> found;
    for (auto a = left.rbegin(); a != left.rend(); ++a)
      for (auto b = right.rbegin(); b != right.rend(); ++b) {
        const int64_t coefficient = a->second * b->second, power = a->first + b->first;
        found[power].push_back(coefficient);
        if (full)
          steps.push_back(fmt::format("{}*{}={}", term(a->second, a->first),
                                      term(b->second, b->first), term(coefficient, power)));
      }
    add_up(found, full, result_, steps);
  }
  void derive(bool full, std::vector<std::string>& steps) {
    for (auto a = left_.rbegin(); a != left_.rend(); ++a) {
      const auto [power, coefficient] = *a;
      if (power > 0) result_[power - 1] = coefficient * power;
      if (full)
        steps.push_back(
            fmt::format("{} gives {}", term(coefficient, power),
                        power == 0 ? "0"
                                   : fmt::format("{}*{}", power, term(coefficient, power - 1)) +
                                         "=" + term(coefficient * power, power - 1)));
    }
  }

  Polynomial left_, right_, result_;
};

struct PolynomialFamily {
  static constexpr std::string_view kName = "polynomial";
  static constexpr std::string_view kSummary =
      "product of two polynomials or a derivative; solutions are a table of terms";
  using Config = PolynomialConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    const bool derivative = random.between(0, 1) == 1;
    Polynomial left = draw_polynomial(config, random);
    if (config.operation == Operation::derivative ||
        (config.operation == Operation::mixed && derivative))
      return std::make_unique<PolynomialProblem>(std::move(left));
    Polynomial right = draw_polynomial(config, random);
    return std::make_unique<PolynomialProblem>(std::move(left), std::move(right));
  }
};

const RegisterTask<FamilyTask<PolynomialFamily>> kEntry;

}  // namespace
}  // namespace rlreason::data
