// Task `knights`: knights (K) only say what is true, knaves (N) only what is false; who is what?
//
//   A says B=N, B says A!=C, C says A=K: ?
//   terse   F T F; # NKN                                   the truth of each statement
//   full    A=N says B=N: F; B=K says A!=C: T; ...; # NKN  the check of the answer, statement by statement
//   search  K: -; KK: A says B=N; KN: ...; # NKN           case split over A, B, C, K first: a prefix of kinds and the
//           statement that it breaks ("ok" where none is)
//
// Drawn until exactly one assignment fits.  Guessing is right once in 2^people.  Shift: people, statements, wording.
// A problem is its statements in any order (names as they are).
#include <algorithm>

#include "core/error.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

struct KnightsConfig {
  IntRange people{2, 3};
  int64_t statements = 1;
  bool both = false;
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field, config::in;
    using C = KnightsConfig;
    return std::tuple_cat(
        std::tuple{
            field(&C::people, "people", "how many people, 2..8"),
            field(&C::statements, "statements", "statements of each person", in(1, 3)),
            field(&C::both, "both", "there are statements about two people joined by and, or")},
        shared_fields<C>());
  }
  static void check(const KnightsConfig& config) { require_within("people", config.people, 2, 8); }
};

enum class Claim { is_knight, is_knave, same, different, both_knights, some_knight };

struct Statement {
  size_t speaker = 0;
  Claim claim = Claim::is_knight;
  size_t x = 0, y = 0;  // y: of claims about two

  bool about_two() const { return claim != Claim::is_knight && claim != Claim::is_knave; }
  size_t last_person() const { return std::max({speaker, x, about_two() ? y : 0}); }
  bool holds(const std::string& kinds) const {
    const bool a = kinds[x] == 'K', b = kinds[y] == 'K';
    switch (claim) {
      case Claim::is_knight:
        return a;
      case Claim::is_knave:
        return !a;
      case Claim::same:
        return a == b;
      case Claim::different:
        return a != b;
      case Claim::both_knights:
        return a && b;
      default:
        return a || b;
    }
  }
  bool fits(const std::string& kinds) const { return holds(kinds) == (kinds[speaker] == 'K'); }
};

char name(size_t person) { return static_cast<char>('A' + person); }

std::string symbols(const Statement& s) {
  const char x = name(s.x), y = name(s.y);
  switch (s.claim) {
    case Claim::is_knight:
      return fmt::format("{}=K", x);
    case Claim::is_knave:
      return fmt::format("{}=N", x);
    case Claim::same:
      return fmt::format("{}={}", x, y);
    case Claim::different:
      return fmt::format("{}!={}", x, y);
    case Claim::both_knights:
      return fmt::format("{}=K&{}=K", x, y);
    default:
      return fmt::format("{}=K|{}=K", x, y);
  }
}

std::string words(const Statement& s) {
  const char x = name(s.x), y = name(s.y);
  switch (s.claim) {
    case Claim::is_knight:
      return fmt::format("{} is a knight", x);
    case Claim::is_knave:
      return fmt::format("{} is a knave", x);
    case Claim::same:
      return fmt::format("{} and {} are of the same kind", x, y);
    case Claim::different:
      return fmt::format("{} and {} are of different kinds", x, y);
    case Claim::both_knights:
      return fmt::format("{} and {} are both knights", x, y);
    default:
      return fmt::format("{} or {} is a knight", x, y);
  }
}

bool fits_all(const std::vector<Statement>& statements, const std::string& kinds) {
  return std::all_of(statements.begin(), statements.end(),
                     [&](const Statement& s) { return s.fits(kinds); });
}

class Knights : public Problem {
 public:
  Knights(std::vector<Statement> statements, std::string answer)
      : statements_(std::move(statements)), answer_(std::move(answer)) {}

