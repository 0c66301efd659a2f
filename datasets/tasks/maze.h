// Places and steps between them: what the task `path` asks about.  Verifier `path`.
//
// A gold describes the problem: "graph ab bc cd from a to d in 3" (roads go both ways) or "grid S.x/..G in 3" (x: wall), with
// the length of the shortest way.  An answer to the first is the places on the way, "abcd"; to the second the steps, letters
// of U D L R.  Right: every step exists, the way leads to the goal and has that length.  At most 26 places or 12 x 12 fields.
// Thread safety: const, many threads.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rlreason::data {

struct MazeStep {
  char label;  // the place it leads to, or U D L R
  size_t to;
};

struct Maze {
  bool grid = false;
  std::vector<std::string> places;  // names: "a", or row and column "12"
  std::vector<std::vector<MazeStep>> steps;
  size_t start = 0, goal = 0;
  int64_t length = -1;
  std::string text;  // "ab bc cd" or "S.x/..G"

  std::string gold() const;
  std::string answer(const std::vector<size_t>& way) const;  // way: places from start to goal
  // Distance of every place from the start; -1: cannot be reached.
  std::vector<int64_t> distances() const;
};

std::optional<Maze> graph_from(const std::vector<std::string>& roads, char start, char goal);
std::optional<Maze> grid_from(std::string_view rows);  // with exactly one S and one G
std::optional<Maze> maze_from(std::string_view gold);
// Why an answer is wrong; empty when it is right.
std::string fault_of(const Maze& maze, std::string_view answer);

}  // namespace rlreason::data
