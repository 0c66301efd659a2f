// Task `modular`: nested brackets with + - *, every value taken modulo m.
//
//   ((3+5)*(7-2)) mod 11 = ?
//   terse  8 5 7; # 7                          the value of each bracket, innermost first
//   full   3+5=8; 7-2=5; 8*5=40 is 7; # 7      with the value before it is reduced
//
// One side of every bracket has the full remaining depth, the other one any depth.  Guessing is right once in m.
// Shift: depth, values, modulus, operators, wording.  A problem is its expression with sides of + and * in any order.
#include <algorithm>

#include "core/error.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

struct ModularConfig {
  IntRange depth{1, 2}, values{1, 9}, modulus{7, 13};
  std::string operators = "+-*";
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field, config::not_empty;
    using C = ModularConfig;
    return std::tuple_cat(std::tuple{field(&C::depth, "depth", "depth of the brackets, 1..5"),
                                     field(&C::values, "values", "the numbers, 0..999"),
                                     field(&C::modulus, "modulus", "the modulus, 2..1000"),
                                     field(&C::operators, "operators",
                                           "operators that occur, of + - *", not_empty())},
                          shared_fields<C>());
  }
  static void check(const ModularConfig& config) {
    require_within("depth", config.depth, 1, 5);
    require_within("values", config.values, 0, 999);
    require_within("modulus", config.modulus, 2, 1000);
    if (config.operators.find_first_not_of("+-*") != std::string::npos)
      throw UserError("operators: required some of + - *, '{}' came; drop the others",
                      config.operators);
  }
};

struct Bracket {
  int64_t value = 0;  // of a number, or modulo m after solving
  char op = 0;        // 0: a number
  std::unique_ptr<Bracket> left, right;
};

std::unique_ptr<Bracket> grow(const ModularConfig& config, int64_t depth, Sequence& random) {
  auto node = std::make_unique<Bracket>();
  if (depth == 0) {
    node->value = config.values.draw(random);
    return node;
  }
  const auto last = static_cast<int64_t>(config.operators.size()) - 1;
  node->op = config.operators[static_cast<size_t>(random.between(0, last))];
  const int64_t shallow = random.between(0, depth - 1);
  const bool left_deep = random.between(0, 1) == 0;
  node->left = grow(config, left_deep ? depth - 1 : shallow, random);
  node->right = grow(config, left_deep ? shallow : depth - 1, random);
  return node;
}

std::string written(const Bracket& node, bool outermost = true) {
  if (node.op == 0) return std::to_string(node.value);
  const std::string inner =
      fmt::format("{}{}{}", written(*node.left, false), node.op, written(*node.right, false));
  return outermost ? inner : "(" + inner + ")";
}

std::string canonical(const Bracket& node) {
  if (node.op == 0) return std::to_string(node.value);
  std::string left = canonical(*node.left), right = canonical(*node.right);
  if (node.op != '-' && right < left) std::swap(left, right);
  return fmt::format("({}{}{})", left, node.op, right);
}

int64_t brackets_in(const Bracket& node) {
  return node.op == 0 ? 0 : 1 + brackets_in(*node.left) + brackets_in(*node.right);
}

class Nested : public Problem {
 public:
  Nested(std::unique_ptr<Bracket> root, int64_t modulus)
      : root_(std::move(root)), modulus_(modulus) {
    Solution unused;
    answer_ = evaluate(*root_, false, false, unused.steps);
  }

  std::string text(Wording wording) const override {
    switch (wording) {
      case Wording::question:
        return fmt::format("What remains when {} is divided by {}?", written(*root_), modulus_);
      case Wording::request:
        return fmt::format("Calculate {} modulo {}.", written(*root_), modulus_);
      default:
        return fmt::format("({}) mod {} = ?", written(*root_), modulus_);
    }
  }
  std::string gold() const override { return std::to_string(answer_); }
  std::string key() const override { return fmt::format("{} {}", modulus_, canonical(*root_)); }
  std::string category() const override {
    return fmt::format("{} operations", brackets_in(*root_));
  }
  std::optional<int64_t> value() const override { return answer_; }

  Solution solve(const Manner& manner, Sequence& random) const override {
    Solution solution{.steps = {}, .answer = gold()};
    const bool terse = manner.style == Style::terse;
    const bool right_first = manner.varied && chance(0.5, random);
    evaluate(*root_, terse, right_first, solution.steps);
    if (terse) solution.steps = {joined(solution.steps, " ")};
    return solution;
  }

 private:
  int64_t reduced(int64_t value) const { return ((value % modulus_) + modulus_) % modulus_; }

  int64_t evaluate(const Bracket& node, bool terse, bool right_first,
                   std::vector<std::string>& steps) const {
    if (node.op == 0) return node.value;
    int64_t a = 0, b = 0;
    if (right_first) b = evaluate(*node.right, terse, right_first, steps);
    a = evaluate(*node.left, terse, right_first, steps);
    if (!right_first) b = evaluate(*node.right, terse, right_first, steps);
    const int64_t raw = node.op == '+' ? a + b : node.op == '-' ? a - b : a * b;
    const int64_t value = reduced(raw);
    if (terse)
      steps.push_back(std::to_string(value));
    else
      steps.push_back(value == raw ? fmt::format("{}{}{}={}", a, node.op, b, raw)
                                   : fmt::format("{}{}{}={} is {}", a, node.op, b, raw, value));
    return value;
  }

  std::unique_ptr<Bracket> root_;
  int64_t modulus_, answer_ = 0;
};

struct Modular {
  static constexpr std::string_view kName = "modular";
  static constexpr std::string_view kSummary =
      "nested brackets modulo m; solutions evaluate the innermost bracket first";
  using Config = ModularConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    const int64_t modulus = config.modulus.draw(random);
    return std::make_unique<Nested>(grow(config, config.depth.draw(random), random), modulus);
  }
};

const RegisterTask<FamilyTask<Modular>> kEntry;

}  // namespace
}  // namespace rlreason::data