  std::string text(Wording wording) const override {
    std::vector<std::string> parts;
    for (const Statement& s : statements_)
      parts.push_back(wording == Wording::symbols
                          ? fmt::format("{} says {}", name(s.speaker), symbols(s))
                          : fmt::format("{} says: {}.", name(s.speaker), words(s)));
    switch (wording) {
      case Wording::question:
        return joined(parts, " ") +
               " Knights tell the truth, knaves lie. Who is a knight (K), who a knave (N)?";
      case Wording::request:
        return "Knights (K) tell the truth, knaves (N) lie. " + joined(parts, " ") +
               " Name the kinds in order.";
      default:
        return joined(parts, ", ") + ": ?";
    }
  }
  std::string gold() const override { return answer_; }
  std::string key() const override {
    std::vector<std::string> parts;
    for (const Statement& s : statements_)
      parts.push_back(fmt::format("{} {}", name(s.speaker), symbols(s)));
    std::sort(parts.begin(), parts.end());
    return joined(parts, ", ");
  }
  std::string category() const override { return fmt::format("{} people", answer_.size()); }
  bool searches() const override { return true; }
  std::string near_miss(const std::string& answer, Sequence& random) const override {
    std::string other = answer;
    char& c = other[static_cast<size_t>(random.between(0, static_cast<int64_t>(other.size()) - 1))];
    c = c == 'K' ? 'N' : 'K';
    return other;
  }

  Solution solve(const Manner& manner, Sequence& random) const override {
    Solution solution{.steps = {}, .answer = answer_};
    if (manner.style == Style::search) {
      const char first = manner.varied && chance(0.5, random) ? 'N' : 'K';
      split("", first, solution.steps);
      return solution;
    }
    std::vector<std::string> truths;
    for (const Statement& s : statements_) {
      const char truth = s.holds(answer_) ? 'T' : 'F';
      truths.emplace_back(1, truth);
      if (manner.style == Style::full)
        solution.steps.push_back(fmt::format("{}={} says {}: {}", name(s.speaker),
                                             answer_[s.speaker], symbols(s), truth));
    }
    if (manner.style == Style::terse) solution.steps.push_back(joined(truths, " "));
    return solution;
  }

 private:
  // True when the answer was found at or below this prefix.
  bool split(const std::string& kinds, char first, std::vector<std::string>& steps) const {
    if (!kinds.empty()) {
      for (const Statement& s : statements_) {
        if (s.last_person() >= kinds.size() || s.fits(kinds)) continue;
        steps.push_back(fmt::format("{} no: {} says {}", kinds, name(s.speaker), symbols(s)));
        return false;
      }
      steps.push_back(kinds + " ok");
    }
    if (kinds.size() == answer_.size()) return true;
    const char second = first == 'K' ? 'N' : 'K';
    return split(kinds + first, first, steps) || split(kinds + second, first, steps);
  }

  std::vector<Statement> statements_;
  std::string answer_;
};

Statement draw_statement(const KnightsConfig& config, size_t speaker, int64_t people,
                         Sequence& random) {
  Statement s{.speaker = speaker};
  s.claim = static_cast<Claim>(random.between(0, config.both ? 5 : 3));
  s.x = static_cast<size_t>(random.between(0, people - 1));
  s.y = static_cast<size_t>(random.between(0, people - 2));
  if (s.y >= s.x) ++s.y;
  if (s.about_two() && s.x > s.y) std::swap(s.x, s.y);
  if (!s.about_two() && s.x == speaker) s.x = (s.x + 1) % static_cast<size_t>(people);
  return s;
}

int64_t assignments_that_fit(const std::vector<Statement>& statements, int64_t people) {
  int64_t count = 0;
  for (int64_t bits = 0; bits < int64_t{1} << people; ++bits) {
    std::string kinds;
    for (int64_t i = 0; i < people; ++i) kinds += (bits >> i & 1) != 0 ? 'K' : 'N';
    count += fits_all(statements, kinds) ? 1 : 0;
  }
  return count;
}

struct KnightsFamily {
  static constexpr std::string_view kName = "knights";
  static constexpr std::string_view kSummary =
      "knights and knaves with one solution; solutions check it or split cases";
  using Config = KnightsConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    const int64_t people = config.people.draw(random);
    for (;;) {
      std::string answer;
      for (int64_t i = 0; i < people; ++i) answer += random.between(0, 1) == 1 ? 'K' : 'N';
      std::vector<Statement> statements;
      for (int64_t i = 0; i < people * config.statements; ++i) {
        Statement s;
        do s = draw_statement(config, static_cast<size_t>(i % people), people, random);
        while (!s.fits(answer));
        statements.push_back(s);
      }
      if (assignments_that_fit(statements, people) == 1)
        return std::make_unique<Knights>(std::move(statements), std::move(answer));
    }
  }
};

const RegisterTask<FamilyTask<KnightsFamily>> kEntry;

}  // namespace
}  // namespace rlreason::data
