// rlreason doctor: what this machine can do and what is missing, with the mending command.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/command.h"
#include "core/build_info.h"
#include "core/error.h"
#include "core/machine.h"
#include "core/process/self.h"
#include "core/process/spawn.h"
#include "core/store/store.h"

namespace rlreason::cli {
namespace {

constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;
constexpr double kWantedMemoryGiB = 2, kWantedDiskGiB = 5;

struct Finding {
  std::string item;
  std::string text;
  std::string problem = {};  // "" when all is well
  std::string mend = {};
};

struct Report {
  nlohmann::json facts;
  std::vector<Finding> findings;
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text.empty() ? "none that matter here" : text;
}

void examine_processor(const Machine& m, Report& report) {
  report.facts["processor"] = {{"name", m.processor},
                               {"instruction_sets", m.instruction_sets},
                               {"cores", m.cores},
                               {"core_quota", m.core_quota}};
  report.findings.push_back({"processor", m.processor});
  Finding sets{"instruction sets", joined(m.instruction_sets)};
  if (std::find(m.instruction_sets.begin(), m.instruction_sets.end(), "avx2") ==
      m.instruction_sets.end()) {
    sets.problem = "no AVX2: everything works, several times slower";
    sets.mend = "use a processor with AVX2 (2013 or later)";
  }
  report.findings.push_back(sets);
  std::string cores = fmt::format("{} usable", m.cores);
  if (m.core_quota > 0)
    cores += fmt::format(", limited to {:.1f} by the control group", m.core_quota);
  report.findings.push_back({"cores", cores});
}

void examine_memory(const Machine& m, Report& report) {
  report.facts["memory"] = {{"bytes", m.memory_bytes},
                            {"available_bytes", m.memory_available_bytes},
                            {"limit_bytes", m.memory_limit_bytes}};
  const auto gib = [](int64_t bytes) { return static_cast<double>(bytes) / kGiB; };
  Finding memory{"memory", fmt::format("{:.1f} GiB, {:.1f} GiB available", gib(m.memory_bytes),
                                       gib(m.memory_available_bytes))};
  if (m.memory_limit_bytes > 0)
    memory.text +=
        fmt::format(", limited to {:.1f} GiB by the control group", gib(m.memory_limit_bytes));
  if (gib(m.memory_available_bytes) < kWantedMemoryGiB) {
    memory.problem = fmt::format("less than {:.0f} GiB available", kWantedMemoryGiB);
    memory.mend = "end other programs, or run with fewer slots";
  }
  report.findings.push_back(memory);
}

void examine_disk(const char* item, const std::filesystem::path& path, bool store, Report& report) {
  const FileSystem fs = file_system(path);
  const double free_gib = static_cast<double>(fs.free_bytes) / kGiB;
  report.facts[store ? "store" : "runs"] = {{"path", path.string()},
                                            {"directory", fs.directory.string()},
                                            {"file_system", fs.type},
                                            {"free_bytes", fs.free_bytes},
                                            {"writable", fs.writable}};
  Finding disk{item, fmt::format("{}: {:.1f} GiB free, {}", path.string(), free_gib, fs.type)};
  if (!fs.writable) {
    disk.problem = fmt::format("{} cannot be written", fs.directory.string());
    disk.mend = store ? "pass --store FILE or set RLREASON_STORE"
                      : "pass --runs-dir DIR or set RLREASON_RUNS";
  } else if (free_gib < kWantedDiskGiB) {
    disk.problem = fmt::format("less than {:.0f} GiB free", kWantedDiskGiB);
    disk.mend = "free space, or choose another place";
  } else if (store && fs.shared) {
    disk.problem = "a network file system, where locks may not hold";
    disk.mend = "keep the store on a local disk (--store FILE)";
  }
  report.findings.push_back(disk);
}

// The engine beside us, and whether it starts: a missing library of LibTorch shows here.
void examine_engine(Report& report) {
  const std::filesystem::path path = process::own_executable().parent_path() / "rlreason-engine";
  Finding engine{"engine", fmt::format("{}, LibTorch {}", path.string(), build_info().libtorch)};
  if (!std::filesystem::exists(path)) {
    engine.problem = "not built: train, evaluate and generate need it";
  } else {
    process::Child child = process::spawn({.argv = {path.string(), "--version"},
                                           .out = process::Output::none(),
                                           .err = process::Output::none()});
    const std::optional<process::ExitStatus> status = child.wait(std::chrono::seconds(20));
    constexpr int kLoaderFailed = 127;  // any other answer, even a refusal, shows that it starts
    if (!status || status->signal != 0 || status->code == kLoaderFailed)
      engine.problem =
          "it does not start: " + (status ? process::describe_exit(*status) : "no answer in 20 s");
  }
  if (!engine.problem.empty()) engine.mend = "make build";
  report.facts["engine"] = {{"path", path.string()},
                            {"libtorch", build_info().libtorch},
                            {"starts", engine.problem.empty()}};
  report.findings.push_back(engine);
}

void examine_gpu(const Machine& m, Report& report) {
  report.facts["gpu"] = {
      {"driver", m.nvidia_driver}, {"devices", m.nvidia_devices}, {"plugin", false}};
  std::string text = "plug-in not built";
  if (!m.nvidia_driver.empty())
    text += fmt::format(" (driver {}, {} device{}): everything runs on the processor",
                        m.nvidia_driver, m.nvidia_devices, m.nvidia_devices == 1 ? "" : "s");
  report.findings.push_back({"GPU", text});
}

Report examine(const Globals& globals) {
  Report report;
  const Machine m = machine();
  report.facts["build"] = build_json();
  report.findings.push_back({"build", build_line()});
  examine_processor(m, report);
  examine_memory(m, report);
  examine_disk("runs", globals.runs_dir, false, report);
  examine_disk("store", globals.store, true, report);
  report.facts["sqlite"] = store::sqlite_version();
  report.findings.push_back({"SQLite", store::sqlite_version()});
  examine_engine(report);
  examine_gpu(m, report);
  report.facts["problems"] = nlohmann::json::array();
  for (const Finding& f : report.findings)
    if (!f.problem.empty())
      report.facts["problems"].push_back(
          {{"item", f.item}, {"problem", f.problem}, {"mend", f.mend}});
  return report;
}

void print(const Report& report) {
  for (const Finding& f : report.findings) fmt::print("{:<18}{}\n", f.item, f.text);
  if (report.facts["problems"].empty()) {
    fmt::print("\nNothing is missing.\n");
    return;
  }
  fmt::print("\nMissing or doubtful:\n");
  for (const Finding& f : report.findings)
    if (!f.problem.empty()) fmt::print("  {}: {}; mend it with: {}\n", f.item, f.problem, f.mend);
}

const Register kEntry{
    "doctor", "say what this machine can do and what is missing",
    [](CLI::App&, const Globals& globals) -> Run {
      return [&globals] {
        const Report report = examine(globals);
        if (globals.json)
          fmt::print("{}\n",
                     report.facts.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
        else
          print(report);
      };
    }};

}  // namespace
}  // namespace rlreason::cli
