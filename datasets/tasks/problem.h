// What the families of generated problems share: a drawn problem, its wordings, and a task made from a family.
//
// A family is a struct with kName, kSummary, a described Config that holds an ExpertConfig and a Wording, and
//   static std::unique_ptr<Problem> draw(const Config&, Sequence&).
// The problem is drawn before anything of the expert, so a key gives the same prompt whatever the demonstrations are.
// Every response ends with "# ANSWER" (the last mark counts); steps before it are never judged.  Prompts and responses
// use printable ASCII only, so one character tokenizer serves all families.  Integers decide everything: the same bytes
// on every platform.
// Not here: how a demonstration is written from a solution (expert.h).
// Errors: UserError from settings.  Thread safety: const, many threads.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/parse.h"
#include "datasets/tasks/expert.h"
#include "datasets/tasks/register.h"

namespace rlreason::data {

enum class Wording { symbols, question, request, mixed };

// A number drawn uniformly, both ends included.
struct IntRange {
  int64_t low = 0, high = 0;
  static constexpr auto fields() {
    using config::field, config::in;
    return std::tuple{field(&IntRange::low, "low", "the least", in(-1'000'000, 1'000'000)),
                      field(&IntRange::high, "high", "the greatest", in(-1'000'000, 1'000'000))};
  }
  static void check(const IntRange& range);
  int64_t draw(Sequence& random) const { return random.between(low, high); }
  bool operator==(const IntRange&) const = default;
};
// UserError unless the range lies in [low, high].
void require_within(std::string_view setting, const IntRange& range, int64_t low, int64_t high);

class Problem {
 public:
  virtual ~Problem() = default;
  virtual std::string text(Wording wording) const = 0;  // never `mixed`
  virtual std::string gold() const = 0;                 // the answer; what is asked where many answers are right
  virtual std::string verifier() const { return "marked"; }
  virtual std::string key() const = 0;       // equal for problems that are the same in other words or another order
  virtual std::string category() const = 0;  // difficulty, e.g. "3 numbers"
  virtual Solution solve(const Manner& manner, Sequence& random) const = 0;
  virtual bool searches() const { return false; }  // writes its own search; otherwise detours are put in (expert.h)
  // Something close to an answer; drawn again until the verifier refuses it.
  virtual std::string near_miss(const std::string& answer, Sequence& random) const;
  virtual std::optional<int64_t> value() const { return std::nullopt; }  // of an integer answer, for `chain`
};

// A task whose problems other tasks can take up.
class ProblemTask : public Task {
 public:
  using Draw = std::function<std::unique_ptr<Problem>(Sequence&)>;
  virtual Draw problems(const config::Node& settings) const = 0;
};

std::unique_ptr<Task::Stream> make_problem_stream(std::string task, const ExpertConfig& expert, Wording wording, nlohmann::json settings,
                                                  ProblemTask::Draw draw);

// The settings that every family has.
template <class C>
constexpr auto shared_fields() {
  using config::field, config::one_of;
  return std::tuple{field(&C::expert, "expert", "how demonstrations are written"),
                    field(&C::wording, "wording", "how the problem is put", one_of({"symbols", "question", "request", "mixed"}))};
}

// The settings as a table, where the ends of a range say what range it is, and one problem with its solution in each style.
std::string problem_markdown(std::vector<config::Row> settings, const ProblemTask::Draw& draw);

template <class C>
std::vector<config::Row> setting_rows() {
  std::vector<config::Row> rows = config::describe<C>();
  config::for_each_field<C>([&](const auto& f) {
    if constexpr (std::is_same_v<std::decay_t<decltype(std::declval<C>().*(f.member))>, IntRange>)
      for (config::Row& row : rows)
        if (row.path.starts_with(std::string(f.name) + ".")) {
          row.help = fmt::format("{}: {}", f.help, row.help);
          row.rule.clear();
        }
  });
  return rows;
}

template <class Family>
class FamilyTask : public ProblemTask {
 public:
  using Config = typename Family::Config;
  std::string name() const override { return std::string(Family::kName); }
  std::string summary() const override { return std::string(Family::kSummary); }
  std::string markdown() const override { return problem_markdown(setting_rows<Config>(), problems({})); }
  Draw problems(const config::Node& settings) const override {
    return [config = config::parse<Config>(settings, "settings")](Sequence& random) { return Family::draw(config, random); };
  }
  std::unique_ptr<Stream> stream(const config::Node& settings) const override {
    const auto config = config::parse<Config>(settings, "settings");
    return make_problem_stream(name(), config.expert, config.wording, config::to_json(config), problems(settings));
  }
};

// Words for prompts and steps.
std::string joined(const std::vector<std::string>& parts, std::string_view between);
std::string joined(const std::vector<int64_t>& values, std::string_view between);
std::string listed(const std::vector<int64_t>& values);  // "3, 5 and 8"

template <class T>
const T& pick(const std::vector<T>& values, Sequence& random) {
  return values[static_cast<size_t>(random.between(0, static_cast<int64_t>(values.size()) - 1))];
}
inline bool chance(double probability, Sequence& random) { return random.uniform() < probability; }

}  // namespace rlreason::data
