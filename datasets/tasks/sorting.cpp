// Task `sorting`: put numbers in order, keep some of them, or count some of them.
//
//   sort 5 3 9: ?                 sort down 5 3 9: ?        keep above 4 of 5 3 9: ?      count above 4 of 5 3 9: ?
//   terse  3<5<9; # 3 5 9         9>5>3; # 9 5 3            5 9; # 5 9                    5 9; # 2
//   full   sort: the least of what is left, again and again ("5 3 9: 3; 5 9: 5; 9: 9"); others: one number after another
//          ("5>4: T; 3>4: F; 9>4: T")
//
// Numbers are distinct.  Shift: length, values, operation, wording.  A problem is its operation and its numbers (in any order
// where only their set matters).
#include <algorithm>

#include "core/error.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

enum class Job { sort, down, keep, count, mixed };

struct SortingConfig {
  Job operation = Job::sort;
  IntRange length{3, 5}, values{0, 99};
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field, config::one_of;
    using C = SortingConfig;
    return std::tuple_cat(std::tuple{field(&C::operation, "operation", "what is asked",
                                           one_of({"sort", "down", "keep", "count", "mixed"})),
                                     field(&C::length, "length", "how many numbers, 2..32"),
                                     field(&C::values, "values", "the numbers, 0..99999")},
                          shared_fields<C>());
  }
  static void check(const SortingConfig& config) {
    require_within("length", config.length, 2, 32);
    require_within("values", config.values, 0, 99'999);
    const int64_t room = config.values.high - config.values.low + 1;
    if (room < config.length.high)
      throw UserError("values: required at least {} different numbers, {} came; widen the range",
                      config.length.high, room);
  }
};

class Numbers : public Problem {
 public:
  Numbers(Job job, std::vector<int64_t> numbers, int64_t limit)
      : job_(job), numbers_(std::move(numbers)), limit_(limit) {
    for (const int64_t number : numbers_)
      if (sorts() || number > limit_) result_.push_back(number);
    if (sorts()) std::sort(result_.begin(), result_.end());
    if (job_ == Job::down) std::reverse(result_.begin(), result_.end());
  }

  std::string text(Wording wording) const override {
    const std::string numbers = joined(numbers_, " ");
    const bool down = job_ == Job::down, count = job_ == Job::count;
    if (sorts()) {
      switch (wording) {
        case Wording::question:
          return fmt::format("What is {} in {} order?", numbers, down ? "falling" : "rising");
        case Wording::request:
          return fmt::format("Put in order, {} first: {}.", down ? "largest" : "smallest", numbers);
        default:
          return fmt::format("sort {}{}: ?", down ? "down " : "", numbers);
      }
    }
    switch (wording) {
      case Wording::question:
        return fmt::format("{} of {} are greater than {}?", count ? "How many" : "Which", numbers,
                           limit_);
      case Wording::request:
        return fmt::format("{} those of {} that exceed {}.", count ? "Count" : "List", numbers,
                           limit_);
      default:
        return fmt::format("{} above {} of {}: ?", count ? "count" : "keep", limit_, numbers);
    }
  }
  std::string gold() const override {
    if (job_ == Job::count) return std::to_string(result_.size());
    return result_.empty() ? "none" : joined(result_, " ");
  }
  std::string key() const override {
    std::vector<int64_t> sorted = numbers_;
    if (job_ != Job::keep) std::sort(sorted.begin(), sorted.end());
    const std::string name(kNames[static_cast<size_t>(job_)]);
    return sorts() ? fmt::format("{} {}", name, joined(sorted, " "))
                   : fmt::format("{} {} of {}", name, limit_, joined(sorted, " "));
  }
  std::string category() const override {
    return fmt::format("{} {} numbers", kNames[static_cast<size_t>(job_)], numbers_.size());
  }
  std::optional<int64_t> value() const override {
    return job_ == Job::count ? std::optional(static_cast<int64_t>(result_.size())) : std::nullopt;
  }

  Solution solve(const Manner& manner, Sequence&) const override {
    Solution solution{.steps = {}, .answer = gold()};
    if (manner.style == Style::terse) {
      solution.steps.push_back(result_.empty() ? "none" : joined(result_, separator()));
      return solution;
    }
    std::vector<int64_t> left = numbers_;
    for (const int64_t number : sorts() ? result_ : numbers_) {
      if (sorts()) {
        solution.steps.push_back(fmt::format("{}: {}", joined(left, " "), number));
        left.erase(std::find(left.begin(), left.end(), number));
      } else {
        solution.steps.push_back(
            fmt::format("{}>{}: {}", number, limit_, number > limit_ ? 'T' : 'F'));
      }
    }
    return solution;
  }

 private:
  static constexpr std::string_view kNames[] = {"sort", "sort down", "keep", "count"};

  bool sorts() const { return job_ == Job::sort || job_ == Job::down; }
  std::string_view separator() const { return job_ == Job::sort ? "<" : sorts() ? ">" : " "; }

  Job job_;
  std::vector<int64_t> numbers_, result_;
  int64_t limit_;
};

struct Sorting {
  static constexpr std::string_view kName = "sorting";
  static constexpr std::string_view kSummary =
      "sort, filter or count numbers; solutions go by selection, one number a step";
  using Config = SortingConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    const auto drawn = static_cast<Job>(random.between(0, 3));
    const auto length = static_cast<size_t>(config.length.draw(random));
    std::vector<int64_t> numbers;
    while (numbers.size() < length) {
      const int64_t number = config.values.draw(random);
      if (std::find(numbers.begin(), numbers.end(), number) == numbers.end())
        numbers.push_back(number);
    }
    const int64_t limit = config.values.draw(random);
    return std::make_unique<Numbers>(config.operation == Job::mixed ? drawn : config.operation,
                                     std::move(numbers), limit);
  }
};

const RegisterTask<FamilyTask<Sorting>> kEntry;

}  // namespace
}  // namespace rlreason::data
