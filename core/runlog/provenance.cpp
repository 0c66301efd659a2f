#include "core/runlog/provenance.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/build_info.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/machine.h"
#include "core/process/io.h"
#include "core/process/piped.h"
#include "core/process/self.h"

namespace rlreason::runlog {
namespace fs = std::filesystem;
namespace {

constexpr auto kSilence = std::chrono::seconds(5);
constexpr size_t kMostOutput = size_t{64} << 20;
constexpr int64_t kSmallFile = int64_t{64} << 10;
constexpr size_t kMostUntracked = 256;

// What git says; nothing when it is absent, fails, hangs or says too much.
std::optional<std::string> git(const fs::path& folder, const std::vector<std::string>& words) {
  std::vector<std::string> argv = {"git", "--no-optional-locks",      "-c", "core.fsmonitor=false",
                                   "-c",  "core.hooksPath=/dev/null", "-C", folder.string()};
  argv.insert(argv.end(), words.begin(), words.end());
  try {
    process::PipedChild child(argv, kSilence);
    std::string text;
    std::vector<char> block(size_t{64} << 10);
    while (const size_t count = child.read(block.data(), block.size())) {
      text.append(block.data(), count);
      if (text.size() > kMostOutput) return std::nullopt;
    }
    return child.wait().ok() ? std::optional(text) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

bool inside(const fs::path& file, const fs::path& folder) {
  const auto relative = file.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

// Over names and contents of small untracked files, "" when there are none.
std::string untracked_digest(const fs::path& top, const fs::path& runs_directory) {
  const auto listed = git(top, {"ls-files", "--others", "--exclude-standard", "-z"});
  if (!listed) return "";
  std::string all;
  size_t taken = 0;
  for (const auto& name : split(*listed, '\0')) {
    const fs::path file = top / name;
    std::error_code error;
    if (inside(file, runs_directory) || !fs::is_regular_file(fs::symlink_status(file, error)))
      continue;
    const auto bytes = static_cast<int64_t>(fs::file_size(file, error));
    if (error || bytes > kSmallFile || ++taken > kMostUntracked) continue;
    try {
      all += name + '\0' + sha256_file(file) + '\n';
    } catch (const DataError&) {  // gone or unreadable by now
    }
  }
  return all.empty() ? "" : sha256(all);
}

std::string read_line(const fs::path& file) {
  try {
    const std::string text = process::read_file(file, int64_t{1} << 20);
    return text.substr(0, text.find('\n'));
  } catch (const DataError&) {
    return "";
  }
}

// Clock ticks after boot at which this process began: with the pid it names a process for ever.  proc(5), field 22.
int64_t process_start() {
  const std::string stat = read_line("/proc/self/stat");
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  const auto fields = split(stat.substr(name_end + 1), ' ');
  constexpr size_t kStart = 22 - 3;
  return fields.size() > kStart ? std::strtoll(fields[kStart].c_str(), nullptr, 10) : 0;
}

std::string operating_system() {
  struct utsname name = {};
  return ::uname(&name) == 0 ? fmt::format("{} {} {}", name.sysname, name.release, name.machine)
                             : "";
}

}  // namespace

nlohmann::json code_state(const fs::path& folder, const fs::path& runs_directory) {
  nlohmann::json code = {{"source", build_info().source}, {"commit", build_info().commit}};
  try {
    code["binary"] = sha256_file(process::own_executable());
  } catch (const Error&) {
    code["binary"] = "";
  }
  for (const char* key : {"git_sha", "git_tree", "diff", "diff_text", "untracked"}) code[key] = "";
  code["dirty"] = false;
  const auto known = git(folder, {"rev-parse", "--show-toplevel", "HEAD", "HEAD^{tree}"});
  const auto lines = split(known.value_or(""), '\n');
  if (lines.size() != 3) return code;
  const fs::path top = lines[0];
  code["git_sha"] = lines[1];
  code["git_tree"] = lines[2];
  const auto diff = git(top, {"diff", "HEAD", "--no-ext-diff", "--no-textconv", "--no-color"});
  if (diff && !diff->empty()) {
    code["diff"] = sha256(*diff);
    if (diff->size() <= kKeptDiffBytes) code["diff_text"] = *diff;
  }
  const std::string untracked = untracked_digest(top, runs_directory);
  code["untracked"] = untracked;
  code["dirty"] = !diff || !diff->empty() || !untracked.empty();
  return code;
}

nlohmann::json environment(const fs::path& run_directory, int64_t threads) {
  const Machine m = machine();
  return {{"cpu", m.processor},
          {"instruction_sets", m.instruction_sets},
          {"threads", threads},
          {"cores", m.cores},
          {"memory_bytes", m.memory_bytes},
          {"torch", build_info().libtorch},
          {"compiler", build_info().compiler},
          {"build_type", build_info().build_type},
          {"cuda", m.nvidia_driver},
          {"gpu", m.nvidia_devices > 0 ? fmt::format("{} x NVIDIA", m.nvidia_devices) : ""},
          {"os", operating_system()},
          {"file_system", file_system(run_directory).type}};
}

void add_provenance(nlohmann::json& hello, const fs::path& run_directory, int64_t threads) {
  std::error_code error;
  const fs::path runs = fs::absolute(run_directory, error).lexically_normal().parent_path();
  const fs::path here = fs::current_path(error);
  hello["code"] = code_state(here, runs);
  hello["environment"] = environment(run_directory, threads);
  hello["boot_id"] = read_line("/proc/sys/kernel/random/boot_id");
  hello["pid_start"] = process_start();
}

}  // namespace rlreason::runlog
