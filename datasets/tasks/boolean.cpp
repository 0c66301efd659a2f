// Task `boolean`: the truth value of formulas under given values.
//
//   a=T b=F c=T: (a&b)|!c = ?
//   terse  F F F; # F                    the value of each part, innermost first
//   full   T&F=F; !T=F; F|F=F; # F       with the values that are joined
//
// Operators: & and, | or, ^ exclusive or, > implies, ! not.  With `formulas` > 1 several are asked over the same values and
// the answer is a string such as FTT: one formula is guessed right in half of the cases, five in one of 32.
// Shift: depth, variables, an operator not seen before, formulas, wording.  A problem is its values and its formulas with
// sides of & | ^ in any order.
#include <algorithm>

#include "core/error.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

struct BooleanConfig {
  IntRange variables{2, 3}, depth{1, 2}, formulas{3, 3};
  std::string operators = "&|";
  bool negation = true;
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field, config::not_empty;
    using C = BooleanConfig;
    return std::tuple_cat(
        std::tuple{
            field(&C::variables, "variables", "how many variables, 1..8"),
            field(&C::depth, "depth", "depth of a formula, 1..5"),
            field(&C::formulas, "formulas", "how many formulas are asked, 1..8"),
            field(&C::operators, "operators", "operators that occur, of & | ^ >", not_empty()),
            field(&C::negation, "negation", "variables and brackets may be negated")},
        shared_fields<C>());
  }
  static void check(const BooleanConfig& config) {
    require_within("variables", config.variables, 1, 8);
    require_within("depth", config.depth, 1, 5);
    require_within("formulas", config.formulas, 1, 8);
    if (config.operators.find_first_not_of("&|^>") != std::string::npos)
      throw UserError("operators: required some of & | ^ >, '{}' came; drop the others",
                      config.operators);
  }
};

struct Formula {
  bool negated = false;
  int64_t variable = 0;
  char op = 0;  // 0: a variable
  std::unique_ptr<Formula> left, right;
};

std::unique_ptr<Formula> grow(const BooleanConfig& config, int64_t variables, int64_t depth,
                              Sequence& random) {
  auto formula = std::make_unique<Formula>();
  formula->negated = random.between(0, 3) == 0 && config.negation;
  if (depth == 0) {
    formula->variable = random.between(0, variables - 1);
    return formula;
  }
  const auto last = static_cast<int64_t>(config.operators.size()) - 1;
  formula->op = config.operators[static_cast<size_t>(random.between(0, last))];
  const int64_t shallow = random.between(0, depth - 1);
  const bool left_deep = random.between(0, 1) == 0;
  formula->left = grow(config, variables, left_deep ? depth - 1 : shallow, random);
  formula->right = grow(config, variables, left_deep ? shallow : depth - 1, random);
  Formula &left = *formula->left, &right = *formula->right;
  if (left.op == 0 && right.op == 0 && left.variable == right.variable)
    right.variable = (right.variable + 1) % variables;
  return formula;
}

std::string variable_name(int64_t index) { return {static_cast<char>('a' + index)}; }

std::string word_of(char op) {
  switch (op) {
    case '&':
      return " and ";
    case '|':
      return " or ";
    case '^':
      return " xor ";
    default:
      return " implies ";
  }
}

std::string written(const Formula& formula, bool words, bool outermost = true) {
  const std::string no = !formula.negated ? "" : words ? "not " : "!";
  if (formula.op == 0) return no + variable_name(formula.variable);
  const std::string inner = written(*formula.left, words, false) +
                            (words ? word_of(formula.op) : std::string(1, formula.op)) +
                            written(*formula.right, words, false);
  return outermost && !formula.negated ? inner : fmt::format("{}({})", no, inner);
}

std::string canonical(const Formula& formula) {
  const std::string no = formula.negated ? "!" : "";
  if (formula.op == 0) return no + variable_name(formula.variable);
  std::string left = canonical(*formula.left), right = canonical(*formula.right);
  if (formula.op != '>' && right < left) std::swap(left, right);
  return fmt::format("{}({}{}{})", no, left, formula.op, right);
}

char truth(bool value) { return value ? 'T' : 'F'; }

// Values of all parts, innermost first.
class Evaluation {
 public:
  Evaluation(const std::vector<bool>& values, bool terse, bool right_first,
             std::vector<std::string>& steps)
      : values_(values), terse_(terse), right_first_(right_first), steps_(steps) {}

