#include "datasets/tasks/maze.h"

#include <algorithm>
#include <deque>

#include "datasets/tasks/answer.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

constexpr size_t kMostRoads = 325, kMostSide = 12;

bool letter(char c) { return c >= 'a' && c <= 'z'; }

std::string reference(const Question& question) {
  const auto maze = maze_from(question.gold);
  if (!maze) return "";
  const std::vector<int64_t> distance = maze->distances();
  if (distance[maze->goal] < 1) return "";
  std::vector<size_t> way{maze->goal};
  while (way.back() != maze->start)  // roads go both ways
    for (const MazeStep& step : maze->steps[way.back()])
      if (distance[step.to] == distance[way.back()] - 1) {
        way.push_back(step.to);
        break;
      }
  std::reverse(way.begin(), way.end());
  return "# " + maze->answer(way);
}

Verdict judge(const Question& question, std::string_view response) {
  const auto maze = maze_from(question.gold);
  if (!maze)
    return unscored(
        "path", "the gold is not of the form 'graph ab bc from a to c in 2' or 'grid S./.G in 2'");
  return judge_marked("path", response,
                      [&](std::string& answer) { return fault_of(*maze, answer); });
}

const RegisterVerifier kEntry{
    {.name = "path",
     .version = "1",
     .summary = "the way after the last '#' leads to the goal and is a shortest one",
     .verify = judge,
     .reference = reference}};

}  // namespace

std::string Maze::gold() const {
  return grid ? fmt::format("grid {} in {}", text, length)
              : fmt::format("graph {} from {} to {} in {}", text, places[start], places[goal],
                            length);
}

std::string Maze::answer(const std::vector<size_t>& way) const {
  std::string out = grid ? "" : places[start];
  for (size_t i = 1; i < way.size(); ++i)
    for (const MazeStep& step : steps[way[i - 1]])
      if (step.to == way[i]) out += step.label;
  return out;
}

std::vector<int64_t> Maze::distances() const {
  std::vector<int64_t> distance(places.size(), -1);
  distance[start] = 0;
  for (std::deque<size_t> queue{start}; !queue.empty(); queue.pop_front())
    for (const MazeStep& step : steps[queue.front()])
      if (distance[step.to] < 0) {
        distance[step.to] = distance[queue.front()] + 1;
        queue.push_back(step.to);
      }
  return distance;
}

std::optional<Maze> graph_from(const std::vector<std::string>& roads, char start, char goal) {
  Maze maze;
  std::map<char, size_t> known;
  const auto place = [&](char name) {
    const auto [it, fresh] = known.emplace(name, maze.places.size());
    if (fresh) {
      maze.places.emplace_back(1, name);
      maze.steps.emplace_back();
    }
    return it->second;
  };
  if (roads.empty() || roads.size() > kMostRoads) return std::nullopt;
  for (const std::string& road : roads) {
    if (road.size() != 2 || !letter(road[0]) || !letter(road[1]) || road[0] == road[1])
      return std::nullopt;
    const size_t a = place(road[0]), b = place(road[1]);
    const auto same = [&](const MazeStep& step) { return step.to == b; };
    if (std::any_of(maze.steps[a].begin(), maze.steps[a].end(), same)) return std::nullopt;
    maze.steps[a].push_back({road[1], b});
    maze.steps[b].push_back({road[0], a});
  }
  if (!known.contains(start) || !known.contains(goal) || start == goal) return std::nullopt;
  maze.start = known[start];
  maze.goal = known[goal];
  maze.text = joined(roads, " ");
  maze.length = maze.distances()[maze.goal];
  return maze;
}

std::optional<Maze> grid_from(std::string_view rows) {
  Maze maze;
  maze.grid = true;
  maze.text = rows;
  const size_t width = rows.find('/') == std::string_view::npos ? rows.size() : rows.find('/');
  const size_t height = (rows.size() + 1) / (width + 1);
  if (width == 0 || width > kMostSide || height > kMostSide ||
      height * (width + 1) != rows.size() + 1)
    return std::nullopt;
  const auto at = [&](size_t r, size_t c) { return rows[r * (width + 1) + c]; };
  if (std::count(rows.begin(), rows.end(), 'S') != 1 ||
      std::count(rows.begin(), rows.end(), 'G') != 1)
    return std::nullopt;
  maze.steps.resize(width * height);
  for (size_t r = 0; r < height; ++r) {
    if (r > 0 && rows[r * (width + 1) - 1] != '/') return std::nullopt;
    for (size_t c = 0; c < width; ++c) {
      if (std::string_view(".xSG").find(at(r, c)) == std::string_view::npos) return std::nullopt;
      maze.places.push_back(fmt::format("{}{}", r + 1, c + 1));
      const size_t here = r * width + c;
      if (at(r, c) == 'S') maze.start = here;
      if (at(r, c) == 'G') maze.goal = here;
      if (at(r, c) == 'x') continue;
      if (r > 0 && at(r - 1, c) != 'x') {
        maze.steps[here].push_back({'U', here - width});
        maze.steps[here - width].push_back({'D', here});
      }
      if (c > 0 && at(r, c - 1) != 'x') {
        maze.steps[here].push_back({'L', here - 1});
        maze.steps[here - 1].push_back({'R', here});
      }
    }
  }
  maze.length = maze.distances()[maze.goal];
  return maze;
}

std::optional<Maze> maze_from(std::string_view gold) {
  Reader reader(gold);
  std::optional<Maze> maze;
  if (reader.take("grid ")) {
    maze = grid_from(reader.take_word());
  } else if (reader.take("graph ")) {
    std::vector<std::string> roads;
    while (!reader.done() && !reader.take("from ")) roads.emplace_back(reader.take_word());
    const std::string_view start = reader.take_word();
    if (!reader.take("to ")) return std::nullopt;
    const std::string_view goal = reader.take_word();
    if (start.size() != 1 || goal.size() != 1) return std::nullopt;
    maze = graph_from(roads, start[0], goal[0]);
  }
  int64_t length = 0;
  if (!maze || !reader.take("in ") || !reader.take_number(length) || !reader.done() ||
      maze->length < 1 || maze->length != length)
    return std::nullopt;
  return maze;
}

std::string fault_of(const Maze& maze, std::string_view answer) {
  if (!maze.grid) {
    if (!answer.starts_with(maze.places[maze.start])) return "the way does not begin at the start";
    answer.remove_prefix(1);
  }
  size_t here = maze.start;
  for (const char label : answer) {
    const auto& steps = maze.steps[here];
    const auto step = std::find_if(steps.begin(), steps.end(),
                                   [&](const MazeStep& each) { return each.label == label; });
    if (step == steps.end()) return fmt::format("there is no such step from {}", maze.places[here]);
    here = step->to;
  }
  if (here != maze.goal) return fmt::format("the way ends at {}", maze.places[here]);
  const auto length = static_cast<int64_t>(answer.size());
  return length == maze.length
             ? ""
             : fmt::format("the way has {} steps, the shortest has {}", length, maze.length);
}

}  // namespace rlreason::data
