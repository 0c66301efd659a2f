#include "datasets/tasks/expression.h"

#include <algorithm>
#include <numeric>

#include "datasets/tasks/answer.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

constexpr size_t kMostNumbers = 8;
constexpr int64_t kMostNumber = 1'000'000'000, kReferenceNodes = 4'000'000;
constexpr int kMostDepth = 64;

bool product(int64_t a, int64_t b, int64_t& out) { return !__builtin_mul_overflow(a, b, &out); }

std::optional<Fraction> reduced(int64_t top, int64_t bottom) {
  if (bottom == 0 || top == INT64_MIN || bottom == INT64_MIN) return std::nullopt;
  const int64_t divisor = std::gcd(top, bottom) * (bottom < 0 ? -1 : 1);
  return Fraction{top / divisor, bottom / divisor};
}

// expression := term {(+|-) term}; term := factor {(*|/) factor}; factor := number | "(" expression ")".
class ExpressionReader {
 public:
  ExpressionReader(std::string_view text, const std::string& operators)
      : reader_(text), operators_(operators) {}

  std::optional<Fraction> all() {
    const auto value = expression(0);
    if (value && !reader_.done())
      return fail("it is not an expression of numbers, + - * / and brackets");
    return value;
  }
  const std::vector<int64_t>& used() const { return used_; }
  const std::string& fault() const { return fault_; }

 private:
  std::optional<Fraction> fail(const char* fault) {
    if (fault_.empty()) fault_ = fault;
    return std::nullopt;
  }
  std::optional<Fraction> chain(int depth, std::string_view operators) {
    const bool sum = operators[0] == '+';
    auto value = sum ? chain(depth, "*/") : factor(depth);
    while (value && operators.find(reader_.peek()) != std::string_view::npos &&
           reader_.peek() != 0) {
      const char op = reader_.peek();
      reader_.take({&op, 1});
      if (operators_.find(op) == std::string::npos) return fail("an operator is not allowed");
      const auto right = sum ? chain(depth, "*/") : factor(depth);
      if (!right) return std::nullopt;
      value = combined(*value, op, *right);
      if (!value) return fail("a value does not exist or is too large");
    }
    return value;
  }
  std::optional<Fraction> expression(int depth) {
    if (depth > kMostDepth) return fail("brackets are too deep");
    return chain(depth, "+-");
  }
  std::optional<Fraction> factor(int depth) {
    if (reader_.take("(")) {
      const auto value = expression(depth + 1);
      if (value && !reader_.take(")")) return fail("a bracket is not closed");
      return value;
    }
    const bool zero = reader_.peek() == '0';
    int64_t number = 0;
    if (!reader_.take_number(number) || number > kMostNumber || (zero && number != 0))
      return fail("it is not an expression of numbers, + - * / and brackets");
    used_.push_back(number);
    return Fraction{number, 1};
  }

  Reader reader_;
  const std::string& operators_;
  std::vector<int64_t> used_;
  std::string fault_;
};

Verdict judge(const Question& question, std::string_view response) {
  const auto puzzle = puzzle_from(question.gold);
  if (!puzzle)
    return unscored("countdown", "the gold is not of the form '24 from 3 5 8 with +-*/'");
  return judge_marked("countdown", response, [&](std::string& answer) {
    std::erase(answer, ' ');
    return fault_of(*puzzle, answer);
  });
}

std::string reference(const Question& question) {
  const auto puzzle = puzzle_from(question.gold);
  if (!puzzle) return "";
  auto solution = solved(*puzzle, true, kReferenceNodes);
  if (!solution) solution = solved(*puzzle, false, kReferenceNodes);
  return solution ? "# " + solution->expression : "";
}

const RegisterVerifier kEntry{
    {.name = "countdown",
     .version = "1",
     .summary =
         "the expression after the last '#' has the target's value and uses each number once",
     .verify = judge,
     .reference = reference}};

bool whole_number(const Fraction& value) { return value.bottom == 1 && value.top >= 0; }

class Search {
 public:
  Search(const NumberPuzzle& puzzle, bool whole, int64_t nodes, Sequence* random)
      : puzzle_(puzzle), whole_(whole), nodes_(nodes), random_(random) {}

  std::optional<PuzzleSolution> run() {
    if (!descend(parts_of(puzzle_.numbers))) return std::nullopt;
    std::reverse(found_.steps.begin(), found_.steps.end());
    return found_;
  }

 private:
  bool descend(const std::vector<Part>& parts) {
    if (puzzle_.some || parts.size() == 1)
      for (const Part& part : parts)
        if (part.value == Fraction{puzzle_.target, 1}) return found_.expression = part.text, true;
    std::vector<Trial> trials;
    for (size_t i = 0; i < parts.size(); ++i)
      for (size_t j = 0; j < parts.size(); ++j)
        for (const char op : puzzle_.operators)
          if (i != j && (i < j || op == '-' || op == '/')) trials.push_back({i, j, op});
    if (random_ != nullptr) random_->shuffle(trials);
    for (const Trial& trial : trials) {
      if (--nodes_ < 0) return false;
      auto part = joined(parts[trial.i], trial.op, parts[trial.j]);
      if (!part || (whole_ && !whole_number(part->value))) continue;
      const Fraction result = part->value;
      const std::vector<Part> next = after(parts, trial.i, trial.j, std::move(*part));
      if (!descend(next)) continue;
      Combination step{parts[trial.i].value, parts[trial.j].value, result, trial.op, {}};
      for (const Part& left : next) step.left.push_back(left.value);
      found_.steps.push_back(std::move(step));
      return true;
    }
    return false;
  }

