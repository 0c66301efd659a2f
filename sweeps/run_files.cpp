#include "sweeps/run_files.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "core/build_info.h"
#include "core/process/io.h"
#include "core/process/self.h"
#include "core/terminal/text.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr std::string_view kEnginePrefix = "rlreason-engine: ";
constexpr uint64_t kTailBytes = 64 * 1024;

json read_json_or_null(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return {};
  return json::parse(process::read_file(file), nullptr, false);
}

std::optional<StoppedEarly> stop_in(const json& stop) {
  const auto text = [&](const char* key) {
    return stop.contains(key) && stop[key].is_string()
               ? terminal::clean(stop[key].get<std::string>())
               : "";
  };
  if (!stop.is_object() || text("rule").empty()) return std::nullopt;
  const bool number = stop.contains("iteration") && stop["iteration"].is_number_integer();
  return StoppedEarly{number ? stop["iteration"].get<int64_t>() : -1, text("rule"),
                      text("sentence")};
}

}  // namespace

std::string kind_name(train::RunKind kind) {
  switch (kind) {
    case train::RunKind::prepare:
      return "prepare";
    case train::RunKind::train:
      return "train";
    case train::RunKind::evaluate:
      return "evaluate";
  }
  return "?";
}

json inherited(const fs::path& directory, const LaunchOptions& options) {
  const fs::path parent = fs::absolute(directory).lexically_normal().parent_path();
  json list = json::array();
  for (const fs::path& other : options.inherit)
    list.push_back(fs::absolute(other).lexically_normal().lexically_relative(parent).string());
  return list;
}

json describe_run(const train::Graph& graph, size_t node, const fs::path& directory,
                  const LaunchOptions& options, const std::vector<std::string>& argv) {
  const train::RunSpec& spec = graph.specs.at(node);
  const int64_t now = process::now_ms();
  json run = {{"uid", fmt::format("{:011x}-{}", now, process::nonce())},
              {"name", spec.directory()},
              {"kind", kind_name(spec.kind)},
              {"label", spec.label},
              {"recipe", spec.recipe},
              {"setting", spec.setting},
              {"seed", spec.seed},
              {"identity", spec.identity},
              {"config", spec.config},
              {"producers", json::array()},
              {"argv", argv},
              {"created_ms", now},
              {"build", build_line()}};
  const fs::path parent = fs::absolute(directory).lexically_normal().parent_path();
  for (const train::Producer& producer : spec.producers) {
    const train::RunSpec& made_by = graph.specs.at(producer.node);
    const fs::path made_in =
        fs::absolute(options.runs_dir / made_by.directory()).lexically_normal();
    run["producers"].push_back({{"role", producer.role},
                                {"identity", made_by.identity},
                                {"seed", made_by.seed},
                                {"path", made_in.lexically_relative(parent).string()}});
  }
  if (!options.inherit.empty()) run["inherit"] = inherited(directory, options);
  if (!options.experiment.empty()) run["experiment"] = options.experiment;
  if (!options.variant.empty()) run["variant"] = options.variant;
  if (!options.cell.empty()) run["cell"] = options.cell;
  return run;
}

json read_run(const fs::path& directory) {
  const json run = read_json_or_null(directory / "run.json");
  if (run.is_null()) return run;
  if (!run.is_object() || !run.contains("identity") || !run["identity"].is_string() ||
      !run.contains("seed"))
    throw DataError(
        "{}: required the description of a run, something else came; remove the directory to start "
        "again",
        (directory / "run.json").string());
  return run;
}

std::string difference(const json& run, const train::RunSpec& spec) {
  const auto text = [&](const char* key) {
    return run.contains(key) && run[key].is_string() ? run[key].get<std::string>() : "";
  };
  if (text("kind") != kind_name(spec.kind)) return fmt::format("a run of kind '{}'", text("kind"));
  if (text("identity") != spec.identity)
    return fmt::format("{} with another configuration ({:.8} instead of {:.8})", text("recipe"),
                       text("identity"), spec.identity);
  if (run["seed"] != json(spec.seed)) return fmt::format("seed {}", run["seed"].dump());
  return "";
}

