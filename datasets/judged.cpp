#include "datasets/judged.h"

#include "core/error.h"
#include "datasets/parallel.h"
#include "datasets/verifiers/verifier.h"

namespace rlreason::data {
namespace {

std::string problem_of(const Prompt& prompt) {
  if (prompt.text.empty()) return "the prompt is empty";
  const Verdict verdict = verify_gold(prompt.verifier, question_of(prompt));
  if (verdict.right()) return "";
  return fmt::format("the gold '{}' does not verify itself with {}: {}", prompt.gold.substr(0, 100),
                     prompt.verifier, verdict.reason);
}

DemonstrationFault fault_of(const PrepareConfig& config, const Demonstration& demonstration) {
  if (static_cast<int64_t>(demonstration.text.size()) > config.max_demonstration_bytes)
    return DemonstrationFault::too_long;
  if (demonstration.verdict.right()) return DemonstrationFault::none;
  return demonstration.verdict.outcome == Outcome::wrong ? DemonstrationFault::wrong
                                                         : DemonstrationFault::unscored;
}

}  // namespace

JudgedRow judge(const PrepareConfig& config, SourceRow row) {
  JudgedRow judged{.row = std::move(row), .faults = {}};
  Prompt& prompt = judged.row.prompt;
  if (!config.split.empty()) prompt.split = config.split;
  if (!config.verifier.empty()) prompt.verifier = config.verifier;
  if (prompt.verifier.empty()) prompt.verifier = "exact";
  find_verifier(prompt.verifier);
  if (judged.row.problem.empty()) judged.row.problem = problem_of(prompt);
  if (!judged.row.problem.empty()) return judged;
  prompt.text = rendered(config, prompt.text, judged.row.system);
  for (Demonstration& demonstration : prompt.demonstrations) {
    demonstration.verdict = verify(prompt, demonstration.text);
    judged.faults.push_back(fault_of(config, demonstration));
  }
  return judged;
}

std::vector<JudgedRow> judge_all(const PrepareConfig& config, std::vector<SourceRow> rows) {
  std::vector<JudgedRow> judged(rows.size());
  parallel_for(rows.size(), [&](size_t i) { judged[i] = judge(config, std::move(rows[i])); });
  return judged;
}

std::string describe(DemonstrationFault fault, const Demonstration& demonstration) {
  switch (fault) {
    case DemonstrationFault::too_long:
      return fmt::format("a demonstration is too long ({} bytes)", demonstration.text.size());
    case DemonstrationFault::wrong:
      return "a demonstration is wrong: " + demonstration.verdict.reason;
    case DemonstrationFault::unscored:
      return "a demonstration is unscored: " + demonstration.verdict.reason;
    case DemonstrationFault::none:
      break;
  }
  return "";
}

}  // namespace rlreason::data
