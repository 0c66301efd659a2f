// Task `base`: a whole number from one base to another, through base 10.
//
//   352 in base 7 = ? in base 9
//   terse  3 26 184; 4 2 2; # 224                                  values digit by digit, then remainders
//   full   3; 3*7+5=26; 26*7+2=184; 184=20*9+4; 20=2*9+2; 2=0*9+2; # 224
//
// A step that is not needed (to or from base 10) is not written.  Digits above 9 are a-f ("13 is d").
// Shift: values, bases, wording.  A problem is its value and its two bases.
#include "core/error.h"
#include "datasets/tasks/digits.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

struct BaseConfig {
  IntRange values{10, 200}, from{2, 9}, to{10, 10};
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field;
    using C = BaseConfig;
    return std::tuple_cat(
        std::tuple{field(&C::values, "values", "the number, 1..1000000"),
                   field(&C::from, "from", "base in which it is given, 2..16"),
                   field(&C::to, "to", "base in which it is asked for, 2..16; never the same")},
        shared_fields<C>());
  }
  static void check(const BaseConfig& config) {
    require_within("values", config.values, 1, 1'000'000);
    require_within("from", config.from, 2, 16);
    require_within("to", config.to, 2, 16);
    if (config.from == config.to && config.from.low == config.from.high)
      throw UserError("required two different bases, only {} came; widen from or to",
                      config.from.low);
  }
};

class Conversion : public Problem {
 public:
  Conversion(int64_t value, int64_t from, int64_t to) : value_(value), from_(from), to_(to) {}

  std::string text(Wording wording) const override {
    const std::string given = in_base(value_, from_);
    switch (wording) {
      case Wording::question:
        return fmt::format("What is the base {} number {} in base {}?", from_, given, to_);
      case Wording::request:
        return fmt::format("Convert {} from base {} to base {}.", given, from_, to_);
      default:
        return fmt::format("{} in base {} = ? in base {}", given, from_, to_);
    }
  }
  std::string gold() const override { return in_base(value_, to_); }
  std::string key() const override { return fmt::format("{} {} {}", value_, from_, to_); }
  std::string category() const override {
    return fmt::format("{} to {}, {} digits", from_, to_, in_base(value_, from_).size());
  }
  std::optional<int64_t> value() const override {
    return to_ == 10 ? std::optional(value_) : std::nullopt;
  }

  Solution solve(const Manner& manner, Sequence&) const override {
    Solution solution{.steps = {}, .answer = gold()};
    const bool terse = manner.style == Style::terse;
    if (from_ != 10) read_digits(terse, solution.steps);
    if (to_ != 10) divide(terse, solution.steps);
    return solution;
  }

 private:
  void read_digits(bool terse, std::vector<std::string>& steps) const {
    std::vector<int64_t> digits, values;
    for (int64_t rest = value_; rest > 0; rest /= from_) digits.push_back(rest % from_);
    int64_t value = 0;
    for (size_t i = digits.size(); i-- > 0;) {
      const int64_t next = value * from_ + digits[i];
      if (!terse && digits[i] > 9)
        steps.push_back(fmt::format("{} is {}", digit_of(digits[i]), digits[i]));
      if (!terse)
        steps.push_back(i + 1 == digits.size()
                            ? std::to_string(next)
                            : fmt::format("{}*{}+{}={}", value, from_, digits[i], next));
      value = next;
      values.push_back(value);
    }
    if (terse) steps.push_back(joined(values, " "));
  }
  void divide(bool terse, std::vector<std::string>& steps) const {
    std::vector<int64_t> remainders;
    for (int64_t rest = value_; rest > 0; rest /= to_) {
      const int64_t digit = rest % to_;
      remainders.push_back(digit);
      if (terse) continue;
      steps.push_back(fmt::format("{}={}*{}+{}", rest, rest / to_, to_, digit));
      if (digit > 9) steps.push_back(fmt::format("{} is {}", digit, digit_of(digit)));
    }
    if (terse) steps.push_back(joined(remainders, " "));
  }

  int64_t value_, from_, to_;
};

struct Base {
  static constexpr std::string_view kName = "base";
  static constexpr std::string_view kSummary =
      "a number from one base to another; solutions read digits and divide";
  using Config = BaseConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    const int64_t value = config.values.draw(random);
    int64_t from = config.from.draw(random), to = config.to.draw(random);
    while (from == to) {
      from = config.from.draw(random);
      to = config.to.draw(random);
    }
    return std::make_unique<Conversion>(value, from, to);
  }
};

const RegisterTask<FamilyTask<Base>> kEntry;

}  // namespace
}  // namespace rlreason::data
