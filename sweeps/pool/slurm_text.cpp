// What is written for Slurm and read from it.
#include <charconv>
#include <cmath>
#include <set>
#include <sstream>

#include "core/error.h"
#include "sweeps/pool/slurm.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;
namespace {

std::string time_limit(double hours) {
  const auto minutes = static_cast<int64_t>(std::ceil(hours * 60));
  return fmt::format("{:02}:{:02}:00", minutes / 60, minutes % 60);
}

}  // namespace

std::string slurm_script(const std::string& job, int64_t tasks, const PlanResources& resources,
                         const SlurmOptions& options, const fs::path& task_file,
                         const Bundle& bundle, const fs::path& runs_dir) {
  std::string text = "#!/bin/sh\n";
  const auto option = [&](const std::string& word) { text += "#SBATCH " + word + "\n"; };
  option("--job-name=" + job);
  option(fmt::format("--array=0-{}{}", tasks - 1,
                     options.at_a_time > 0 ? fmt::format("%{}", options.at_a_time) : ""));
  option(fmt::format("--cpus-per-task={}", std::max<int64_t>(1, resources.cores)));
  if (resources.gpus > 0) option(fmt::format("--gres=gpu:{}", resources.gpus));
  if (resources.memory_gib > 0) option(fmt::format("--mem={:.0f}M", resources.memory_gib * 1024));
  if (resources.hours > 0) option("--time=" + time_limit(resources.hours));
  option("--requeue");
  option("--open-mode=append");
  option("--signal=B:USR1@180");
  option("--output=" + (bundle.graph.parent_path() / "slurm" / "%A_%a.out").string());
  for (const std::string& extra : options.extra) option(extra);
  text += fmt::format(
      "trap 'kill -USR1 $child 2>/dev/null; wait $child; exit 99' USR1 TERM\n"
      "{} sweep task {} --index $SLURM_ARRAY_TASK_ID --runs-dir {} --quiet &\n"
      "child=$!\n"
      "wait $child\n",
      quoted((bundle.programs / "rlreason").string()), quoted(task_file.string()),
      quoted(runs_dir.string()));
  return text;
}

int64_t max_array_size(const std::string& config) {
  std::istringstream lines(config);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("MaxArraySize")) continue;
    const size_t begin = line.find_first_of("0123456789");
    int64_t size = 0;
    if (begin != std::string::npos)
      std::from_chars(line.data() + begin, line.data() + line.size(), size);
    if (size > 1) return size;  // indices 0 to size - 1
  }
  throw UserError(
      "scontrol: required MaxArraySize in its configuration, none came; are job arrays allowed "
      "here?");
}

std::vector<SlurmElement> parse_squeue(const std::string& text) {
  std::vector<SlurmElement> elements;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> parts;
    std::istringstream words(line);
    for (std::string word; std::getline(words, word, '|');) parts.push_back(word);
    if (parts.size() < 4) continue;
    SlurmElement element{parts[0], parts[3], parts[2], 0};
    const auto [end, error] =
        std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), element.index);
    if (error == std::errc()) elements.push_back(std::move(element));
  }
  return elements;
}

std::string meaning_of(const std::string& state) {
  static const std::set<std::string> kQueued = {"PENDING",      "CONFIGURING", "REQUEUED",
                                                "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT",
                                                "RESV_DEL_HOLD"};
  static const std::set<std::string> kRunning = {"RUNNING",  "COMPLETING", "SUSPENDED", "STAGE_OUT",
                                                 "RESIZING", "SIGNALING",  "STOPPED"};
  return kQueued.contains(state) ? "queued" : kRunning.contains(state) ? "running" : "ended";
}

}  // namespace rlreason::sweep
