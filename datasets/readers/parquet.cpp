#include "datasets/readers/parquet.h"

#include <charconv>

#include "core/error.h"
#include "core/process/piped.h"
#include "core/process/self.h"
#include "datasets/readers/jsonl.h"

namespace rlreason::data {
namespace {

using process::PipedChild;

constexpr std::chrono::seconds kSilence{120};
constexpr std::string_view kSpeaker = "rlreason-parquet: ";

std::string program() {
  try {
    return process::find_sibling("rlreason-parquet").string();
  } catch (const UserError&) {
    throw UserError(
        "rlreason-parquet: required the program that reads and writes Parquet, found none beside "
        "this one; run make deps and build again (RLR_PARQUET=ON)");
  }
}

// The child's own sentence when it said one, else what became of it.
[[noreturn]] void fail(const std::string& file, PipedChild& child,
                       const process::ExitStatus& status) {
  const std::string& said = child.said();
  const size_t begin = said.rfind(kSpeaker);
  if (!child.silent() && status.signal == 0 && status.code != 0 && begin != std::string::npos) {
    std::string sentence = said.substr(begin + kSpeaker.size());
    sentence.erase(sentence.find_last_not_of('\n') + 1);
    switch (static_cast<ExitCode>(status.code)) {
      case ExitCode::refused:
        throw RefusedError("{}", sentence);
      case ExitCode::disk:
        throw DiskError("{}", sentence);
      default:
        throw DataError("{}", sentence);
    }
  }
  throw DataError(
      "{}: required a readable Parquet file, it is unreadable: its reader {}; write it again, in "
      "smaller row groups if it is large",
      file,
      child.silent() ? std::string("said nothing for 120 s") : process::describe_exit(status));
}

// What the child prints; the end of its output is only believed when it ended well.
class ParquetBytes : public ByteSource {
 public:
  explicit ParquetBytes(const std::string& file)
      : file_(file), child_({program(), "read", file}, kSilence) {}
  size_t read(char* to, size_t bytes) override {
    const size_t count = child_.read(to, bytes);
    if (count > 0) return count;
    if (const process::ExitStatus status = child_.wait(); !status.ok() || child_.silent())
      fail(file_, child_, status);
    return 0;
  }

 private:
  std::string file_;
  PipedChild child_;
};

class ParquetRecords : public Records {
 public:
  explicit ParquetRecords(const std::string& file)
      : file_(file), rows_(file, BufferedBytes(std::make_unique<ParquetBytes>(file))) {}
  bool next(nlohmann::json& object) override { return rows_.next(object); }
  int64_t number() const override { return rows_.number(); }
  std::string_view unit() const override { return "row"; }
  std::string where() const override { return fmt::format("{}: row {}", file_, number()); }

 private:
  std::string file_;
  JsonlReader rows_;
};

}  // namespace

std::unique_ptr<Records> open_parquet(const std::filesystem::path& file) {
  return std::make_unique<ParquetRecords>(file.string());
}

int64_t export_parquet(const std::filesystem::path& data_jsonl, const ParquetExport& how,
                       const std::filesystem::path& target) {
  PipedChild child({program(), "write", data_jsonl.string(), target.string(), "--data-source",
                    how.dataset_name, "--ability", how.ability, "--system", how.system},
                   std::chrono::minutes(10));
  std::string said;
  char text[256];
  for (size_t count; (count = child.read(text, sizeof text)) > 0;) said.append(text, count);
  const process::ExitStatus status = child.wait();
  if (!status.ok() || child.silent()) fail(target.string(), child, status);
  int64_t rows = 0;
  std::from_chars(said.data(), said.data() + said.size(), rows);
  return rows;
}

}  // namespace rlreason::data
