// Task `path`: a shortest way in a graph, a star or a grid.  Many answers may be right (verifier `path`).
//
//   ab bc cd bd: a to d ?                        S.x/..G: ?        (x: wall; fields are named by row and column)
//   terse   a b cd; # abd                        the places at distance 0, 1, 2, ...
//   full    0: a; 1: b; 2: c d; d from b; b from a; # abd          breadth-first search, then the way back
//   search  abc no; abd; # abd                   ways that miss, then the one that does not
//
// A star has one middle and arms of equal length with roads in any order: the first step cannot be guessed from what is near
// (path-star, arXiv:2403.06963).  Shift: kind, places, length, walls, wording.  A problem is its roads in any order or its
// grid, and its two ends.
#include <algorithm>
#include <set>

#include "core/error.h"
#include "datasets/tasks/maze.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

constexpr int kAttempts = 20'000;

enum class PathKind { graph, star, grid };

struct PathConfig {
  PathKind kind = PathKind::graph;
  IntRange places{5, 6}, length{2, 3}, roads{1, 2}, arms{2, 3}, side{3, 3};
  double walls = 0.3;
  Wording wording = Wording::symbols;
  ExpertConfig expert;

  static constexpr auto fields() {
    using config::field, config::in, config::one_of;
    using C = PathConfig;
    return std::tuple_cat(
        std::tuple{
            field(&C::kind, "kind", "what the places are", one_of({"graph", "star", "grid"})),
            field(&C::length, "length", "steps of the shortest way, 1..60"),
            field(&C::places, "places", "graph: how many places, 3..26"),
            field(&C::roads, "roads", "graph: roads beyond a tree, 0..100"),
            field(&C::arms, "arms", "star: how many arms, 2..12"),
            field(&C::side, "side", "grid: rows and columns, 2..9"),
            field(&C::walls, "walls", "grid: share of fields that are walls", in(0.0, 0.6))},
        shared_fields<C>());
  }
  static void check(const PathConfig& config) {
    require_within("length", config.length, 1, 60);
    require_within("places", config.places, 3, 26);
    require_within("roads", config.roads, 0, 100);
    require_within("arms", config.arms, 2, 12);
    require_within("side", config.side, 2, 9);
    if (config.kind == PathKind::star && config.arms.high * config.length.high > 25)
      throw UserError("arms, length: required at most 26 places, {} came; make the star smaller",
                      config.arms.high * config.length.high + 1);
  }
};

class ShortestPath : public Problem {
 public:
  explicit ShortestPath(Maze maze) : maze_(std::move(maze)), distance_(maze_.distances()) {}

  std::string text(Wording wording) const override {
    const std::string &from = maze_.places[maze_.start], &to = maze_.places[maze_.goal];
    if (maze_.grid) {
      switch (wording) {
        case Wording::question:
          return fmt::format("Which steps (U D L R) lead from S to G in {} on a shortest way?",
                             maze_.text);
        case Wording::request:
          return fmt::format("Find a shortest way from S to G, x is a wall: {}. Write U D L R.",
                             maze_.text);
        default:
          return maze_.text + ": ?";
      }
    }
    switch (wording) {
      case Wording::question:
        return fmt::format("Roads are {}. What is a shortest way from {} to {}?", maze_.text, from,
                           to);
      case Wording::request:
        return fmt::format("Go from {} to {} in as few steps as you can: {}.", from, to,
                           maze_.text);
      default:
        return fmt::format("{}: {} to {} ?", maze_.text, from, to);
    }
  }
  std::string gold() const override { return maze_.gold(); }
  std::string verifier() const override { return "path"; }
  std::string key() const override {
    if (maze_.grid) return maze_.text;
    std::vector<std::string> roads;
    for (size_t i = 0; i < maze_.text.size(); i += 3) {
      std::string road = maze_.text.substr(i, 2);
      std::sort(road.begin(), road.end());
      roads.push_back(std::move(road));
    }
    std::sort(roads.begin(), roads.end());
    return fmt::format("{} from {} to {}", joined(roads, " "), maze_.places[maze_.start],
                       maze_.places[maze_.goal]);
  }
  std::string category() const override {
    return fmt::format("{} places, {} steps", maze_.places.size(), maze_.length);
  }
  bool searches() const override { return true; }
  std::string near_miss(const std::string& answer, Sequence& random) const override {
    std::string other = answer;
    const auto place = static_cast<size_t>(
        random.between(maze_.grid ? 0 : 1, static_cast<int64_t>(other.size()) - 1));
    const auto& all = maze_.steps[pick(std::vector<size_t>{maze_.start, maze_.goal}, random)];
    other[place] = pick(all, random).label;
    if (random.between(0, 3) == 0) other += pick(all, random).label;
    return other;
  }

  Solution solve(const Manner& manner, Sequence& random) const override {
    const std::vector<size_t> way = walk_back(manner.varied, random);
    Solution solution{.steps = {}, .answer = maze_.answer(way)};
    if (manner.style == Style::search) {
      say_misses(way, manner.dead_ends, random, solution.steps);
      return solution;
    }
    const bool terse = manner.style == Style::terse;
    for (int64_t d = 0; d <= maze_.length; ++d) {
      std::vector<std::string> layer;
      for (size_t i = 0; i < distance_.size(); ++i)
        if (distance_[i] == d) layer.push_back(maze_.places[i]);
      const std::string names = joined(layer, terse && !maze_.grid ? "" : terse ? "," : " ");
      solution.steps.push_back(terse ? names : fmt::format("{}: {}", d, names));
    }
    if (terse) {
      solution.steps = {joined(solution.steps, " ")};
      return solution;
    }
    for (size_t i = way.size() - 1; i > 0; --i)
      solution.steps.push_back(
          fmt::format("{} from {}", maze_.places[way[i]], maze_.places[way[i - 1]]));
    return solution;
  }

