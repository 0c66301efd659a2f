// Task `gsm`: word problems from templates with drawn names, things and numbers.
//
//   Ben has 5 apples. Ben buys 3 bags with 4 apples each. Then Ben gives 2 apples to Ida. How many apples does Ben have now?
//   terse  12 17 15; # 15                   running values
//   full   3*4=12; 5+12=17; 17-2=15; # 15   equations
//
// The idea and the kinds of shift are those of GSM-Symbolic (arXiv:2410.05229): other names and numbers, one or two further
// clauses (P1, P2), a true clause of no use (NoOp).  The stories are our own (stories.h).  No value is negative or broken.
// A problem is its story, its numbers and its clauses; names, things and the useless clause do not matter.
#include "core/error.h"
#include "datasets/tasks/problem.h"
#include "datasets/tasks/stories.h"

namespace rlreason::data {
namespace {

constexpr int kAttempts = 100'000;

enum class Names { common, rare };

struct GsmConfig {
  IntRange values{2, 12}, clauses{0, 0};
  double noop = 0;
  Names names = Names::common;
  std::vector<std::string> stories;
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field, config::in, config::one_of;
    using C = GsmConfig;
    return std::tuple_cat(
        std::tuple{
            field(&C::values, "values", "the numbers in the story, 1..999"),
            field(&C::clauses, "clauses", "further clauses that count, 0..2 (P1, P2)"),
            field(&C::noop, "noop", "share of stories with a clause of no use", in(0.0, 1.0)),
            field(&C::names, "names", "which names occur", one_of({"common", "rare"})),
            field(&C::stories, "stories", "which stories occur; empty: all",
                  one_of({"bags", "wage", "seats", "boxes", "ride", "ages", "change", "pages"}))},
        shared_fields<C>());
  }
  static void check(const GsmConfig& config) {
    require_within("values", config.values, 1, 999);
    require_within("clauses", config.clauses, 0, 2);
    if (config.values.high < 2)
      throw UserError("values: required a high of at least 2, {} came; raise it",
                      config.values.high);
  }
};

struct Equation {
  int64_t left, right, result;
  char op;
  std::string text() const { return fmt::format("{}{}{}={}", left, op, right, result); }
};

// Letters a..e, n for the useless number, t and u for running values.
struct Values {
  std::map<char, int64_t> of;
};

int64_t value_at(const Values& values, std::string_view name) {
  return name[0] >= '0' && name[0] <= '9' ? std::stoll(std::string(name)) : values.of.at(name[0]);
}

// False where a value would be negative or broken.
bool apply(char op, int64_t left, int64_t right, std::vector<Equation>& done) {
  if (op == '/' && (right == 0 || left % right != 0)) return false;
  const int64_t result = op == '+'   ? left + right
                         : op == '-' ? left - right
                         : op == '*' ? left * right
                                     : left / right;
  done.push_back({left, right, result, op});
  return result >= 0;
}

bool compute(const Story& story, int64_t clauses, Values values, std::vector<Equation>& done) {
  for (const std::string_view equation : story.equations) {  // target=left op right
    const size_t at = equation.find_first_of("+-*/");
    if (!apply(equation[at], value_at(values, equation.substr(2, at - 2)),
               value_at(values, equation.substr(at + 1)), done))
      return false;
    values.of[equation[0]] = done.back().result;
  }
  for (int64_t i = 0; i < clauses; ++i) {
    const Clause& clause = story.clauses[static_cast<size_t>(i)];
    if (!apply(clause.op, done.back().result, values.of.at(clause.number), done)) return false;
  }
  return true;
}

class WordProblem : public Problem {
 public:
  WordProblem(const Story& story, Values values, int64_t clauses, bool noop,
              std::map<char, std::string> words, std::vector<Equation> equations)
      : story_(story),
        values_(std::move(values)),
        clauses_(clauses),
        noop_(noop),
        words_(std::move(words)),
        equations_(std::move(equations)) {}

  std::string text(Wording wording) const override {
    std::string body{story_.sentences};
    for (int64_t i = 0; i < clauses_; ++i)
      body += fmt::format(" {}", story_.clauses[static_cast<size_t>(i)].sentence);
    if (noop_) body += fmt::format(" {}", story_.noop);
    if (wording == Wording::question) return filled(fmt::format("{} {}", story_.question, body));
    return filled(
        fmt::format("{} {}", body, wording == Wording::request ? story_.request : story_.question));
  }
  std::string gold() const override { return std::to_string(equations_.back().result); }
  std::string key() const override {
    std::string key{story_.name};
    for (const char name : {'a', 'b', 'c'}) key += fmt::format(" {}", values_.of.at(name));
    for (int64_t i = 0; i < clauses_; ++i)
      key += fmt::format(" {}", values_.of.at(story_.clauses[static_cast<size_t>(i)].number));
    return key;
  }
  std::string category() const override {
    return fmt::format("{} P{}{}", story_.name, clauses_, noop_ ? " noop" : "");
  }
  std::optional<int64_t> value() const override { return equations_.back().result; }

  Solution solve(const Manner& manner, Sequence&) const override {
    Solution solution{.steps = {}, .answer = gold()};
    std::vector<int64_t> results;
    for (const Equation& equation : equations_) {
      results.push_back(equation.result);
      if (manner.style != Style::terse) solution.steps.push_back(equation.text());
    }
    if (manner.style == Style::terse) solution.steps.push_back(joined(results, " "));
    return solution;
  }

 private:
  std::string filled(const std::string& text) const {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '{') {
        out += text[i];
        continue;
      }
      const char name = text[i + 1];
      out += words_.contains(name) ? words_.at(name) : std::to_string(values_.of.at(name));
      i += 2;
    }
    return out;
  }

  const Story& story_;
  Values values_;
  int64_t clauses_;
  bool noop_;
  std::map<char, std::string> words_;
  std::vector<Equation> equations_;
};

const Story& draw_story(const GsmConfig& config, Sequence& random) {
  if (config.stories.empty()) return pick(stories(), random);
  const std::string& name = pick(config.stories, random);
  for (const Story& story : stories())
    if (story.name == name) return story;
  throw BugError("story '{}' is not known", name);
}

struct Gsm {
  static constexpr std::string_view kName = "gsm";
  static constexpr std::string_view kSummary =
      "word problems from templates with further and useless clauses; solutions are equations";
  using Config = GsmConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    const Story& story = draw_story(config, random);
    const int64_t clauses = config.clauses.draw(random);
    const bool noop = chance(config.noop, random);
    std::map<char, std::string> words;
    std::vector<std::string_view> people = names(config.names == Names::rare);
    random.shuffle(people);
    words['N'] = people[0];
    words['M'] = people[1];
    words['I'] = pick(story.things, random);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      Values values;
      for (const char name : {'a', 'b', 'c', 'd', 'e', 'n'})
        values.of[name] = config.values.draw(random);
      std::vector<Equation> equations;
      if (!compute(story, clauses, values, equations)) continue;
      return std::make_unique<WordProblem>(story, std::move(values), clauses, noop,
                                           std::move(words), std::move(equations));
    }
    throw UserError(
        "gsm: required numbers in {}..{} for which story '{}' has a whole answer of at least 0, {} "
        "draws gave none; change values or stories",
        config.values.low, config.values.high, story.name, kAttempts);
  }
};

const RegisterTask<FamilyTask<Gsm>> kEntry;

}  // namespace
}  // namespace rlreason::data
