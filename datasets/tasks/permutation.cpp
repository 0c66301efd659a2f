// Task `permutation`: letters in a row, a list of moves, the row after all of them.
//
//   abcd: swap 1 3, move 4 to 1, ?                     the same in words
//   terse  cbad dcba; # dcba                           the row after each move
//   full   swap 1 3: cbad; move 4 to 1: dcba; # dcba   each move with the row after it
//
// Moves: swap two places, move one letter to another place, turn round a part (setting `moves`).  Asked: the whole row or the
// place of one letter.  Shift: size, length, moves, question, wording.  A problem is its size, its moves and its question.
#include <algorithm>

#include "core/error.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

enum class Moves { swap, swap_move, all };
enum class Asked { row, place };

struct PermutationConfig {
  IntRange size{3, 5}, length{2, 4};
  Moves moves = Moves::swap;
  Asked asked = Asked::row;
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field, config::one_of;
    using C = PermutationConfig;
    return std::tuple_cat(
        std::tuple{
            field(&C::size, "size", "letters in the row, 3..9"),
            field(&C::length, "length", "how many moves, 1..32"),
            field(&C::moves, "moves", "which moves occur", one_of({"swap", "swap_move", "all"})),
            field(&C::asked, "asked", "what is asked", one_of({"row", "place"}))},
        shared_fields<C>());
  }
  static void check(const PermutationConfig& config) {
    require_within("size", config.size, 3, 9);
    require_within("length", config.length, 1, 32);
  }
};

struct Move {
  int64_t kind = 0;  // 0 swap, 1 move, 2 turn
  size_t from = 0, to = 0;

  std::string text() const {
    if (kind == 1) return fmt::format("move {} to {}", from + 1, to + 1);
    return fmt::format("{} {} {}", kind == 0 ? "swap" : "turn", from + 1, to + 1);
  }
  std::string sentence() const {
    if (kind == 0) return fmt::format("swap places {} and {}", from + 1, to + 1);
    if (kind == 1) return fmt::format("move the letter at {} to place {}", from + 1, to + 1);
    return fmt::format("turn round places {} to {}", from + 1, to + 1);
  }
  void apply(std::string& row) const {
    if (kind == 0) {
      std::swap(row[from], row[to]);
    } else if (kind == 1) {
      const char letter = row[from];
      row.erase(from, 1);
      row.insert(to, 1, letter);
    } else {
      const auto begin = row.begin();
      std::reverse(begin + static_cast<std::ptrdiff_t>(from),
                   begin + static_cast<std::ptrdiff_t>(to) + 1);
    }
  }
};

class Tracking : public Problem {
 public:
  Tracking(size_t size, std::vector<Move> moves, Asked asked, char letter)
      : moves_(std::move(moves)), asked_(asked), letter_(letter) {
    for (size_t i = 0; i < size; ++i) start_ += static_cast<char>('a' + i);
    end_ = start_;
    for (const Move& move : moves_) move.apply(end_);
  }

  std::string text(Wording wording) const override {
    const bool row = asked_ == Asked::row;
    std::vector<std::string> parts;
    for (const Move& move : moves_)
      parts.push_back(wording == Wording::symbols ? move.text() : move.sentence());
    const std::string all = joined(parts, wording == Wording::symbols ? ", " : ", then ");
    switch (wording) {
      case Wording::question:
        return fmt::format("Start with {}, {}. {}", start_, all,
                           row ? "What is the row now?" : fmt::format("Where is {}?", letter_));
      case Wording::request:
        return fmt::format("The row is {}: {}. Give {}.", start_, all,
                           row ? "the last row" : fmt::format("the place of {}", letter_));
      default:
        return fmt::format("{}: {}, {}", start_, all,
                           row ? "?" : fmt::format("where is {}?", letter_));
    }
  }
  std::string gold() const override {
    return asked_ == Asked::row ? end_ : std::to_string(end_.find(letter_) + 1);
  }
  std::string key() const override {
    std::string key = start_;
    for (const Move& move : moves_) key += ", " + move.text();
    return asked_ == Asked::row ? key : fmt::format("{} {}", key, letter_);
  }
  std::string category() const override {
    return fmt::format("{} letters, {} moves", start_.size(), moves_.size());
  }
  std::optional<int64_t> value() const override {
    return asked_ == Asked::row ? std::nullopt
                                : std::optional(static_cast<int64_t>(end_.find(letter_)) + 1);
  }
  std::string near_miss(const std::string& answer, Sequence& random) const override {
    if (asked_ == Asked::place) return Problem::near_miss(answer, random);
    std::string other = answer;
    const int64_t last = static_cast<int64_t>(other.size()) - 1;
    std::swap(other[static_cast<size_t>(random.between(0, last))],
              other[static_cast<size_t>(random.between(0, last))]);
    return other;
  }

  Solution solve(const Manner& manner, Sequence&) const override {
    Solution solution{.steps = {}, .answer = gold()};
    std::string row = start_;
    for (const Move& move : moves_) {
      move.apply(row);
      solution.steps.push_back(manner.style == Style::terse ? row : move.text() + ": " + row);
    }
    if (manner.style == Style::terse) solution.steps = {joined(solution.steps, " ")};
    return solution;
  }

 private:
  std::vector<Move> moves_;
  Asked asked_;
  char letter_;
  std::string start_, end_;
};

struct Permutation {
  static constexpr std::string_view kName = "permutation";
  static constexpr std::string_view kSummary =
      "a row of letters under a list of moves; solutions track the row";
  using Config = PermutationConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    const int64_t size = config.size.draw(random), length = config.length.draw(random);
    std::vector<Move> moves;
    for (int64_t i = 0; i < length; ++i) {
      Move move;
      move.kind = random.between(0, static_cast<int64_t>(config.moves));
      move.from = static_cast<size_t>(random.between(0, size - 1));
      move.to = static_cast<size_t>(random.between(0, size - 2));
      if (move.to >= move.from) ++move.to;
      if (move.kind != 1 && move.from > move.to) std::swap(move.from, move.to);
      moves.push_back(move);
    }
    const auto letter = static_cast<char>('a' + random.between(0, size - 1));
    return std::make_unique<Tracking>(static_cast<size_t>(size), std::move(moves), config.asked,
                                      letter);
  }
};

const RegisterTask<FamilyTask<Permutation>> kEntry;

}  // namespace
}  // namespace rlreason::data
