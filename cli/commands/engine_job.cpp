#include "cli/commands/engine_job.h"

#include <filesystem>

#include "core/error.h"
#include "core/process/io.h"
#include "core/process/self.h"
#include "core/process/spawn.h"

namespace rlreason::cli {
namespace {

namespace fs = std::filesystem;

class JobFolder {
 public:
  explicit JobFolder(const std::string& command)
      : path_(fs::temp_directory_path() / ("rlreason-" + command + "-" + process::nonce())) {
    process::make_directory(path_);
  }
  JobFolder(const JobFolder&) = delete;
  JobFolder& operator=(const JobFolder&) = delete;
  ~JobFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

std::string run_engine_job(const std::string& command, const nlohmann::json& job,
                           const std::map<std::string, std::string>& files,
                           const std::string& output) {
  const JobFolder folder(command);
  process::write_file_atomic(folder.path() / "job.json", job.dump());
  for (const auto& [name, content] : files)
    process::write_file_atomic(folder.path() / name, content);
  process::SpawnOptions spawn;
  spawn.argv = {process::find_sibling("rlreason-engine").string(), command, "--job",
                folder.path().string()};
  process::Child child = process::spawn(spawn);
  const process::ExitStatus status = child.wait();
  if (!status.ok())
    throw Error(status.signal ? ExitCode::bug : static_cast<ExitCode>(status.code),
                status.signal ? process::describe_exit(status) : "");
  return process::read_file(folder.path() / output);
}

}  // namespace rlreason::cli
