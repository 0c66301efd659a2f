// Task `rewriting`: a string under a list of operations.
//
//   cabd: reverse, shift 2, ?
//   terse  dbac fdce; # fdce                                        the string after each operation
//   full   reverse: d b a c; dbac; shift 2: d>f b>d a>c c>e; fdce; # fdce
//
// Operations (setting `operations`): reverse; shift K, every letter K further in the alphabet, a after z; rotate K, the
// first K letters to the end; replace A by B.  Asked: the string, or how often one letter occurs in it.
// Shift: length, alphabet, number and kinds of operations, question, wording.  A problem is its string, its operations and
// its question.
#include <algorithm>

#include "core/error.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

enum class Kind { reverse, shift, rotate, replace };
enum class Asked { string, count };

struct RewritingConfig {
  IntRange length{3, 5}, operations{1, 2}, shift{1, 5};
  int64_t alphabet = 8;
  std::vector<Kind> kinds{Kind::reverse, Kind::shift, Kind::rotate, Kind::replace};
  Asked asked = Asked::string;
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field, config::in, config::one_of;
    using C = RewritingConfig;
    return std::tuple_cat(
        std::tuple{field(&C::length, "length", "letters of the string, 2..24"),
                   field(&C::operations, "operations", "how many operations, 1..8"),
                   field(&C::shift, "shift", "K of shift, 1..25"),
                   field(&C::alphabet, "alphabet", "the string is of the first so many letters",
                         in(2, 26)),
                   field(&C::kinds, "kinds", "which operations occur",
                         one_of({"reverse", "shift", "rotate", "replace"})),
                   field(&C::asked, "asked", "what is asked", one_of({"string", "count"}))},
        shared_fields<C>());
  }
  static void check(const RewritingConfig& config) {
    require_within("length", config.length, 2, 24);
    require_within("operations", config.operations, 1, 8);
    require_within("shift", config.shift, 1, 25);
    if (config.kinds.empty())
      throw UserError("kinds: required one of reverse, shift, rotate, replace, none came; add one");
  }
};

char shifted(char letter, int64_t by) { return static_cast<char>('a' + (letter - 'a' + by) % 26); }

struct Rewrite {
  Kind kind = Kind::reverse;
  int64_t by = 0;
  char from = 'a', to = 'b';

  std::string text(bool words) const {
    switch (kind) {
      case Kind::reverse:
        return words ? "turn it round" : "reverse";
      case Kind::shift:
        return words ? fmt::format("move every letter {} on", by) : fmt::format("shift {}", by);
      case Kind::rotate:
        return words ? fmt::format("put the first {} at the end", by)
                     : fmt::format("rotate {}", by);
      case Kind::replace:
        break;
    }
    return words ? fmt::format("write {} for {}", to, from)
                 : fmt::format("replace {} {}", from, to);
  }
  std::string apply(std::string s) const {
    switch (kind) {
      case Kind::reverse:
        std::reverse(s.begin(), s.end());
        break;
      case Kind::shift:
        for (char& c : s) c = shifted(c, by);
        break;
      case Kind::rotate:
        std::rotate(s.begin(), s.begin() + by, s.end());
        break;
      case Kind::replace:
        std::replace(s.begin(), s.end(), from, to);
        break;
    }
    return s;
  }
  // Letter by letter.
  std::string detail(const std::string& before, const std::string& after) const {
    std::vector<std::string> parts;
    for (size_t i = 0; i < before.size(); ++i) {
      const bool pairs = kind == Kind::shift || kind == Kind::replace;
      parts.push_back(pairs ? fmt::format("{}>{}", before[i], after[i]) : std::string(1, after[i]));
    }
    return fmt::format("{}: {}", text(false), joined(parts, " "));
  }
};

class Rewriting : public Problem {
 public:
  Rewriting(std::string start, std::vector<Rewrite> rewrites, Asked asked, char letter)
      : start_(std::move(start)), rewrites_(std::move(rewrites)), asked_(asked), letter_(letter) {
    end_ = start_;
    for (const Rewrite& rewrite : rewrites_) end_ = rewrite.apply(end_);
  }