 private:
  std::vector<size_t> walk_back(bool varied, Sequence& random) const {
    std::vector<size_t> way{maze_.goal};
    while (way.back() != maze_.start) {
      std::vector<size_t> parents;
      for (const MazeStep& step : maze_.steps[way.back()])
        if (distance_[step.to] == distance_[way.back()] - 1) parents.push_back(step.to);
      way.push_back(varied ? pick(parents, random) : parents.front());
    }
    std::reverse(way.begin(), way.end());
    return way;
  }

  // Ways that leave the right one somewhere and do not reach the goal in time.
  void say_misses(const std::vector<size_t>& way, int64_t dead_ends, Sequence& random,
                  std::vector<std::string>& steps) const {
    for (size_t i = 0; i + 1 < way.size(); ++i)
      for (int64_t tries = random.between(i == 0 ? 1 : 0, dead_ends); tries > 0; --tries) {
        std::vector<size_t> other(way.begin(), way.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        stray(other, way[i + 1], random);
        const std::string said = maze_.answer(other) + " no";
        const bool known = std::find(steps.begin(), steps.end(), said) != steps.end();
        if (other.size() > i + 1 && other.back() != maze_.goal && !known) steps.push_back(said);
      }
    steps.push_back(maze_.answer(way));
  }
  void stray(std::vector<size_t>& way, size_t avoid, Sequence& random) const {
    while (static_cast<int64_t>(way.size()) <= maze_.length && way.back() != maze_.goal) {
      std::vector<size_t> open;
      for (const MazeStep& step : maze_.steps[way.back()])
        if (step.to != avoid && std::find(way.begin(), way.end(), step.to) == way.end())
          open.push_back(step.to);
      if (open.empty()) return;
      way.push_back(pick(open, random));
      avoid = maze_.places.size();  // only the first step is kept off the right way
    }
  }

  Maze maze_;
  std::vector<int64_t> distance_;
};

std::string road(char a, char b, Sequence& random) {
  return random.between(0, 1) == 1 ? std::string{a, b} : std::string{b, a};
}

std::vector<char> shuffled_letters(int64_t count, Sequence& random) {
  std::vector<char> letters;
  for (int64_t i = 0; i < count; ++i) letters.push_back(static_cast<char>('a' + i));
  random.shuffle(letters);
  return letters;
}

std::optional<Maze> draw_graph(const PathConfig& config, Sequence& random) {
  const int64_t count = config.places.draw(random);
  const std::vector<char> letters = shuffled_letters(count, random);
  std::set<std::pair<char, char>> known;
  std::vector<std::string> roads;
  const auto add = [&](char a, char b) {
    if (a != b && known.insert(std::minmax(a, b)).second) roads.push_back(road(a, b, random));
  };
  for (int64_t i = 1; i < count; ++i)
    add(letters[static_cast<size_t>(i)], letters[static_cast<size_t>(random.between(0, i - 1))]);
  for (int64_t i = config.roads.draw(random); i > 0; --i) {
    const char a = pick(letters, random);
    add(a, pick(letters, random));
  }
  random.shuffle(roads);
  return graph_from(roads, pick(letters, random), pick(letters, random));
}

std::optional<Maze> draw_star(const PathConfig& config, Sequence& random) {
  const int64_t arms = config.arms.draw(random), length = config.length.draw(random);
  const std::vector<char> letters = shuffled_letters(arms * length + 1, random);
  std::vector<std::string> roads;
  for (int64_t arm = 0; arm < arms; ++arm)
    for (int64_t i = 0; i < length; ++i) {
      const auto at = static_cast<size_t>(arm * length + i);
      roads.push_back(road(i == 0 ? letters.back() : letters[at - 1], letters[at], random));
    }
  random.shuffle(roads);
  const int64_t arm = random.between(0, arms - 1);
  return graph_from(roads, letters.back(), letters[static_cast<size_t>(arm * length + length - 1)]);
}

std::optional<Maze> draw_grid(const PathConfig& config, Sequence& random) {
  const auto side = static_cast<size_t>(config.side.draw(random));
  std::string rows;
  for (size_t r = 0; r < side; ++r) {
    if (r > 0) rows += '/';
    for (size_t c = 0; c < side; ++c) rows += chance(config.walls, random) ? 'x' : '.';
  }
  for (const char mark : {'S', 'G'}) {
    const int64_t last = static_cast<int64_t>(side) - 1;
    const auto r = static_cast<size_t>(random.between(0, last));
    rows[r * (side + 1) + static_cast<size_t>(random.between(0, last))] = mark;
  }
  return grid_from(rows);
}

struct Path {
  static constexpr std::string_view kName = "path";
  static constexpr std::string_view kSummary =
      "a shortest way in a graph, star or grid; solutions are breadth-first searches";
  using Config = PathConfig;
  static std::unique_ptr<Problem> draw(const Config& config, Sequence& random) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      auto maze = config.kind == PathKind::graph  ? draw_graph(config, random)
                  : config.kind == PathKind::star ? draw_star(config, random)
                                                  : draw_grid(config, random);
      if (maze && maze->length >= config.length.low && maze->length <= config.length.high)
        return std::make_unique<ShortestPath>(std::move(*maze));
    }
    throw UserError(
        "path: required two places {}..{} steps apart, {} draws gave none; widen length or make "
        "the {} larger",
        config.length.low, config.length.high, kAttempts,
        config.kind == PathKind::grid ? "grid" : "graph");
  }
};

const RegisterTask<FamilyTask<Path>> kEntry;

}  // namespace
}  // namespace rlreason::data