  const NumberPuzzle& puzzle_;
  bool whole_;
  int64_t nodes_;
  Sequence* random_;
  PuzzleSolution found_;
};

}  // namespace

std::optional<Fraction> combined(const Fraction& a, char op, const Fraction& b) {
  int64_t left = 0, right = 0, top = 0, bottom = 0;
  if (op == '*')
    return product(a.top, b.top, top) && product(a.bottom, b.bottom, bottom) ? reduced(top, bottom)
                                                                             : std::nullopt;
  if (op == '/')
    return product(a.top, b.bottom, top) && product(a.bottom, b.top, bottom) ? reduced(top, bottom)
                                                                             : std::nullopt;
  if (!product(a.top, b.bottom, left) || !product(b.top, a.bottom, right) ||
      !product(a.bottom, b.bottom, bottom))
    return std::nullopt;
  const bool overflow = op == '+' ? __builtin_add_overflow(left, right, &top)
                                  : __builtin_sub_overflow(left, right, &top);
  return overflow ? std::nullopt : reduced(top, bottom);
}

std::string written(const Fraction& value) {
  return value.bottom == 1 ? std::to_string(value.top)
                           : fmt::format("({}/{})", value.top, value.bottom);
}

std::string NumberPuzzle::gold() const {
  return fmt::format("{} from {}{} with {}", target, some ? "some of " : "",
                     data::joined(numbers, " "), operators);
}

std::optional<NumberPuzzle> puzzle_from(std::string_view gold) {
  NumberPuzzle puzzle;
  Reader reader(gold);
  if (!reader.take_number(puzzle.target) || !reader.take("from")) return std::nullopt;
  puzzle.some = reader.take("some of");
  for (int64_t number = 0; reader.take_number(number); puzzle.numbers.push_back(number))
    if (number > kMostNumber) return std::nullopt;
  if (puzzle.numbers.empty() || puzzle.numbers.size() > kMostNumbers || !reader.take("with"))
    return std::nullopt;
  puzzle.operators = reader.take_word();
  if (puzzle.operators.empty() || puzzle.operators.size() > 4 || !reader.done() ||
      puzzle.operators.find_first_not_of("+-*/") != std::string::npos)
    return std::nullopt;
  return puzzle;
}

std::string fault_of(const NumberPuzzle& puzzle, std::string_view expression) {
  ExpressionReader reader(expression, puzzle.operators);
  const auto value = reader.all();
  if (!value) return reader.fault();
  std::vector<int64_t> used = reader.used(), given = puzzle.numbers;
  std::sort(used.begin(), used.end());
  std::sort(given.begin(), given.end());
  if (puzzle.some ? !std::includes(given.begin(), given.end(), used.begin(), used.end())
                  : used != given)
    return puzzle.some ? "a number is not given or used too often"
                       : "the numbers are not the given ones, each used once";
  return *value == Fraction{puzzle.target, 1} ? "" : "the value is " + written(*value);
}

std::string Combination::text() const {
  return fmt::format("{}{}{}={}", written(a), op, written(b), written(result));
}

std::optional<Part> joined(const Part& a, char op, const Part& b) {
  const auto value = combined(a.value, op, b.value);
  if (!value) return std::nullopt;
  const auto sum = [](const Part& part) { return part.op == '+' || part.op == '-'; };
  const bool tight = op == '*' || op == '/';
  const bool left = tight && sum(a);
  const bool right =
      (tight && sum(b)) || (op == '-' && sum(b)) || (op == '/' && (b.op == '*' || b.op == '/'));
  return Part{*value,
              fmt::format("{}{}{}{}{}{}{}", left ? "(" : "", a.text, left ? ")" : "", op,
                          right ? "(" : "", b.text, right ? ")" : ""),
              op};
}

std::vector<Part> parts_of(const std::vector<int64_t>& numbers) {
  std::vector<Part> parts;
  for (const int64_t number : numbers) parts.push_back({{number, 1}, std::to_string(number), 0});
  return parts;
}

std::vector<Part> after(const std::vector<Part>& parts, size_t i, size_t j, Part combination) {
  std::vector<Part> left;
  for (size_t k = 0; k < parts.size(); ++k)
    if (k != i && k != j) left.push_back(parts[k]);
  left.push_back(std::move(combination));
  return left;
}

Trial draw_trial(size_t count, std::string_view operators, Sequence& random) {
  const auto parts = static_cast<int64_t>(count), signs = static_cast<int64_t>(operators.size());
  Trial trial;
  trial.i = static_cast<size_t>(random.between(0, parts - 1));
  trial.j = static_cast<size_t>(random.between(0, parts - 2));
  if (trial.j >= trial.i) ++trial.j;
  trial.op = operators[static_cast<size_t>(random.between(0, signs - 1))];
  return trial;
}

std::optional<PuzzleSolution> solved(const NumberPuzzle& puzzle, bool whole, int64_t nodes,
                                     Sequence* random) {
  return Search(puzzle, whole, nodes, random).run();
}

}  // namespace rlreason::data
