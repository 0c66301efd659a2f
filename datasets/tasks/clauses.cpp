#include "datasets/tasks/clauses.h"

#include <algorithm>

#include "datasets/tasks/answer.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

constexpr int64_t kMostVariables = 26, kReferenceDecisions = 1'000'000;
constexpr size_t kMostClauses = 512;
constexpr char kOpen = '.';

Verdict judge(const Question& question, std::string_view response) {
  const auto clauses = clauses_from(question.gold);
  if (!clauses) return unscored("sat", "the gold is not of the form '3: a -b c, -a b c'");
  return judge_marked("sat", response, [&](std::string& answer) -> std::string {
    if (answer.size() != clauses->variables || answer.find_first_not_of("01") != std::string::npos)
      return fmt::format("the answer is not {} bits", clauses->variables);
    for (const Clause& clause : clauses->all)
      if (!holds(clause, answer)) return fmt::format("{} does not hold", written(clause, "|"));
    return "";
  });
}

std::string reference(const Question& question) {
  const auto clauses = clauses_from(question.gold);
  if (!clauses) return "";
  const auto found = decided(*clauses, std::string(clauses->variables, '1'), kReferenceDecisions);
  return found ? "# " + found->bits : "";
}

const RegisterVerifier kEntry{{.name = "sat",
                               .version = "1",
                               .summary = "the bits after the last '#' satisfy every clause",
                               .verify = judge,
                               .reference = reference}};

class Dpll {
 public:
  Dpll(const Clauses& clauses, const std::string& preferred, int64_t decisions)
      : clauses_(clauses), preferred_(preferred), decisions_(decisions) {}

  std::optional<Decided> run() {
    std::string bits(clauses_.variables, kOpen);
    if (!descend(bits)) return std::nullopt;
    return Decided{std::move(bits), std::move(steps_)};
  }

 private:
  static bool true_under(const Literal& literal, const std::string& bits) {
    return bits[literal.variable] == (literal.negated ? '0' : '1');
  }
  void set(std::string& bits, size_t variable, char bit, const std::string& how) {
    bits[variable] = bit;
    const std::string name = written(Literal{variable, false});
    steps_.push_back(how.empty() ? fmt::format("try {}={}", name, bit)
                                 : fmt::format("{}={} by {}", name, bit, how));
  }
  // False on a conflict; repeats until no clause is unit.
  bool propagate(std::string& bits) {
    for (bool changed = true; changed;) {
      changed = false;
      for (const Clause& clause : clauses_.all) {
        const Literal* open = nullptr;
        int64_t count = 0;
        bool satisfied = false;
        for (const Literal& literal : clause) {
          if (true_under(literal, bits)) satisfied = true;
          if (bits[literal.variable] == kOpen) ++count, open = &literal;
        }
        if (satisfied || count > 1) continue;
        if (count == 0) return steps_.push_back("conflict " + written(clause, "|") + " no"), false;
        set(bits, open->variable, open->negated ? '0' : '1', written(clause, "|"));
        changed = true;
      }
    }
    return true;
  }
  bool descend(std::string& bits) {
    if (!propagate(bits)) return false;
    const size_t variable = bits.find(kOpen);
    if (variable == std::string::npos) return true;
    const char first = preferred_[variable];
    for (const char bit : {first, first == '1' ? '0' : '1'}) {
      if (--decisions_ < 0) return false;
      std::string tried = bits;
      set(tried, variable, bit, "");
      if (descend(tried)) return bits = tried, true;
    }
    return false;
  }

  const Clauses& clauses_;
  const std::string& preferred_;
  int64_t decisions_;
  std::vector<std::string> steps_;
};

}  // namespace

std::string written(const Literal& literal) {
  return std::string(literal.negated ? "-" : "") + static_cast<char>('a' + literal.variable);
}

std::string written(const Clause& clause, std::string_view between) {
  std::vector<std::string> parts;
  for (const Literal& literal : clause) parts.push_back(written(literal));
  return joined(parts, between);
}

bool holds(const Clause& clause, const std::string& bits) {
  return std::any_of(clause.begin(), clause.end(), [&](const Literal& literal) {
    return bits[literal.variable] == (literal.negated ? '0' : '1');
  });
}

std::string Clauses::gold() const {
  std::vector<std::string> parts;
  for (const Clause& clause : all) parts.push_back(written(clause, " "));
  return fmt::format("{}: {}", variables, joined(parts, ", "));
}

std::optional<Clauses> clauses_from(std::string_view gold) {
  Clauses clauses;
  Reader reader(gold);
  int64_t variables = 0;
  if (!reader.take_number(variables) || variables < 1 || variables > kMostVariables ||
      !reader.take(":"))
    return std::nullopt;
  clauses.variables = static_cast<size_t>(variables);
  do {
    Clause clause;
    while (reader.peek() != ',' && !reader.done()) {
      const bool negated = reader.take("-");
      const char name = reader.peek();
      if (name < 'a' || name >= 'a' + variables) return std::nullopt;
      reader.take({&name, 1});
      clause.push_back({static_cast<size_t>(name - 'a'), negated});
    }
    if (clause.empty() || clause.size() > kMostVariables || clauses.all.size() == kMostClauses)
      return std::nullopt;
    clauses.all.push_back(std::move(clause));
  } while (reader.take(","));
  return clauses;
}

std::optional<Decided> decided(const Clauses& clauses, const std::string& preferred,
                               int64_t decisions) {
  return Dpll(clauses, preferred, decisions).run();
}

}  // namespace rlreason::data
