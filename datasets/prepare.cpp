#include "datasets/prepare.h"

#include <set>
#include <unordered_set>

#include "core/config/parse.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/process/io.h"
#include "core/process/publish.h"
#include "datasets/dataset.h"
#include "datasets/overlap.h"
#include "datasets/readers/rows.h"
#include "datasets/verifiers/verifier.h"

namespace rlreason::data {
namespace {

using nlohmann::json;

constexpr size_t kBlockBytes = 1 << 20;

enum class SourceKind { task, gsm8k, jsonl };

SourceKind kind_of(const PrepareConfig& config) {
  if (config.source == "gsm8k") return SourceKind::gsm8k;
  return config.source == "jsonl" ? SourceKind::jsonl : SourceKind::task;
}

void check(const PrepareConfig& config) {
  const SourceKind kind = kind_of(config);
  if (kind == SourceKind::task) find_task(config.source);
  if (kind == SourceKind::task && !config.from.empty())
    throw UserError(
        "--from: required a source that reads files, task '{}' came; drop --from or use jsonl",
        config.source);
  if (kind != SourceKind::task && config.from.empty())
    throw UserError("{}: required source files, found none; add --from FILE", config.source);
  if (kind != SourceKind::jsonl && !config.map.empty())
    throw UserError("--map: required the source jsonl, '{}' came; drop --map or use jsonl",
                    config.source);
  check_map(config.map);
  if (!config.verifier.empty()) find_verifier(config.verifier);
  if (!config.prompt_template.empty() && config.prompt_template.find("{text}") == std::string::npos)
    throw UserError(
        "prompt_template: required {{text}} in it, '{}' came; write where the source's text goes",
        config.prompt_template);
}

// Writes lines in blocks and remembers how many.
class LineFile {
 public:
  explicit LineFile(const std::filesystem::path& file) : file_(process::OutputFile::create(file)) {}
  void add(const json& value) {
    block_ += value.dump();
    block_ += '\n';
    if (block_.size() >= kBlockBytes) flush();
  }
  void close() {
    flush();
    file_.close();
  }

 private:
  void flush() {
    if (!block_.empty()) file_.write(block_);
    block_.clear();
  }
  process::OutputFile file_;
  std::string block_;
};

class Preparation {
 public:
  Preparation(const PrepareConfig& config, PreparedSummary& summary,
              const std::filesystem::path& folder)
      : config_(config),
        summary_(summary),
        data_(folder / kDataFile),
        rejected_(folder / "rejected.jsonl"),
        overlap_(load_others(config)) {}

  bool full() const { return config_.limit > 0 && summary_.read >= config_.limit; }

  void accept(SourceRow row) {
    const int64_t number = summary_.read++;
    Prompt& prompt = row.prompt;
    if (prompt.id.empty()) prompt.id = fmt::format("{}-{}", summary_.name, number);
    if (!config_.split.empty()) prompt.split = config_.split;
    if (!config_.verifier.empty()) prompt.verifier = config_.verifier;
    if (prompt.verifier.empty()) prompt.verifier = "exact";
    if (row.problem.empty()) row.problem = problem_of(prompt);
    if (!row.problem.empty()) {
      ++summary_.rejected;
      return reject(row, "row", row.problem);
    }
    prompt.text = rendered(config_, std::move(prompt.text));
    judge_demonstrations(row);
    note(prompt);
    data_.add(prompt);
    ++summary_.rows;
  }

  void finish() {
    data_.close();
    rejected_.close();
    if (summary_.rows == 0)
      throw DataError(
          "{}: required at least one usable row, none of {} came through{}; check the source and "
          "its settings",
          summary_.name, summary_.read,
          first_reason_.empty() ? "" : " (first: " + first_reason_ + ")");
  }

  json overlap() const { return overlap_.report(); }
  std::vector<std::string> verifiers() const { return {verifiers_.begin(), verifiers_.end()}; }

 private:
  std::string problem_of(const Prompt& prompt) {
    if (prompt.text.empty()) return "the prompt is empty";
    if (!ids_.insert(prompt.id).second) return fmt::format("the id '{}' came before", prompt.id);
    const Verdict verdict = verify_gold(prompt.verifier, question_of(prompt));
    if (verdict.right()) return "";
    return fmt::format("the gold '{}' does not verify itself with {}: {}",
                       prompt.gold.substr(0, 100), prompt.verifier, verdict.reason);
  }

  void judge_demonstrations(SourceRow& row) {
    std::vector<Demonstration> kept;
    for (Demonstration& demonstration : row.prompt.demonstrations) {
      const std::string problem = problem_of(row.prompt, demonstration);
      if (!problem.empty() && config_.demonstrations == DemonstrationPolicy::error)
        throw DataError(
            "{}:{}: required right demonstrations of at most {} bytes, {}; use --demonstrations "
            "drop or keep",
            row.file.empty() ? row.prompt.id : row.file, row.line, config_.max_demonstration_bytes,
            problem);
      if (!problem.empty()) reject(row, "demonstration", problem);
      if (problem.empty() || config_.demonstrations == DemonstrationPolicy::keep)
        kept.push_back(std::move(demonstration));
    }
    summary_.demonstrations += static_cast<int64_t>(kept.size());
    row.prompt.demonstrations = std::move(kept);
  }

