#include "sweeps/pool/bundle.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <thread>

#include "core/digest.h"
#include "core/process/io.h"
#include "core/process/lock.h"
#include "core/process/self.h"
#include "core/process/signals.h"
#include "core/terminal/text.h"
#include "sweeps/pool/coordinator.h"
#include "sweeps/pool/liveness.h"
#include "sweeps/run_files.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr int64_t kLargestProgram = int64_t{4} << 30;
constexpr auto kWait = std::chrono::milliseconds(200);

void make_read_only(const fs::path& file, mode_t mode) {
  if (::chmod(file.c_str(), mode) != 0) process::fail_disk(file, "to make it read-only", errno);
}

// A file whose name holds its content's digest: written once.
void put(const fs::path& file, const std::string& text) {
  if (fs::exists(file)) return;
  const fs::path temporary = process::temporary_beside(file);
  process::write_file_atomic(temporary, text);
  make_read_only(temporary, 0444);
  if (!process::rename_new(temporary, file)) process::remove_file(temporary);
}

struct Program {
  std::string name, bytes;
};

fs::path put_programs(const fs::path& root, const std::vector<Program>& programs) {
  std::string all;
  for (const Program& program : programs) all += program.name + " " + sha256(program.bytes) + "\n";
  const fs::path folder = root / sha256(all).substr(0, 16);
  if (fs::exists(folder)) return folder;
  const fs::path temporary = process::temporary_beside(folder);
  process::make_directories(temporary);
  for (const Program& program : programs) {
    process::write_file_atomic(temporary / program.name, program.bytes);
    make_read_only(temporary / program.name, 0555);
  }
  if (!process::rename_new(temporary, folder)) process::remove_tree(temporary);
  return folder;
}

fs::path coordinator_of(const PoolOptions& options) {
  return coordinator_folder(fs::absolute(options.launch.runs_dir).lexically_normal(), options.key);
}

std::set<size_t> with_needs(const train::Graph& graph, size_t node) {
  std::set<size_t> needed{node};
  for (size_t i = node + 1; i-- > 0;)
    if (needed.contains(i))
      for (const train::Producer& producer : graph.specs[i].producers) needed.insert(producer.node);
  return needed;
}

// Columns of a task line.
enum Column : size_t { kIndex, kNode, kKind, kSeed, kLabel, kDirectory, kCommand, kColumns };

std::vector<std::string> columns_of(const std::string& line) {
  std::vector<std::string> columns;
  std::istringstream parts(line);
  for (std::string part; std::getline(parts, part, '\t');) columns.push_back(part);
  return columns;
}

}  // namespace