  std::string text(Wording wording) const override {
    const bool words = wording != Wording::symbols, string = asked_ == Asked::string;
    std::vector<std::string> parts;
    for (const Rewrite& rewrite : rewrites_) parts.push_back(rewrite.text(words));
    const std::string all = joined(parts, words ? ", then " : ", ");
    if (!words)
      return fmt::format("{}: {}, {}", start_, all,
                         string ? "?" : fmt::format("count {} ?", letter_));
    if (wording == Wording::question)
      return fmt::format(
          "Take {}, {}. {}", start_, all,
          string ? "What do you get?" : fmt::format("How many {} are in it?", letter_));
    return fmt::format("With {} do this: {}. {}", start_, all,
                       string ? "Write the result." : fmt::format("Count the letter {}.", letter_));
  }
  std::string gold() const override {
    return asked_ == Asked::string ? end_ : std::to_string(count());
  }
  std::string key() const override {
    std::string key = start_;
    for (const Rewrite& rewrite : rewrites_) key += ", " + rewrite.text(false);
    return asked_ == Asked::string ? key : fmt::format("{}, count {}", key, letter_);
  }
  std::string category() const override {
    return fmt::format("{} letters, {} operations", start_.size(), rewrites_.size());
  }
  std::optional<int64_t> value() const override {
    return asked_ == Asked::string ? std::nullopt : std::optional(count());
  }

  Solution solve(const Manner& manner, Sequence&) const override {
    Solution solution{.steps = {}, .answer = gold()};
    const bool terse = manner.style == Style::terse;
    std::string now = start_;
    for (const Rewrite& rewrite : rewrites_) {
      std::string next = rewrite.apply(now);
      if (!terse) solution.steps.push_back(rewrite.detail(now, next));
      solution.steps.push_back(next);
      now = std::move(next);
    }
    if (terse) solution.steps = {joined(solution.steps, " ")};
    if (!terse && asked_ == Asked::count) {
      std::vector<std::string> marks;
      int64_t seen = 0;
      for (const char c : now)
        marks.push_back(fmt::format("{} {}", c, seen += c == letter_ ? 1 : 0));
      solution.steps.push_back(joined(marks, ", "));
    }
    return solution;
  }

 private:
  int64_t count() const { return std::count(end_.begin(), end_.end(), letter_); }

  std::string start_, end_;
  std::vector<Rewrite> rewrites_;
  Asked asked_;
  char letter_;
};

struct RewritingFamily {
  static constexpr std::string_view kName = "rewriting";
  static constexpr std::string_view kSummary =
      "a string under reversal, shifts, rotations and replacements; solutions go letter by letter";
  using Config = RewritingConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    const auto letter = [&] {
      return static_cast<char>('a' + random.between(0, config.alphabet - 1));
    };
    std::string start;
    const int64_t length = config.length.draw(random);
    for (int64_t i = 0; i < length; ++i) start += letter();
    std::vector<Rewrite> rewrites;
    std::string now = start;
    for (int64_t i = config.operations.draw(random); i > 0; --i) {
      Rewrite rewrite{.kind = pick(config.kinds, random)};
      rewrite.by =
          rewrite.kind == Kind::shift ? config.shift.draw(random) : random.between(1, length - 1);
      rewrite.from = now[static_cast<size_t>(random.between(0, length - 1))];
      rewrite.to = letter();
      if (rewrite.to == rewrite.from) rewrite.to = shifted(rewrite.to, 1);
      now = rewrite.apply(now);
      rewrites.push_back(rewrite);
    }
    const char asked = now[static_cast<size_t>(random.between(0, length - 1))];
    return std::make_unique<Rewriting>(std::move(start), std::move(rewrites), config.asked, asked);
  }
};

const RegisterTask<FamilyTask<RewritingFamily>> kEntry;

}  // namespace
}  // namespace rlreason::data
