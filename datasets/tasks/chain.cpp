// Task `chain`: two problems of other tasks, where the second one needs the answer of the first.
//
//   X = [gcd(84, 36) = ?] [(X-5) * 36 = ?]               settings: first {task: gcd}, second {task: multiplication}
//   full   84=2*36+12; 36=3*12+0; X=12; X-5=7; ...; # 252
//
// The first answer must be a whole number (Problem::value).  One number of the second problem's text is written as X and a
// difference, so any two families fit.  Style, errors and traces are those of this task's expert; the settings of the parts
// decide about difficulty.  Wording belongs to the parts too: symbols here.
// Shift: composition of families that were trained apart.  A problem is its two problems.
#include "core/error.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

constexpr int kAttempts = 1000;

config::Node task_named(const char* name) {
  config::Node node = config::Node::make_map();
  node.put("task", config::Node::make_scalar(name, true));
  return node;
}

struct ChainConfig {
  config::Node first = task_named("gcd"), second = task_named("multiplication");
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field;
    using C = ChainConfig;
    return std::tuple_cat(
        std::tuple{
            field(&C::first, "first", "task whose answer is X, and its settings beside `task`"),
            field(&C::second, "second", "task that needs X, and its settings beside `task`")},
        shared_fields<C>());
  }
};

ProblemTask::Draw problems_of(const config::Node& part, std::string_view which) {
  const config::Node* name = part.find("task");
  if (name == nullptr)
    throw UserError("{}: required a task, found none; write {}: {{task: gcd}}", which, which);
  const auto* task = dynamic_cast<const ProblemTask*>(&find_task(name->text()));
  if (task == nullptr)
    throw UserError("{}: required a task of problems, '{}' came; take another one", which,
                    name->text());
  config::Node settings = part;
  settings.erase("task");
  return task->problems(settings);
}

bool digit(char c) { return c >= '0' && c <= '9'; }
// What a number must not touch to stand alone: x2, x^2, a 1 in the row 1.34/.
bool touches(char c) {
  return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("^./").find(c) != std::string_view::npos;
}

// Whole numbers that stand alone in a text: begin and length.
std::vector<std::pair<size_t, size_t>> numbers_in(const std::string& text) {
  std::vector<std::pair<size_t, size_t>> found;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!digit(text[i])) continue;
    size_t end = i;
    while (end < text.size() && digit(text[end])) ++end;
    const bool alone =
        (i == 0 || !touches(text[i - 1])) && (end == text.size() || !touches(text[end]));
    if (alone && end - i <= 9) found.emplace_back(i, end - i);
    i = end;
  }
  return found;
}

class Chained : public Problem {
 public:
  // REQUIRES: first->value(); at, length: a number in the symbols of `second`.
  Chained(std::unique_ptr<Problem> first, std::unique_ptr<Problem> second, size_t at, size_t length)
      : first_(std::move(first)), second_(std::move(second)) {
    const std::string text = second_->text(Wording::symbols);
    number_ = std::stoll(text.substr(at, length));
    const int64_t difference = number_ - *first_->value();
    needed_ = difference == 0 ? "X" : fmt::format("X{:+}", difference);
    asked_ = text.substr(0, at) + (difference == 0 ? needed_ : "(" + needed_ + ")") +
             text.substr(at + length);
  }

  std::string text(Wording wording) const override {
    const std::string given = first_->text(Wording::symbols);
    switch (wording) {
      case Wording::question:
        return fmt::format("If X is the answer to [{}], what is the answer to [{}]?", given,
                           asked_);
      case Wording::request:
        return fmt::format("Find X: [{}]. With it solve [{}].", given, asked_);
      default:
        return fmt::format("X = [{}] [{}]", given, asked_);
    }
  }
  std::string gold() const override { return second_->gold(); }
  std::string verifier() const override { return second_->verifier(); }
  std::string key() const override {
    return first_->key() + " | " + second_->key() + " | " + asked_;
  }
  std::string category() const override { return first_->category() + " + " + second_->category(); }
  std::optional<int64_t> value() const override { return second_->value(); }
  bool searches() const override { return first_->searches() && second_->searches(); }
  std::string near_miss(const std::string& answer, Sequence& random) const override {
    return second_->near_miss(answer, random);
  }
  Solution solve(const Manner& manner, Sequence& random) const override {
    Solution one = first_->solve(manner, random);
    const Solution two = second_->solve(manner, random);
    one.steps.push_back(fmt::format("X={}", one.answer));
    if (needed_ != "X") one.steps.push_back(fmt::format("{}={}", needed_, number_));
    one.steps.insert(one.steps.end(), two.steps.begin(), two.steps.end());
    one.answer = two.answer;
    return one;
  }

 private:
  std::unique_ptr<Problem> first_, second_;
  int64_t number_ = 0;
  std::string needed_, asked_;
};

class Chain : public ProblemTask {
 public:
  std::string name() const override { return "chain"; }
  std::string summary() const override {
    return "two problems of other tasks, the second one about the answer of the first";
  }
  std::string markdown() const override {
    return problem_markdown(setting_rows<ChainConfig>(), problems({}));
  }
  Draw problems(const config::Node& settings) const override {
    const auto config = config::parse<ChainConfig>(settings, "settings");
    return [first = problems_of(config.first, "first"),
            second = problems_of(config.second, "second")](Sequence& random) {
      for (int attempt = 0; attempt < kAttempts; ++attempt) {
        std::unique_ptr<Problem> one = first(random), two = second(random);
        const auto numbers = numbers_in(two->text(Wording::symbols));
        if (!one->value() || numbers.empty()) continue;
        const auto [at, length] = pick(numbers, random);
        return std::unique_ptr<Problem>(
            std::make_unique<Chained>(std::move(one), std::move(two), at, length));
      }
      throw UserError(
          "chain: required a first task with whole answers and a second one with numbers, {} draws "
          "gave neither; take other tasks",
          kAttempts);
    };
  }
  std::unique_ptr<Stream> stream(const config::Node& settings) const override {
    const auto config = config::parse<ChainConfig>(settings, "settings");
    return make_problem_stream(name(), config.expert, config.wording, config::to_json(config),
                               problems(settings));
  }
};

const RegisterTask<Chain> kEntry;

}  // namespace
}  // namespace rlreason::data
