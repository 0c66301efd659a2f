#include "datasets/preparation.h"

#include "core/error.h"
#include "datasets/dataset.h"
#include "datasets/verifiers/verifier.h"

namespace rlreason::data {
namespace {

using nlohmann::json;

constexpr size_t kBlockBytes = 1 << 20;
constexpr size_t kBatchRows = 512;

}  // namespace

void LineFile::add(const json& value) {
  block_ += value.dump();
  block_ += '\n';
  if (block_.size() >= kBlockBytes) flush();
}

void LineFile::close() {
  flush();
  file_.close();
}

void LineFile::flush() {
  if (!block_.empty()) file_.write(block_);
  block_.clear();
}

Preparation::Preparation(const PrepareConfig& config, PreparedSummary& summary,
                         const std::filesystem::path& folder, PrepareProgress progress)
    : config_(config),
      summary_(summary),
      data_(folder / kDataFile),
      rejected_(folder / "rejected.jsonl"),
      overlap_(load_others(config)),
      progress_(std::move(progress)) {}

bool Preparation::add(SourceRow row) {
  const int64_t number = summary_.read;
  if (config_.limit > 0 && number >= config_.limit) return false;
  ++summary_.read;
  if (row.prompt.id.empty()) row.prompt.id = fmt::format("{}-{}", summary_.name, number);
  pending_.push_back(std::move(row));
  if (pending_.size() >= kBatchRows) judge_pending();
  return true;
}

void Preparation::finish() {
  judge_pending();
  data_.close();
  rejected_.close();
  if (summary_.rows == 0)
    throw DataError(
        "{}: required at least one usable row, none of {} came through{}; check the source and "
        "its settings",
        summary_.name, summary_.read,
        first_reason_.empty() ? "" : " (first: " + first_reason_ + ")");
}

void Preparation::judge_pending() {
  for (JudgedRow& judged : judge_all(config_, std::exchange(pending_, {})))
    accept(std::move(judged));
  if (progress_) progress_(summary_.read, summary_.rows);
}

void Preparation::accept(JudgedRow judged) {
  SourceRow& row = judged.row;
  if (row.problem.empty() && !ids_.insert(row.prompt.id).second)
    row.problem = fmt::format("the id '{}' came before", row.prompt.id);
  if (!row.problem.empty()) {
    ++summary_.rejected;
    return reject(row, "row", row.problem);
  }
  take_demonstrations(judged);
  note(row.prompt);
  data_.add(row.prompt);
  ++summary_.rows;
}

void Preparation::take_demonstrations(JudgedRow& judged) {
  std::vector<Demonstration>& demonstrations = judged.row.prompt.demonstrations;
  std::vector<Demonstration> kept;
  for (size_t i = 0; i < demonstrations.size(); ++i) {
    const DemonstrationFault fault = judged.faults[i];
    const std::string problem = describe(fault, demonstrations[i]);
    summary_.demonstrations_too_long += fault == DemonstrationFault::too_long;
    summary_.demonstrations_wrong += fault == DemonstrationFault::wrong;
    summary_.demonstrations_unscored += fault == DemonstrationFault::unscored;
    if (fault != DemonstrationFault::none) {
      if (config_.demonstrations == DemonstrationPolicy::error)
        throw DataError(
            "{}: required right demonstrations of at most {} bytes, {}; use --demonstrations drop "
            "or keep",
            judged.row.where(), config_.max_demonstration_bytes, problem);
      reject(judged.row, "demonstration", problem);
      if (config_.demonstrations == DemonstrationPolicy::drop) continue;
    }
    kept.push_back(std::move(demonstrations[i]));
  }
  summary_.demonstrations += static_cast<int64_t>(kept.size());
  demonstrations = std::move(kept);
}

void Preparation::note(const Prompt& prompt) {
  const VerifierInfo& info = find_verifier(prompt.verifier);
  verifiers_.insert(fmt::format("{}@{}", info.name, info.version));
  switch (overlap_.note(prompt)) {
    case Overlap::none:
      break;
    case Overlap::repeated:
      ++summary_.repeated;
      break;
    case Overlap::elsewhere:
      ++summary_.overlapping;
      break;
  }
}

void Preparation::reject(const SourceRow& row, std::string_view what, const std::string& reason) {
  if (first_reason_.empty()) first_reason_ = row.where() + ": " + reason;
  rejected_.add({{"file", row.file},
                 {std::string(row.unit), row.line},
                 {"id", row.prompt.id},
                 {"what", what},
                 {"reason", reason}});
}

}  // namespace rlreason::data
