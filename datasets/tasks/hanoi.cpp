// Task `hanoi`: move disks between pegs A, B, C, from any legal position to any other.  Verifier `hanoi`.
//
//   AAA -> CCC ?                                       the peg of disk 1 (the smallest), 2, 3
//   terse   CAA CBA BBA ...; # AC AB CB ...            the positions after the moves
//   full    AC: CAA; AB: CBA; CB: BBA; ...             every move with the position after it
//   search  AC: CAA; AC no: 2 on 1; AB: CBA; ...       with moves that are not allowed
//
// A gold describes the problem: "AAA -> CCC in 7" (at most 7 moves) or "AAA -> CCC" (any number).  An answer is moves such as
// AC (the top disk of A to C) that are legal and lead to the goal.  At most 8 disks and 1024 moves.
// Shift: disks, moves needed, positions other than towers, wording.  A problem is its two positions.
#include <algorithm>
#include <deque>

#include "core/error.h"
#include "datasets/tasks/answer.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

constexpr size_t kMostDisks = 8, kMostMoves = 1024;

enum class Positions { tower, any };

struct HanoiConfig {
  IntRange disks{3, 3}, moves{1, 7};
  Positions start = Positions::any, goal = Positions::any;
  bool shortest = true;
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field, config::one_of;
    using C = HanoiConfig;
    return std::tuple_cat(
        std::tuple{field(&C::disks, "disks", "how many disks, 1..8"),
                   field(&C::moves, "moves", "moves that the shortest way needs, 1..255"),
                   field(&C::start, "start", "the first position", one_of({"tower", "any"})),
                   field(&C::goal, "goal", "the last position", one_of({"tower", "any"})),
                   field(&C::shortest, "shortest", "only a shortest way is right")},
        shared_fields<C>());
  }
  static void check(const HanoiConfig& config) {
    require_within("disks", config.disks, 1, 8);
    require_within("moves", config.moves, 1, 255);
  }
};

// Why a move cannot be made; empty when it can and was.
std::string moved(std::string& position, char from, char to) {
  const size_t disk = position.find(from), under = position.find(to);
  if (disk == std::string::npos) return fmt::format("{} is empty", from);
  if (under < disk) return fmt::format("{} on {}", disk + 1, under + 1);
  position[disk] = to;
  return "";
}

size_t index_of(const std::string& position) {
  size_t index = 0;
  for (const char peg : position) index = 3 * index + static_cast<size_t>(peg - 'A');
  return index;
}

constexpr std::string_view kMoves[] = {"AB", "AC", "BA", "BC", "CA", "CB"};

// A shortest way by breadth-first search; between two positions there is always one.
std::vector<std::string> shortest_way(const std::string& start, const std::string& goal) {
  size_t count = 1;
  for (size_t i = 0; i < start.size(); ++i) count *= 3;
  std::vector<int8_t> arrived(count, -1);  // the move that led there
  std::deque<std::string> queue{goal};
  arrived[index_of(goal)] = 6;
  // From the goal back: moves can be undone, so the reversed way is one from the start.
  for (; !queue.empty() && arrived[index_of(start)] < 0; queue.pop_front())
    for (int8_t m = 0; m < 6; ++m) {
      std::string next = queue.front();
      if (!moved(next, kMoves[m][0], kMoves[m][1]).empty() || arrived[index_of(next)] >= 0)
        continue;
      arrived[index_of(next)] = m;
      queue.push_back(std::move(next));
    }
  std::vector<std::string> way;
  for (std::string now = start; now != goal;) {
    const std::string_view back = kMoves[arrived[index_of(now)]];
    way.push_back({back[1], back[0]});
    moved(now, back[1], back[0]);
  }
  return way;
}

struct HanoiGold {
  std::string start, goal;
  int64_t most = -1;  // -1: any number of moves
};

bool legal_position(std::string_view text) {
  return !text.empty() && text.size() <= kMostDisks &&
         text.find_first_not_of("ABC") == std::string_view::npos;
}

std::optional<HanoiGold> hanoi_from(std::string_view gold) {
  HanoiGold out;
  Reader reader(gold);
  out.start = reader.take_word();
  if (!reader.take("->")) return std::nullopt;
  out.goal = reader.take_word();
  if (reader.take("in") && !reader.take_number(out.most)) return std::nullopt;
  const bool fine = legal_position(out.start) && legal_position(out.goal) &&
                    out.start.size() == out.goal.size() && reader.done();
  return fine ? std::optional(out) : std::nullopt;
}

std::string fault_of(const HanoiGold& gold, std::string_view answer) {
  Reader reader(answer);
  std::string position = gold.start;
  size_t moves = 0;
  for (; !reader.done(); ++moves) {
    const std::string_view move = reader.take_word();
    if (move.size() != 2 || !legal_position(move) || move[0] == move[1] || moves == kMostMoves)
      return "it is not a list of moves such as AC";
    if (const std::string fault = moved(position, move[0], move[1]); !fault.empty())
      return fmt::format("move {} is not allowed: {}", moves + 1, fault);
  }
  if (position != gold.goal) return fmt::format("the moves lead to {}", position);
  if (gold.most >= 0 && static_cast<int64_t>(moves) > gold.most)
    return fmt::format("{} moves are needed, {} were made", gold.most, moves);
  return "";
}