std::string quoted(const std::string& word) {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("/._-+=:,@").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

json graph_json(const train::Graph& graph) {
  json specs = json::array();
  for (const train::RunSpec& spec : graph.specs) {
    json producers = json::array();
    for (const train::Producer& producer : spec.producers)
      producers.push_back({{"role", producer.role}, {"node", producer.node}});
    specs.push_back({{"kind", static_cast<int>(spec.kind)},
                     {"label", spec.label},
                     {"recipe", spec.recipe},
                     {"setting", spec.setting},
                     {"seed", spec.seed},
                     {"config", spec.config},
                     {"identity", spec.identity},
                     {"pause_at", spec.pause_at},
                     {"producers", producers}});
  }
  return specs;
}

train::Graph graph_from_json(const json& specs) {
  train::Graph graph;
  for (const json& own : specs) {
    train::RunSpec spec;
    spec.kind = static_cast<train::RunKind>(own.at("kind").get<int>());
    spec.label = own.at("label");
    spec.recipe = own.at("recipe");
    spec.setting = own.at("setting");
    spec.seed = own.at("seed");
    spec.config = own.at("config");
    spec.identity = own.at("identity");
    spec.pause_at = own.value("pause_at", int64_t{0});
    for (const json& producer : own.at("producers")) {
      const auto node = producer.at("node").get<size_t>();
      if (node >= graph.specs.size())
        throw DataError("graph: required producers before their users");
      spec.producers.push_back({producer.at("role"), node});
    }
    graph.specs.push_back(std::move(spec));
  }
  return graph;
}

Bundle freeze(const train::Graph& graph, const PoolOptions& options, const fs::path& program) {
  const fs::path own = program.empty() ? process::own_executable() : program;
  const fs::path engine = options.launch.engine.empty() ? process::find_sibling("rlreason-engine")
                                                        : options.launch.engine;
  std::vector<Program> programs;
  programs.push_back({"rlreason", process::read_file(own, kLargestProgram)});
  programs.push_back({"rlreason-engine", process::read_file(engine, kLargestProgram)});
  for (const char* beside : {"rlreason-parquet", "librlreason_cuda.so"})
    if (fs::exists(own.parent_path() / beside))
      programs.push_back({beside, process::read_file(own.parent_path() / beside, kLargestProgram)});
  const fs::path folder = coordinator_of(options);
  process::make_directories(folder);
  process::make_directories(folder.parent_path() / "programs");
  Bundle bundle;
  bundle.programs = put_programs(folder.parent_path() / "programs", programs);
  const std::string text = graph_json(graph).dump(-1, ' ', false, json::error_handler_t::replace);
  bundle.graph = folder / fmt::format("graph-{:.16}.json", sha256(text));
  put(bundle.graph, text);
  return bundle;
}

fs::path write_tasks(const train::Graph& graph, const Bundle& bundle, const PoolOptions& options,
                     const std::vector<size_t>& nodes) {
  const fs::path folder = bundle.graph.parent_path();
  std::string body;
  for (const size_t node : nodes) body += fmt::format("{} ", node);
  const fs::path file =
      folder / fmt::format("tasks-{:.16}.tsv",
                           sha256(bundle.graph.string() + bundle.programs.string() + body));
  const fs::path runs = fs::absolute(options.launch.runs_dir).lexically_normal();
  std::string text;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const train::RunSpec& spec = graph.specs[nodes[i]];
    text += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{} sweep task {} --index {} --runs-dir {}\n", i,
                        nodes[i], kind_name(spec.kind), spec.seed, terminal::clean(spec.label),
                        (runs / spec.directory()).string(),
                        quoted((bundle.programs / "rlreason").string()), quoted(file.string()), i,
                        quoted(runs.string()));
  }
  put(file, text);
  // Which graph the nodes are of, and its digest.
  put(fs::path(file.string() + ".graph"), fmt::format("{} {}\n", bundle.graph.filename().string(),
                                                      sha256(process::read_file(bundle.graph))));
  return file;
}

Task read_task(const fs::path& tasks, int64_t index) {
  std::istringstream lines(process::read_file(tasks));
  std::vector<std::string> columns;
  int64_t count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    if (count == index) columns = columns_of(line);
  if (columns.size() != kColumns)
    throw UserError("{}: required an index from 0 to {}, {} came", tasks.string(), count - 1,
                    index);
  std::istringstream named(process::read_file(fs::path(tasks.string() + ".graph")));
  std::string name, digest;
  named >> name >> digest;
  const fs::path file = tasks.parent_path() / fs::path(name).filename();
  const std::string text = process::read_file(file);
  if (sha256(text) != digest)
    throw DataError(
        "{}: required the graph that was queued ({:.8}), another content came; queue the plan "
        "again",
        file.string(), digest);
  Task task;
  try {
    task.graph = graph_from_json(json::parse(text));
    task.node = std::stoul(columns[kNode]);
  } catch (const std::exception& error) {
    throw DataError("{}: required a queued graph, {}", file.string(), error.what());
  }
  if (task.node >= task.graph.specs.size())
    throw DataError("{}: required a node below {}, {} came", tasks.string(),
                    task.graph.specs.size(), task.node);
  task.runs_dir = fs::path(columns[kDirectory]).parent_path();
  return task;
}

RunOutcome run_task(const Task& task, const LaunchOptions& given) {
  LaunchOptions options = given;
  options.runs_dir = task.runs_dir;
  options.resume = true;
  options.store = nullptr;  // a worker never opens the store
  for (const size_t node : with_needs(task.graph, task.node)) {
    const fs::path directory = run_directory(task.graph.specs[node], options);
    while (!is_done(task.graph.specs[node], directory)) {
      if (process::stop_requested())
        return {RunState::preempted, ExitCode::preempted, "stopped before its needs were there",
                directory, 0};
      if (process::is_locked(directory) || has_worker(directory)) {
        std::this_thread::sleep_for(kWait);
        continue;
      }
      RunOutcome outcome;
      try {
        outcome = run_node(task.graph, node, options);
      } catch (const RefusedError&) {
        if (process::is_locked(directory) || has_worker(directory))
          continue;  // somebody was faster
        throw;
      }
      if (outcome.state != RunState::done && outcome.state != RunState::reused) return outcome;
    }
  }
  return {RunState::done, ExitCode::ok, "", run_directory(task.graph.specs[task.node], options), 0};
}

}  // namespace rlreason::sweep
