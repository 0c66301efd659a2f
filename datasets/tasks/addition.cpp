// Task `addition`: a chain of sums and differences in any base, by columns.
//
//   47 + 85 - 12 = ?                    base 7: 46 + 55 = ?
//   terse  132; 120; # 120              the running totals
//   full   7+5=12 w2 c1; 4+8+1=13 w3 c1; 47+85=132; 2-2=0 w0; 3-1=2 w2; 1 w1; 132-12=120; # 120
//
// Columns go from the low digit: w is what is written, c the carry, b the borrow.  All numbers are in the problem's base
// (digits 0-9a-f).  No running total is negative: a term that would make it so is added.  Shift: digits, terms, base,
// operators, wording.  A problem is its base and its added and taken terms in any order.
#include <algorithm>

#include "core/error.h"
#include "datasets/tasks/digits.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

enum class Operators { plus, plus_minus };

struct AdditionConfig {
  IntRange digits{1, 3}, terms{2, 3};
  int64_t base = 10;
  Operators operators = Operators::plus;
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field, config::in, config::one_of;
    using C = AdditionConfig;
    return std::tuple_cat(
        std::tuple{field(&C::digits, "digits", "digits of a term, 1..9"),
                   field(&C::terms, "terms", "how many terms, 2..16"),
                   field(&C::base, "base", "base in which the numbers are written", in(2, 16)),
                   field(&C::operators, "operators", "which operators occur", one_of({"+", "+-"}))},
        shared_fields<C>());
  }
  static void check(const AdditionConfig& config) {
    require_within("digits", config.digits, 1, 9);
    require_within("terms", config.terms, 2, 16);
  }
};

struct Term {
  bool minus = false;
  int64_t value = 0;
};

// The columns of a + b or a - b, low digit first.
class Columns {
 public:
  Columns(int64_t a, int64_t b, bool minus, int64_t base, std::vector<std::string>& steps)
      : base_(base), steps_(steps) {
    int64_t over = 0;  // carry or borrow
    for (; a > 0 || b > 0; a /= base, b /= base) {
      const int64_t x = a % base, y = b % base;
      over = minus ? subtract(x, b > 0, y, over) : add(x, a > 0, y, b > 0, over);
    }
  }

 private:
  int64_t add(int64_t x, bool has_x, int64_t y, bool has_y, int64_t carry) {
    std::vector<std::string> parts;
    if (has_x) parts.push_back(in_base(x, base_));
    if (has_y) parts.push_back(in_base(y, base_));
    if (carry > 0) parts.push_back(in_base(carry, base_));
    const int64_t sum = x + y + carry;
    write(joined(parts, "+"), parts.size() > 1, sum, sum % base_);
    if (sum >= base_) steps_.back() += " c1";
    return sum / base_;
  }
  int64_t subtract(int64_t x, bool has_y, int64_t y, int64_t borrow) {
    std::string text = in_base(x, base_);
    if (has_y) text += "-" + in_base(y, base_);
    if (borrow > 0) text += "-1";
    const int64_t taken = x - y - borrow, lent = taken < 0 ? 1 : 0;
    if (lent > 0) text += "+10";
    write(text, has_y || borrow > 0, taken + lent * base_, taken + lent * base_);
    if (lent > 0) steps_.back() += " b1";
    return lent;
  }
  void write(const std::string& text, bool computed, int64_t value, int64_t low) {
    steps_.push_back(computed ? fmt::format("{}={} w{}", text, in_base(value, base_), digit_of(low))
                              : fmt::format("{} w{}", text, digit_of(low)));
  }

  int64_t base_;
  std::vector<std::string>& steps_;
};

class Sum : public Problem {
 public:
  Sum(std::vector<Term> terms, int64_t base) : terms_(std::move(terms)), base_(base) {
    for (const Term& term : terms_) total_ += term.minus ? -term.value : term.value;
  }

  std::string text(Wording wording) const override {
    const std::string base = base_ == 10 ? "" : fmt::format("base {}: ", base_);
    switch (wording) {
      case Wording::question:
        return base_ == 10 ? fmt::format("What is {}?", expression())
                           : fmt::format("In base {}, what is {}?", base_, expression());
      case Wording::request:
        return base_ == 10 ? fmt::format("Work out {}.", expression())
                           : fmt::format("Work out {} in base {}.", expression(), base_);
      default:
        return fmt::format("{}{} = ?", base, expression());
    }
  }
  std::string gold() const override { return in_base(total_, base_); }
  std::string key() const override {
    std::vector<int64_t> added, taken;
    for (const Term& term : terms_) (term.minus ? taken : added).push_back(term.value);
    std::sort(added.begin(), added.end());
    std::sort(taken.begin(), taken.end());
    return fmt::format("{} + {} - {}", base_, joined(added, " "), joined(taken, " "));
  }
  std::string category() const override {
    size_t digits = 0;
    for (const Term& term : terms_) digits = std::max(digits, in_base(term.value, base_).size());
    return fmt::format("{} terms, {} digits", terms_.size(), digits);
  }
  std::optional<int64_t> value() const override {
    return base_ == 10 ? std::optional(total_) : std::nullopt;
  }

  Solution solve(const Manner& manner, Sequence& random) const override {
    std::vector<Term> order = terms_;
    if (manner.varied) reorder(order, random);
    Solution solution{.steps = {}, .answer = gold()};
    int64_t total = order.front().value;
    for (size_t i = 1; i < order.size(); ++i) {
      const auto [minus, value] = order[i];
      const int64_t next = minus ? total - value : total + value;
      if (manner.style != Style::terse) {
        Columns(total, value, minus, base_, solution.steps);
        solution.steps.push_back(fmt::format("{}{}{}={}", in_base(total, base_), minus ? '-' : '+',
                                             in_base(value, base_), in_base(next, base_)));
      } else {
        solution.steps.push_back(in_base(next, base_));
      }
      total = next;
    }
    return solution;
  }

 private:
  std::string expression() const {
    std::string out = in_base(terms_.front().value, base_);
    for (size_t i = 1; i < terms_.size(); ++i)
      out += (terms_[i].minus ? " - " : " + ") + in_base(terms_[i].value, base_);
    return out;
  }
  // Added terms in any order, then the taken ones: no total gets negative.
  static void reorder(std::vector<Term>& terms, Sequence& random) {
    random.shuffle(terms);
    std::stable_partition(terms.begin(), terms.end(), [](const Term& term) { return !term.minus; });
  }

  std::vector<Term> terms_;
  int64_t base_, total_ = 0;
};

struct Addition {
  static constexpr std::string_view kName = "addition";
  static constexpr std::string_view kSummary =
      "chain of sums and differences in any base; solutions go column by column";
  using Config = AdditionConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    std::vector<Term> terms;
    int64_t total = 0;
    const int64_t count = config.terms.draw(random);
    for (int64_t i = 0; i < count; ++i) {
      int64_t low = 1;
      for (int64_t digits = config.digits.draw(random); digits > 1; --digits) low *= config.base;
      const int64_t value = random.between(low, low * config.base - 1);
      const bool minus = random.between(0, 1) == 1 && i > 0 && value <= total &&
                         config.operators == Operators::plus_minus;
      total += minus ? -value : value;
      terms.push_back({minus, value});
    }
    return std::make_unique<Sum>(std::move(terms), config.base);
  }
};

const RegisterTask<FamilyTask<Addition>> kEntry;

}  // namespace
}  // namespace rlreason::data
