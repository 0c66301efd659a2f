#include "sweeps/responses_run.h"

#include <algorithm>

#include "core/config/describe.h"
#include "core/digest.h"
#include "core/error.h"
#include "datasets/readers/records.h"
#include "datasets/verifiers/verifier.h"
#include "evaluators/grading.h"
#include "evaluators/suite.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

std::string verifier_text(const std::string& name) {
  const data::VerifierInfo& info = data::find_verifier(name);
  return fmt::format("{}@{}", info.name, info.version);
}

// Over what the items ask, in the order of ids: equal for two systems on the same items.
std::string items_digest(const std::vector<eval::GradedItem>& graded) {
  std::map<std::string, std::string> lines;
  for (const eval::GradedItem& item : graded)
    lines[item.question.id] = config::canonical(json{{"id", item.question.id},
                                                     {"gold", item.question.gold},
                                                     {"choices", item.question.choices}});
  std::string bytes;
  for (const auto& [id, line] : lines) bytes += line + "\n";
  return sha256(bytes);
}

std::vector<eval::StoredText> texts_of(const std::vector<eval::GivenItem>& items,
                                       const std::vector<eval::GradedItem>& graded) {
  std::vector<eval::StoredText> texts;
  for (size_t i = 0; i < items.size(); ++i)
    for (size_t n = 0; n < items[i].responses.size(); ++n)
      texts.push_back({.id = items[i].id,
                       .sample = static_cast<int64_t>(n),
                       .gold = graded[i].question.gold,
                       .text = items[i].responses[n].text,
                       .prompt = {},
                       .category = graded[i].question.category,
                       .choices = graded[i].question.choices,
                       .options = graded[i].question.options});
  return texts;
}

json config_of(const ResponsesRequest& request) {
  return {{"suite", request.suite},
          {"system", request.system},
          {"verifier", verifier_text(request.verifier)},
          {"responses", request.file.string()},
          {"responses_sha256", sha256_file(data::container_of(request.file))},
          {"map", request.shape.map},
          {"gold_after", request.shape.gold_after}};
}

// Without names and places: where a copy of the file lies does not matter, which member of an archive does.
std::string identity_of(json config, const fs::path& file) {
  const fs::path container = data::container_of(file);
  config["responses"] = file == container ? "" : file.lexically_relative(container).string();
  config.erase("system");
  return sha256(config::canonical(config));
}

}  // namespace

json grading_protocol(const std::string& suite, const std::string& verifier,
                      const std::string& dataset_digest, const std::string& source) {
  json protocol = {{"suite", suite},
                   {"source", source},
                   {"verifiers", {verifier_text(verifier)}},
                   {"dataset_digest", dataset_digest}};
  protocol["digest"] = sha256(config::canonical(protocol));
  return protocol;
}

PublishedRun store_responses(const ResponsesRequest& request, const fs::path& runs_dir,
                             store::Store& store) {
  require_name(request.suite, "--suite");
  require_name(request.system, "--system");
  FinishedEvaluation evaluation;
  evaluation.config = config_of(request);
  evaluation.identity = identity_of(evaluation.config, request.file);
  evaluation.name = fmt::format("{}-{}-{}-{:.8}", request.system, request.suite, request.verifier,
                                evaluation.identity);
  if (const auto known = published_evaluation(evaluation.name, evaluation.identity, runs_dir, store,
                                              request.redo_invalid))
    return *known;
  std::vector<eval::GivenItem> items = eval::read_responses(request.file, request.shape);
  eval::GradeOptions how{.verifier = request.verifier,
                         .threads = request.threads,
                         .options = {},
                         .progress = request.progress};
  if (std::any_of(items.begin(), items.end(), [](const auto& item) { return !item.gold; }))
    eval::fill_from_prompts(items, eval::suite_prompts(eval::load_suite(request.suite)),
                            request.suite, how.options);
  const std::vector<eval::GradedItem> graded = eval::grade(items, how);
  evaluation.recipe = request.system;
  evaluation.setting = kGivenSetting;
  evaluation.suite = request.suite;
  evaluation.dataset_digest = items_digest(graded);
  evaluation.protocol =
      grading_protocol(request.suite, request.verifier, evaluation.dataset_digest, kGivenSetting);
  evaluation.items = eval::facts_json(items, graded);
  evaluation.texts = texts_of(items, graded);
  return publish_evaluation(evaluation, runs_dir, store);
}

}  // namespace rlreason::sweep
