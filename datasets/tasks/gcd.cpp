// Task `gcd`: the greatest common divisor of two or more numbers, by Euclid's divisions.
//
//   gcd(84, 36) = ?
//   terse  84 36 12 0; # 12                    the remainders
//   full   84=2*36+12; 36=3*12+0; # 12         every division
//
// With more numbers the divisor so far meets the next one.  Shift: values, the number of arguments, wording.
// A problem is its numbers in any order.
#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

struct GcdConfig {
  IntRange values{10, 99};
  int64_t arguments = 2;
  IntRange common{1, 12};
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field, config::in;
    using C = GcdConfig;
    return std::tuple_cat(
        std::tuple{field(&C::values, "values", "the numbers, within 1..999999"),
                   field(&C::arguments, "arguments", "how many numbers", in(2, 5)),
                   field(&C::common, "common", "a factor that all numbers are given")},
        shared_fields<C>());
  }
  static void check(const GcdConfig& config) {
    require_within("values", config.values, 1, 999'999);
    require_within("common", config.common, 1, config.values.high);
  }
};

class GcdProblem : public Problem {
 public:
  explicit GcdProblem(std::vector<int64_t> numbers) : numbers_(std::move(numbers)) {
    for (const int64_t number : numbers_) gcd_ = std::gcd(gcd_, number);
  }

  std::string text(Wording wording) const override {
    switch (wording) {
      case Wording::question:
        return fmt::format("What is the greatest common divisor of {}?", listed(numbers_));
      case Wording::request:
        return fmt::format("Find the largest number that divides {}.", listed(numbers_));
      default:
        return fmt::format("gcd({}) = ?", joined(numbers_, ", "));
    }
  }
  std::string gold() const override { return std::to_string(gcd_); }
  std::string key() const override {
    std::vector<int64_t> sorted = numbers_;
    std::sort(sorted.begin(), sorted.end());
    return joined(sorted, " ");
  }
  std::string category() const override {
    return fmt::format("{} divisions", solve({.style = Style::full}, 0).steps.size());
  }
  std::optional<int64_t> value() const override { return gcd_; }

  // Another order of the numbers is another trace.
  Solution solve(const Manner& manner, Sequence& random) const override {
    const int64_t last = static_cast<int64_t>(numbers_.size()) - 1;
    return solve(manner, manner.varied ? static_cast<size_t>(random.between(0, last)) : 0);
  }

 private:
  Solution solve(const Manner& manner, size_t first) const {
    Solution solution{.steps = {}, .answer = gold()};
    int64_t divisor = numbers_[first];
    for (size_t i = 1; i < numbers_.size(); ++i) {
      int64_t a = divisor, b = numbers_[(first + i) % numbers_.size()];
      if (a < b) std::swap(a, b);
      std::string remainders = fmt::format("{} {}", a, b);
      while (b != 0) {
        if (manner.style != Style::terse)
          solution.steps.push_back(fmt::format("{}={}*{}+{}", a, a / b, b, a % b));
        a = std::exchange(b, a % b);
        remainders += fmt::format(" {}", b);
      }
      if (manner.style == Style::terse) solution.steps.push_back(remainders);
      divisor = a;
    }
    return solution;
  }

  std::vector<int64_t> numbers_;
  int64_t gcd_ = 0;
};

struct Gcd {
  static constexpr std::string_view kName = "gcd";
  static constexpr std::string_view kSummary =
      "greatest common divisor; solutions are Euclid's divisions";
  using Config = GcdConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    const int64_t common = config.common.draw(random);
    const int64_t low = std::max<int64_t>(1, (config.values.low + common - 1) / common);
    const int64_t high = std::max(low, config.values.high / common);
    std::vector<int64_t> numbers;
    for (int64_t i = 0; i < config.arguments; ++i)
      numbers.push_back(common * random.between(low, high));
    return std::make_unique<GcdProblem>(std::move(numbers));
  }
};

const RegisterTask<FamilyTask<Gcd>> kEntry;

}  // namespace
}  // namespace rlreason::data
