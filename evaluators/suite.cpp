#include "evaluators/suite.h"

#include <set>

#include "core/config/parse.h"
#include "core/digest.h"
#include "core/embedded.h"
#include "core/error.h"
#include "datasets/dataset.h"
#include "datasets/verifiers/verifier.h"

namespace rlreason::eval {
namespace {

constexpr std::string_view kFolder = "evaluators/suites/";

data::GeneratedBlock block_of(const Suite& suite) {
  return {.task = suite.task,
          .settings = suite.settings,
          .seed = suite.seed,
          .stream = suite.name,
          .rows = suite.prompts};
}

}  // namespace

void check(const Suite& suite) {
  if (suite.task.empty() == suite.dataset.empty())
    throw UserError("suite {}: required one of task and dataset, {} came; set exactly one",
                    suite.name, suite.task.empty() ? "neither" : "both");
  if (!suite.task.empty() && suite.prompts < 1)
    throw UserError("suite {}: required prompts >= 1 for a task, {} came; set prompts", suite.name,
                    suite.prompts);
}

Suite load_suite(std::string_view name_or_file, const std::vector<std::string>& sets) {
  const NamedText text = named_text(name_or_file, kFolder, "suite");
  config::Node node = config::parse_yaml(text.text, text.origin);
  for (const std::string& assignment : sets) config::set(node, assignment);
  return config::parse<Suite>(node);
}

std::vector<std::string> suite_names() { return embedded_names(kFolder); }

std::vector<data::Prompt> suite_prompts(const Suite& suite) {
  if (!suite.task.empty()) return data::generate_block(block_of(suite));
  data::Dataset dataset = data::Dataset::load(suite.dataset);
  if (suite.prompts > 0 && static_cast<size_t>(suite.prompts) < dataset.prompts.size())
    dataset.prompts.resize(static_cast<size_t>(suite.prompts));
  return std::move(dataset.prompts);
}

std::vector<data::GeneratedBlock> suite_blocks(std::string_view task) {
  std::vector<data::GeneratedBlock> blocks;
  for (const std::string& name : suite_names())
    if (const Suite suite = load_suite(name); suite.task == task) blocks.push_back(block_of(suite));
  return blocks;
}

std::string prompts_digest(const std::vector<data::Prompt>& prompts) {
  std::string bytes;
  for (const data::Prompt& prompt : prompts) {
    nlohmann::json item = {{"id", prompt.id},
                           {"text", prompt.text},
                           {"gold", prompt.gold},
                           {"verifier", prompt.verifier},
                           {"choices", prompt.choices}};
    if (nlohmann::json options = config::non_defaults(prompt.options); !options.empty())
      item["options"] = std::move(options);
    bytes += config::canonical(item) + "\n";
  }
  return sha256(bytes);
}

nlohmann::json suite_protocol(const Suite& suite, const std::vector<data::Prompt>& prompts) {
  std::set<std::string> verifiers;
  for (const data::Prompt& prompt : prompts) {
    const data::VerifierInfo& info = data::find_verifier(prompt.verifier);
    verifiers.insert(fmt::format("{}@{}", info.name, info.version));
  }
  nlohmann::json protocol = {{"suite", suite.name},
                             {"dataset_digest", prompts_digest(prompts)},
                             {"samples", suite.samples},
                             {"temperature", suite.temperature},
                             {"max_new_tokens", suite.max_new_tokens},
                             {"seed", suite.seed},
                             {"verifiers", verifiers}};
  protocol["digest"] = sha256(config::canonical(protocol));
  return protocol;
}

}  // namespace rlreason::eval
