// Task `multiplication`: the product of two whole numbers, by partial products.
//
//   47 * 36 = ?
//   terse  1410 282; # 1692                                        the partial products
//   full   47*30=1410; 47*6: 42 w2 c4, 24+4=28; 47*6=282; ...      digit by digit with what is written and carried,
//          then the column sum of the partial products
//
// Shift: digits of either factor, wording.  A problem is its factors in any order.
#include <algorithm>

#include "core/error.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

struct MultiplicationConfig {
  IntRange left_digits{2, 2}, right_digits{1, 2};
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using C = MultiplicationConfig;
    return std::tuple_cat(
        std::tuple{
            config::field(&C::left_digits, "left_digits", "digits of the first factor, 1..6"),
            config::field(&C::right_digits, "right_digits", "digits of the second factor, 1..6")},
        shared_fields<C>());
  }
  static void check(const MultiplicationConfig& config) {
    require_within("left_digits", config.left_digits, 1, 6);
    require_within("right_digits", config.right_digits, 1, 6);
  }
};

int64_t power_of_ten(int64_t exponent) {
  int64_t power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

struct Partial {
  int64_t digit, power, product;
};

// The nonzero digits of `right`, low first, each times `left`.
std::vector<Partial> partials_of(int64_t left, int64_t right) {
  std::vector<Partial> partials;
  int64_t power = 1;
  for (int64_t rest = right; rest > 0; rest /= 10, power *= 10)
    if (const int64_t digit = rest % 10; digit > 0)
      partials.push_back({digit, power, left * digit * power});
  return partials;
}

// "7*6=42 w2 c4": each digit of `left` times one digit; what is written, what is carried.
void write_digits(int64_t left, int64_t digit, std::vector<std::string>& steps) {
  int64_t carry = 0;
  for (int64_t rest = left; rest > 0; rest /= 10) {
    const int64_t d = rest % 10, value = d * digit + carry;
    const std::string plus = carry > 0 ? fmt::format("+{}", carry) : "";
    carry = value / 10;
    const std::string carried = carry > 0 ? fmt::format(" c{}", carry) : "";
    steps.push_back(fmt::format("{}*{}{}={} w{}{}", d, digit, plus, value, value % 10, carried));
  }
}

class Product : public Problem {
 public:
  Product(int64_t left, int64_t right) : left_(left), right_(right) {}

  std::string text(Wording wording) const override {
    switch (wording) {
      case Wording::question:
        return fmt::format("What is {} times {}?", left_, right_);
      case Wording::request:
        return fmt::format("Multiply {} by {}.", left_, right_);
      default:
        return fmt::format("{} * {} = ?", left_, right_);
    }
  }
  std::string gold() const override { return std::to_string(left_ * right_); }
  std::string key() const override {
    return fmt::format("{} {}", std::min(left_, right_), std::max(left_, right_));
  }
  std::string category() const override {
    return fmt::format("{}x{} digits", std::to_string(left_).size(), std::to_string(right_).size());
  }
  std::optional<int64_t> value() const override { return left_ * right_; }

  // The order of the factors and of the partial products makes traces differ.
  Solution solve(const Manner& manner, Sequence& random) const override {
    const bool swapped = manner.varied && chance(0.5, random);
    const int64_t left = swapped ? right_ : left_, right = swapped ? left_ : right_;
    std::vector<Partial> partials = partials_of(left, right);
    if (manner.varied && chance(0.5, random)) std::reverse(partials.begin(), partials.end());
    Solution solution{.steps = {}, .answer = gold()};
    std::vector<int64_t> products;
    for (const Partial& partial : partials) {
      products.push_back(partial.product);
      if (manner.style == Style::terse) continue;
      write_digits(left, partial.digit, solution.steps);
      solution.steps.push_back(
          fmt::format("{}*{}={}", left, partial.digit * partial.power, partial.product));
    }
    if (manner.style == Style::terse) solution.steps.push_back(joined(products, " "));
    int64_t sum = products.front();
    for (size_t i = 1; i < products.size() && manner.style != Style::terse; ++i) {
      solution.steps.push_back(fmt::format("{}+{}={}", sum, products[i], sum + products[i]));
      sum += products[i];
    }
    return solution;
  }

 private:
  int64_t left_, right_;
};

int64_t draw_factor(int64_t digits, Sequence& random) {
  return random.between(std::max<int64_t>(2, power_of_ten(digits - 1)), power_of_ten(digits) - 1);
}

struct Multiplication {
  static constexpr std::string_view kName = "multiplication";
  static constexpr std::string_view kSummary =
      "product of two numbers; solutions are partial products, digit by digit";
  using Config = MultiplicationConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    const int64_t left = draw_factor(config.left_digits.draw(random), random);
    const int64_t right = draw_factor(config.right_digits.draw(random), random);
    return std::make_unique<Product>(left, right);
  }
};

const RegisterTask<FamilyTask<Multiplication>> kEntry;

}  // namespace
}  // namespace rlreason::data
