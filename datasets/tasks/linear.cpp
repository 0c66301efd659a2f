// Task `linear`: one linear equation in x.
//
//   3x+5=2x-7, x = ?
//   terse  x=-12; # -12                                  ax=b
//   full   3x-2x=-7-5; x=-12; # -12                      x to the left, numbers to the right, then divided
//
// The answer is a whole number or a fraction in lowest terms such as -7/2.  Shift: coefficients, constants, solutions,
// x on both sides, fractions, wording.  A problem is its two sides in either order.
#include <numeric>

#include "core/error.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

struct LinearConfig {
  IntRange coefficients{1, 9}, constants{-20, 20}, solutions{-10, 10};
  bool both_sides = false, fractions = false;
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field;
    using C = LinearConfig;
    return std::tuple_cat(
        std::tuple{
            field(&C::coefficients, "coefficients", "the factors of x, within -999..999"),
            field(&C::constants, "constants", "the number beside x, within -9999..9999"),
            field(&C::solutions, "solutions", "x (without fractions), within -999..999"),
            field(&C::both_sides, "both_sides", "x stands on both sides"),
            field(&C::fractions, "fractions", "draw both constants, so that x is any fraction")},
        shared_fields<C>());
  }
  static void check(const LinearConfig& config) {
    require_within("coefficients", config.coefficients, -999, 999);
    require_within("constants", config.constants, -9999, 9999);
    require_within("solutions", config.solutions, -999, 999);
    const IntRange& c = config.coefficients;
    const int64_t nonzero = c.high - c.low + (c.low <= 0 && c.high >= 0 ? 0 : 1);
    if (nonzero < (config.both_sides ? 2 : 1))
      throw UserError("coefficients: required {} of them besides 0, {}..{} came; widen the range",
                      config.both_sides ? "two" : "one", c.low, c.high);
  }
};

// a x + b, e.g. "3x-5", "-x", "7".
std::string side(int64_t a, int64_t b) {
  std::string out;
  if (a == 1 || a == -1)
    out = a < 0 ? "-x" : "x";
  else if (a != 0)
    out = fmt::format("{}x", a);
  if (out.empty()) return std::to_string(b);
  return b == 0 ? out : out + fmt::format("{:+}", b);
}

class Equation : public Problem {
 public:
  // a x + b = c x + d.  REQUIRES: a != c.
  Equation(int64_t a, int64_t b, int64_t c, int64_t d) : a_(a), b_(b), c_(c), d_(d) {
    const int64_t sign = a_ - c_ < 0 ? -1 : 1;
    const int64_t divisor = std::gcd(d_ - b_, a_ - c_);
    top_ = sign * (d_ - b_) / divisor;
    bottom_ = sign * (a_ - c_) / divisor;
  }

  std::string text(Wording wording) const override {
    const std::string equation = fmt::format("{}={}", side(a_, b_), side(c_, d_));
    switch (wording) {
      case Wording::question:
        return fmt::format("If {}, what is x?", equation);
      case Wording::request:
        return fmt::format("Solve {} for x.", equation);
      default:
        return fmt::format("{}, x = ?", equation);
    }
  }
  std::string gold() const override {
    return bottom_ == 1 ? std::to_string(top_) : fmt::format("{}/{}", top_, bottom_);
  }
  std::string key() const override {
    const std::string left = side(a_, b_), right = side(c_, d_);
    return left < right ? left + "=" + right : right + "=" + left;
  }
  std::string category() const override {
    return fmt::format("{}{}", c_ == 0 ? "one side" : "both sides",
                       bottom_ == 1 ? "" : ", fraction");
  }
  std::optional<int64_t> value() const override {
    return bottom_ == 1 ? std::optional(top_) : std::nullopt;
  }

  Solution solve(const Manner& manner, Sequence& random) const override {
    Solution solution{.steps = {}, .answer = gold()};
    const int64_t factor = a_ - c_, number = d_ - b_;
    std::vector<std::string>& steps = solution.steps;
    if (manner.style == Style::terse) {
      steps.push_back(fmt::format("{}={}", side(factor, 0), number));
      return solution;
    }
    const bool numbers_first = manner.varied && chance(0.5, random);
    if (numbers_first) {
      if (b_ != 0) steps.push_back(fmt::format("{}={}{:+}", side(a_, 0), side(c_, d_), -b_));
      if (b_ != 0 && c_ != 0) steps.push_back(fmt::format("{}={}", side(a_, 0), side(c_, number)));
      if (c_ != 0) steps.push_back(fmt::format("{}{}={}", side(a_, 0), moved(c_), number));
    } else {
      if (c_ != 0) steps.push_back(fmt::format("{}{}={}", side(a_, b_), moved(c_), d_));
      if (c_ != 0 && b_ != 0) steps.push_back(fmt::format("{}={}", side(factor, b_), d_));
      if (b_ != 0) steps.push_back(fmt::format("{}={}{:+}", side(factor, 0), d_, -b_));
    }
    steps.push_back(fmt::format("{}={}", side(factor, 0), number));
    if (factor != 1) steps.push_back(fmt::format("x={}/{}={}", number, bracketed(factor), gold()));
    return solution;
  }

 private:
  static std::string moved(int64_t coefficient) {
    const std::string term = side(-coefficient, 0);
    return term.starts_with('-') ? term : "+" + term;
  }
  static std::string bracketed(int64_t value) {
    return value < 0 ? fmt::format("({})", value) : std::to_string(value);
  }

  int64_t a_, b_, c_, d_, top_ = 0, bottom_ = 1;
};

struct Linear {
  static constexpr std::string_view kName = "linear";
  static constexpr std::string_view kSummary =
      "a linear equation in x; solutions isolate x step by step";
  using Config = LinearConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    int64_t a = 0, c = 0;
    while (a == 0) a = config.coefficients.draw(random);
    while (config.both_sides && (c == 0 || c == a)) c = config.coefficients.draw(random);
    const int64_t b = config.constants.draw(random);
    const int64_t d = config.fractions ? config.constants.draw(random)
                                       : (a - c) * config.solutions.draw(random) + b;
    return std::make_unique<Equation>(a, b, c, d);
  }
};

const RegisterTask<FamilyTask<Linear>> kEntry;

}  // namespace
}  // namespace rlreason::data