Verdict judge(const Question& question, std::string_view response) {
  const auto gold = hanoi_from(question.gold);
  if (!gold) return unscored("hanoi", "the gold is not of the form 'AAA -> CCC in 7'");
  return judge_marked("hanoi", response,
                      [&](std::string& answer) { return fault_of(*gold, answer); });
}

std::string reference(const Question& question) {
  const auto gold = hanoi_from(question.gold);
  if (!gold || gold->start == gold->goal) return "";
  return "# " + joined(shortest_way(gold->start, gold->goal), " ");
}

const RegisterVerifier kVerifier{
    {.name = "hanoi",
     .version = "1",
     .summary = "the moves after the last '#' are legal and lead to the goal",
     .verify = judge,
     .reference = reference}};

class HanoiProblem : public Problem {
 public:
  HanoiProblem(std::string start, std::string goal, std::vector<std::string> way, bool shortest)
      : start_(std::move(start)),
        goal_(std::move(goal)),
        way_(std::move(way)),
        shortest_(shortest) {}

  std::string text(Wording wording) const override {
    const std::string few = shortest_ ? " in the fewest moves" : "";
    switch (wording) {
      case Wording::question:
        return fmt::format(
            "Disks 1 (smallest) to {} are on pegs {}. Which moves bring them to {}{}?",
            start_.size(), start_, goal_, few);
      case Wording::request:
        return fmt::format("Tower of Hanoi: move the disks from pegs {} to {}{}, smallest first.",
                           start_, goal_, few);
      default:
        return fmt::format("{} -> {} ?", start_, goal_);
    }
  }
  std::string gold() const override {
    return fmt::format("{} -> {}{}", start_, goal_,
                       shortest_ ? fmt::format(" in {}", way_.size()) : "");
  }
  std::string verifier() const override { return "hanoi"; }
  std::string key() const override { return start_ + " " + goal_; }
  std::string category() const override {
    return fmt::format("{} disks, {} moves", start_.size(), way_.size());
  }
  bool searches() const override { return true; }
  std::string near_miss(const std::string& answer, Sequence& random) const override {
    std::string other = answer;
    const auto moves = static_cast<int64_t>(way_.size());
    const std::string_view move = kMoves[random.between(0, 5)];
    other.replace(static_cast<size_t>(3 * random.between(0, moves - 1)), 2, move);
    return other;
  }

  Solution solve(const Manner& manner, Sequence& random) const override {
    Solution solution{.steps = {}, .answer = joined(way_, " ")};
    std::string position = start_;
    for (size_t i = 0; i < way_.size(); ++i) {
      if (manner.style == Style::search)
        say_forbidden(position, random.between(i == 0 ? 1 : 0, manner.dead_ends), random,
                      solution.steps);
      moved(position, way_[i][0], way_[i][1]);
      solution.steps.push_back(manner.style == Style::terse ? position : way_[i] + ": " + position);
    }
    if (manner.style == Style::terse) solution.steps = {joined(solution.steps, " ")};
    return solution;
  }

 private:
  static void say_forbidden(const std::string& position, int64_t most, Sequence& random,
                            std::vector<std::string>& steps) {
    std::vector<std::string> forbidden;
    for (const std::string_view move : kMoves) {
      std::string tried = position;
      const std::string fault = moved(tried, move[0], move[1]);
      if (!fault.empty()) forbidden.push_back(fmt::format("{} no: {}", move, fault));
    }
    random.shuffle(forbidden);
    for (size_t i = 0; i < forbidden.size() && static_cast<int64_t>(i) < most; ++i)
      steps.push_back(forbidden[i]);
  }

  std::string start_, goal_;
  std::vector<std::string> way_;
  bool shortest_;
};

std::string draw_position(Positions kind, int64_t disks, Sequence& random) {
  std::string position;
  const auto tower = static_cast<char>('A' + random.between(0, 2));
  for (int64_t i = 0; i < disks; ++i) {
    const auto peg = static_cast<char>('A' + random.between(0, 2));
    position += kind == Positions::tower ? tower : peg;
  }
  return position;
}

struct Hanoi {
  static constexpr std::string_view kName = "hanoi";
  static constexpr std::string_view kSummary =
      "the tower of Hanoi between any positions; solutions track the position";
  static constexpr int kAttempts = 2000;
  using Config = HanoiConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      const int64_t disks = config.disks.draw(random);
      std::string start = draw_position(config.start, disks, random);
      std::string goal = draw_position(config.goal, disks, random);
      std::vector<std::string> way = shortest_way(start, goal);
      const auto moves = static_cast<int64_t>(way.size());
      if (moves < config.moves.low || moves > config.moves.high) continue;
      return std::make_unique<HanoiProblem>(std::move(start), std::move(goal), std::move(way),
                                            config.shortest);
    }
    throw UserError(
        "hanoi: required positions {}..{} moves apart, {} draws with {}..{} disks gave none; widen "
        "moves or change disks",
        config.moves.low, config.moves.high, kAttempts, config.disks.low, config.disks.high);
  }
};

const RegisterTask<FamilyTask<Hanoi>> kEntry;

}  // namespace
}  // namespace rlreason::data