  bool value(const Formula& formula) {
    bool result;
    if (formula.op == 0) {
      result = values_[static_cast<size_t>(formula.variable)];
    } else {
      bool a = false, b = false;
      if (right_first_) b = value(*formula.right);
      a = value(*formula.left);
      if (!right_first_) b = value(*formula.right);
      result = joined_by(formula.op, a, b);
      say(fmt::format("{}{}{}", truth(a), formula.op, truth(b)), result);
    }
    if (!formula.negated) return result;
    say(fmt::format("!{}", truth(result)), !result);
    return !result;
  }

 private:
  static bool joined_by(char op, bool a, bool b) {
    if (op == '&') return a && b;
    if (op == '|') return a || b;
    return op == '^' ? a != b : !a || b;
  }
  void say(const std::string& what, bool result) {
    steps_.push_back(terse_ ? std::string(1, truth(result))
                            : fmt::format("{}={}", what, truth(result)));
  }

  const std::vector<bool>& values_;
  bool terse_, right_first_;
  std::vector<std::string>& steps_;
};

class Formulas : public Problem {
 public:
  Formulas(std::vector<bool> values, std::vector<std::unique_ptr<Formula>> formulas, int64_t depth)
      : values_(std::move(values)), formulas_(std::move(formulas)), depth_(depth) {
    std::vector<std::string> unused;
    for (const auto& formula : formulas_)
      answer_ += truth(Evaluation(values_, true, false, unused).value(*formula));
  }

  std::string text(Wording wording) const override {
    const bool words = wording != Wording::symbols;
    std::vector<std::string> given, asked;
    for (size_t i = 0; i < values_.size(); ++i) {
      const std::string name = variable_name(static_cast<int64_t>(i));
      given.push_back(words ? fmt::format("{} is {}", name, values_[i] ? "true" : "false")
                            : fmt::format("{}={}", name, truth(values_[i])));
    }
    for (const auto& formula : formulas_) asked.push_back(written(*formula, words));
    if (!words) return fmt::format("{}: {} = ?", joined(given, " "), joined(asked, ", "));
    if (wording == Wording::question)
      return fmt::format("If {}, what is {}? Answer T or F for each.", joined(given, " and "),
                         joined(asked, "; "));
    return fmt::format("Given that {}, evaluate {}. Write T or F for each.", joined(given, ", "),
                       joined(asked, "; "));
  }
  std::string gold() const override { return answer_; }
  std::string key() const override {
    std::string key;
    for (const bool value : values_) key += truth(value);
    for (const auto& formula : formulas_) key += " " + canonical(*formula);
    return key;
  }
  std::string category() const override {
    return fmt::format("{} formulas of depth {}", formulas_.size(), depth_);
  }
  std::string near_miss(const std::string& answer, Sequence& random) const override {
    std::string other = answer;
    char& c = other[static_cast<size_t>(random.between(0, static_cast<int64_t>(other.size()) - 1))];
    c = c == 'T' ? 'F' : 'T';
    return other;
  }

  Solution solve(const Manner& manner, Sequence& random) const override {
    Solution solution{.steps = {}, .answer = answer_};
    const bool terse = manner.style == Style::terse;
    const bool right_first = manner.varied && chance(0.5, random);
    for (const auto& formula : formulas_) {
      std::vector<std::string> steps;
      const bool value = Evaluation(values_, terse, right_first, steps).value(*formula);
      if (steps.empty()) steps.push_back(std::string(1, truth(value)));
      if (terse) steps = {joined(steps, " ")};
      solution.steps.insert(solution.steps.end(), steps.begin(), steps.end());
    }
    return solution;
  }

 private:
  std::vector<bool> values_;
  std::vector<std::unique_ptr<Formula>> formulas_;
  int64_t depth_;
  std::string answer_;
};

struct Boolean {
  static constexpr std::string_view kName = "boolean";
  static constexpr std::string_view kSummary =
      "truth values of formulas; solutions evaluate the innermost part first";
  using Config = BooleanConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    std::vector<bool> values;
    const int64_t variables = config.variables.draw(random);
    for (int64_t i = 0; i < variables; ++i) values.push_back(random.between(0, 1) == 1);
    const int64_t depth = config.depth.draw(random);
    std::vector<std::unique_ptr<Formula>> formulas;
    for (int64_t i = config.formulas.draw(random); i > 0; --i)
      formulas.push_back(grow(config, variables, depth, random));
    return std::make_unique<Formulas>(std::move(values), std::move(formulas), depth);
  }
};

const RegisterTask<FamilyTask<Boolean>> kEntry;

}  // namespace
}  // namespace rlreason::data