std::string result_state(const fs::path& directory) {
  const json result = read_json_or_null(directory / "result.json");
  return result.is_object() && result.contains("state") && result["state"].is_string()
             ? result["state"].get<std::string>()
             : "";
}

int64_t paused_after(const fs::path& directory) {
  const json result = read_json_or_null(directory / "result.json");
  if (!result.is_object() || result.value("state", json()) != "paused") return 0;
  const json iteration = result.value("iteration", json());
  return iteration.is_number_integer() ? iteration.get<int64_t>() : 0;
}

std::string result_reason(const fs::path& directory) {
  const json result = read_json_or_null(directory / "result.json");
  return result.is_object() && result.contains("reason") && result["reason"].is_string()
             ? terminal::clean(result["reason"].get<std::string>())
             : "";
}

bool selects_best(const json& config) {
  const json::json_pointer path("/checkpoint/select");
  return config.is_object() && config.contains(path) && config[path] == "best";
}

std::optional<int64_t> model_iteration(const store::RunDetail& training) {
  if (training.row.kind != "train" || training.row.state != store::RunState::done) return {};
  std::optional<int64_t> newest, best;
  for (const store::CheckpointRow& checkpoint : training.checkpoints) {
    newest = std::max(newest.value_or(checkpoint.iteration), checkpoint.iteration);
    if (checkpoint.kept_because == "best")
      best = std::max(best.value_or(checkpoint.iteration), checkpoint.iteration);
  }
  return selects_best(training.config) && best ? best : newest;
}

std::optional<StoppedEarly> stopped_early(const fs::path& directory) {
  const json result = read_json_or_null(directory / "result.json");
  return result.is_object() && result.contains("stopped") ? stop_in(result["stopped"])
                                                          : std::nullopt;
}

std::optional<StoppedEarly> stopped_early(const store::RunDetail& training) {
  std::optional<StoppedEarly> found;
  if (training.row.state != store::RunState::done) return found;  // begun again since
  for (const store::EventRow& event : training.events)
    if (event.kind == "stopped") found = stop_in(event.payload);
  return found;
}

void write_result(const fs::path& directory, ExitCode code, const std::string& reason) {
  const json result = {{"exit_code", static_cast<int>(code)},
                       {"state", code == ExitCode::ok ? "done" : "failed"},
                       {"iteration", 0},
                       {"reason", reason}};
  process::write_file_atomic(directory / "result.json",
                             result.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

std::vector<std::string> last_lines(const fs::path& log) {
  std::ifstream file(log, std::ios::binary | std::ios::ate);
  if (!file) return {};
  const auto size = static_cast<uint64_t>(std::max<std::streamoff>(0, file.tellg()));
  const uint64_t begin = size > kTailBytes ? size - kTailBytes : 0;
  file.seekg(static_cast<std::streamoff>(begin));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  if (begin > 0 && lines.size() > 1) lines.erase(lines.begin());  // cut in the middle
  return lines;
}

std::string last_words(const fs::path& log, uint64_t offset) {
  std::ifstream file(log, std::ios::binary | std::ios::ate);
  if (!file) return "";
  const auto size = static_cast<uint64_t>(std::max<std::streamoff>(0, file.tellg()));
  file.seekg(
      static_cast<std::streamoff>(std::max(offset, size > kTailBytes ? size - kTailBytes : 0)));
  std::string line, last, sentence;
  while (std::getline(file, line)) {
    if (line.starts_with(kEnginePrefix)) sentence = line.substr(kEnginePrefix.size());
    if (!line.empty()) last = line;
  }
  return terminal::clean((sentence.empty() ? last : sentence).substr(0, 2000));
}

}  // namespace rlreason::sweep