  std::string problem_of(const Prompt& prompt, Demonstration& demonstration) {
    demonstration.verdict = verify(prompt, demonstration.text);
    if (static_cast<int64_t>(demonstration.text.size()) > config_.max_demonstration_bytes) {
      ++summary_.demonstrations_too_long;
      return fmt::format("a demonstration is too long ({} bytes)", demonstration.text.size());
    }
    if (demonstration.verdict.right()) return "";
    const bool wrong = demonstration.verdict.outcome == Outcome::wrong;
    ++(wrong ? summary_.demonstrations_wrong : summary_.demonstrations_unscored);
    return fmt::format("a demonstration is {}: {}", wrong ? "wrong" : "unscored",
                       demonstration.verdict.reason);
  }

  void note(const Prompt& prompt) {
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

  void reject(const SourceRow& row, std::string_view what, const std::string& reason) {
    if (first_reason_.empty()) first_reason_ = fmt::format("{}:{}: {}", row.file, row.line, reason);
    rejected_.add({{"file", row.file},
                   {"line", row.line},
                   {"id", row.prompt.id},
                   {"what", what},
                   {"reason", reason}});
  }

  const PrepareConfig& config_;
  PreparedSummary& summary_;
  LineFile data_, rejected_;
  OverlapCheck overlap_;
  std::unordered_set<std::string> ids_;
  std::set<std::string> verifiers_;
  std::string first_reason_;
};

void generate_rows(const PrepareConfig& config, PreparedSummary& summary, Preparation& out) {
  const auto stream = find_task(config.source).stream(config.settings);
  const PromptSet excluded = prompts_of(config.exclude);
  const std::string name = config.stream.empty() ? summary.name : config.stream;
  for (int64_t i = 0; i < config.rows && !out.full(); ++i) {
    Drawn drawn = generate_outside(*stream, name, config.seed, static_cast<uint64_t>(i), excluded);
    summary.redrawn += drawn.redrawn;
    out.accept({.prompt = std::move(drawn.prompt), .problem = {}, .file = {}, .line = i + 1});
  }
}

void read_rows(const PrepareConfig& config, Preparation& out) {
  const bool gsm8k = kind_of(config) == SourceKind::gsm8k;
  const auto visit = [&](SourceRow row) {
    if (out.full()) return false;
    if (gsm8k) row.prompt.verifier = "number";
    out.accept(std::move(row));
    return true;
  };
  for (const std::string& file : config.from)
    gsm8k ? read_gsm8k(file, config.keep_calculations, visit) : read_jsonl(file, config.map, visit);
}

std::string licence_of(const PrepareConfig& config) {
  if (!config.licence.empty()) return config.licence;
  switch (kind_of(config)) {
    case SourceKind::task:
      return "generated by rlreason; no third-party content";
    case SourceKind::gsm8k:
      return "MIT (GSM8K, openai/grade-school-math)";
    case SourceKind::jsonl:
      break;
  }
  return "not stated";
}

json settings_json(const PrepareConfig& config) {
  json settings = config::to_json(config);
  for (const char* key : {"from", "against"})
    for (json& path : settings[key])
      path = std::filesystem::path(path.get<std::string>()).filename().string();
  if (kind_of(config) == SourceKind::task)
    settings["settings"] = find_task(config.source).stream(config.settings)->settings();
  return settings;
}

json facts_of(const PrepareConfig& config, const PreparedSummary& summary,
              const Preparation& preparation) {
  json sources = json::array();
  for (const std::string& file : config.from)
    sources.push_back({{"file", std::filesystem::path(file).filename().string()},
                       {"bytes", std::filesystem::file_size(file)},
                       {"sha256", sha256_file(file)}});
  return {{"kind", "dataset"},
          {"format_version", 1},
          {"name", summary.name},
          {"source", config.source},
          {"split", config.split},
          {"sources", sources},
          {"licence", licence_of(config)},
          {"verifiers", preparation.verifiers()},
          {"settings", settings_json(config)},
          {"overlap", preparation.overlap()},
          {"counts",
           {{"read", summary.read},
            {"rows", summary.rows},
            {"rejected", summary.rejected},
            {"redrawn", summary.redrawn},
            {"repeated", summary.repeated},
            {"overlapping", summary.overlapping},
            {"demonstrations", summary.demonstrations},
            {"demonstrations_wrong", summary.demonstrations_wrong},
            {"demonstrations_unscored", summary.demonstrations_unscored},
            {"demonstrations_too_long", summary.demonstrations_too_long}}}};
}

}  // namespace

std::string rendered(const PrepareConfig& config, std::string text) {
  if (config.prompt_template.empty()) return text;
  std::string out = config.prompt_template;
  return out.replace(out.find("{text}"), std::string_view("{text}").size(), text);
}

PreparedSummary prepare(const PrepareConfig& config, const std::filesystem::path& folder) {
  check(config);
  PreparedSummary summary;
  summary.name = !config.name.empty()   ? config.name
                 : config.split.empty() ? config.source
                                        : config.source + "-" + config.split;
  json facts = json::object();
  const process::Manifest manifest = process::publish_directory(
      folder,
      [&](const std::filesystem::path& temporary) {
        Preparation preparation(config, summary, temporary);
        kind_of(config) == SourceKind::task ? generate_rows(config, summary, preparation)
                                            : read_rows(config, preparation);
        preparation.finish();
        facts = facts_of(config, summary, preparation);
      },
      facts);
  for (const process::ManifestFile& file : manifest.files)
    if (file.name == kDataFile) summary.digest = file.sha256;
  summary.manifest = manifest.facts;
  return summary;
}

}  // namespace rlreason::data
