#include "evaluators/suite.h"

#include <fmt/ranges.h>

#include <filesystem>
#include <set>

#include "core/config/parse.h"
#include "core/config/yaml_once.h"
#include "core/digest.h"
#include "core/embedded.h"
#include "core/error.h"
#include "datasets/dataset.h"
#include "datasets/verifiers/verifier.h"
#include "evaluators/choices.h"
#include "evaluators/prompt_template.h"

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

std::string preparation_of(const Suite& suite) {
  if (!suite.source)
    return "rlreason prepare-data jsonl --from FILE --map text=… --map gold=… --out " +
           suite.dataset;
  return fmt::format("rlreason prepare-data {} --from FILE --out {}, where FILE is {}", suite.name,
                     suite.dataset, suite.source->files);
}

std::vector<data::Prompt> dataset_prompts(const Suite& suite) {
  if (!std::filesystem::exists(std::filesystem::path(suite.dataset) / data::kManifestFile))
    throw DataError(
        "suite {}: required a prepared dataset in '{}', found none; make it with {}, or name "
        "another folder with --set dataset=FOLDER",
        suite.name, suite.dataset, preparation_of(suite));
  data::Dataset dataset = data::Dataset::load(suite.dataset);
  if (suite.prompts > 0 && static_cast<size_t>(suite.prompts) < dataset.prompts.size())
    dataset.prompts.resize(static_cast<size_t>(suite.prompts));
  return std::move(dataset.prompts);
}

// Bare questions in the source's order of options, with the suite's verifier and options.
std::vector<data::Prompt> bare_prompts(const Suite& suite) {
  std::vector<data::Prompt> prompts =
      suite.task.empty() ? dataset_prompts(suite) : data::generate_block(block_of(suite));
  if (!suite.verifier.empty()) data::find_verifier(suite.verifier);
  const nlohmann::json over = config::non_defaults(suite.options);
  for (data::Prompt& prompt : prompts) {
    if (!suite.verifier.empty()) prompt.verifier = suite.verifier;
    if (!over.empty())
      config::parse_into(config::from_json(over, config::Origin::words("suite " + suite.name)),
                         "options", prompt.options);
  }
  return prompts;
}

// Worked examples for a prompt: the first rows of the other dataset, of the same category where the suite says so.
class Shots {
 public:
  explicit Shots(const Suite& suite) : suite_(suite) {
    if (suite.shots == 0) return;
    Suite other = suite;
    other.dataset = suite.shots_from;
    other.prompts = 0;
    rows_ = dataset_prompts(other);
  }
  std::vector<data::Prompt> of(const data::Prompt& prompt) const {
    std::vector<data::Prompt> chosen;
    for (const data::Prompt& row : rows_)
      if (static_cast<int64_t>(chosen.size()) < suite_.shots && row.id != prompt.id &&
          (!suite_.shots_by_category || row.category == prompt.category)) {
        chosen.push_back(row);
        unlabel_options(chosen.back());
      }
    return chosen;
  }

 private:
  const Suite& suite_;
  std::vector<data::Prompt> rows_;
};

void require_choices(const Suite& suite, const std::vector<data::Prompt>& prompts) {
  if (!by_likelihood(suite) && suite.rotations == 1) return;
  for (const data::Prompt& prompt : prompts)
    if (!is_choice(prompt))
      throw DataError(
          "suite {}: required options and the label of the right one for {}, item {} has none; it "
          "is no choice suite",
          suite.name, by_likelihood(suite) ? "scoring by likelihood" : "rotations", prompt.id);
}

// Only what is not as it was before there were such settings, so that old results keep their digest.
void add_words(const Suite& suite, nlohmann::json& protocol) {
  const Suite plain;
  nlohmann::json own = config::non_defaults(suite, plain);
  for (const char* key : {"top_p", "top_k", "min_p", "scoring", "option_order", "rotations",
                          "shots", "shots_by_category"})
    if (own.contains(key)) protocol[key] = own[key];
  if (suite.prompt_template.empty()) return;
  const PromptTemplate words = load_prompt_template(suite.prompt_template);
  protocol["prompt_template"] = words.name;
  protocol["template_digest"] = sha256(config::canonical(config::to_json(words))).substr(0, 16);
}

}  // namespace

bool by_likelihood(const Suite& suite) { return suite.scoring != Scoring::generate; }

void check(const Suite& suite) {
  if (suite.task.empty() == suite.dataset.empty())
    throw UserError("suite {}: required one of task and dataset, {} came; set exactly one",
                    suite.name, suite.task.empty() ? "neither" : "both");
  if (!suite.task.empty() && suite.prompts < 1)
    throw UserError("suite {}: required prompts >= 1 for a task, {} came; set prompts", suite.name,
                    suite.prompts);
  if (suite.shots > 0 && suite.shots_from.empty())
    throw UserError("suite {}: required shots_from with shots, found none; name a dataset folder",
                    suite.name);
  if (suite.prompt_template.empty() && (by_likelihood(suite) || suite.shots > 0))
    throw UserError("suite {}: required a prompt_template for {}, found none; known: {}",
                    suite.name, suite.shots > 0 ? "worked examples" : "scoring by likelihood",
                    fmt::join(prompt_template_names(), ", "));
}

Suite load_suite(std::string_view name_or_file, const std::vector<std::string>& sets) {
  const NamedText text = named_text(name_or_file, kFolder, "suite");
  config::Node node = config::parse_yaml_once(text.text, text.origin);
  for (const std::string& assignment : sets) config::set(node, assignment);
  Suite suite = config::parse<Suite>(node);
  if (!suite.prompt_template.empty()) load_prompt_template(suite.prompt_template);
  if (by_likelihood(suite)) suite.samples = 1;  // nothing is drawn
  return suite;
}

std::vector<std::string> suite_names() { return embedded_names(kFolder); }

std::vector<std::vector<data::Prompt>> rotated_prompts(const Suite& suite) {
  std::vector<data::Prompt> bare = bare_prompts(suite);
  require_choices(suite, bare);
  if (suite.prompt_template.empty() && suite.rotations == 1 &&
      suite.option_order == OptionOrder::source)
    return {std::move(bare)};
  const Shots shots(suite);
  std::optional<PromptTemplate> words;
  if (!suite.prompt_template.empty()) words = load_prompt_template(suite.prompt_template);
  std::vector<std::vector<data::Prompt>> all;
  for (int64_t rotation = 0; rotation < suite.rotations; ++rotation) {
    std::vector<data::Prompt>& prompts = all.emplace_back(bare);
    for (data::Prompt& prompt : prompts) {
      if (is_choice(prompt)) {
        unlabel_options(prompt);
        reorder(prompt, shown_order(suite, prompt, rotation));
      }
      if (words) {
        prompt.text = rendered(*words, prompt, shots.of(prompt));
        if (words->think) prompt.options.answer_after_think = true;
      }
      if (is_choice(prompt)) label_options(prompt);
    }
  }
  return all;
}

std::vector<data::Prompt> suite_prompts(const Suite& suite) {
  Suite once = suite;
  once.rotations = 1;
  std::vector<data::Prompt> prompts = std::move(rotated_prompts(once).front());
  require_choices(suite, prompts);  // rotations need them, though only the first is given here
  return prompts;
}

std::vector<size_t> shown_order(const Suite& suite, const data::Prompt& prompt, int64_t rotation) {
  return option_order(suite.seed, prompt.id, prompt.choices.size(),
                      suite.option_order == OptionOrder::shuffled, rotation);
}

data::PrepareConfig suite_preparation(const Suite& suite, data::PrepareConfig config) {
  if (!suite.source)
    throw UserError(
        "prepare-data {}: required a suite that declares its source, it {}; use a task or jsonl",
        suite.name, suite.task.empty() ? "declares none" : "generates its prompts");
  config.source = "benchmark";
  if (config.name.empty()) config.name = suite.name;
  if (config.verifier.empty()) config.verifier = suite.verifier;
  if (config.licence.empty()) config.licence = suite.source->licence;
  config.settings = config::from_json(config::to_json(*suite.source),
                                      config::Origin::words("suite " + suite.name));
  return config;
}

std::vector<data::GeneratedBlock> suite_blocks(std::string_view task) {
  // Built in, so read once: a plan asks for every run of its graph.
  static const std::vector<Suite> kBuiltIn = [] {
    std::vector<Suite> all;
    for (const std::string& name : suite_names()) all.push_back(load_suite(name));
    return all;
  }();
  std::vector<data::GeneratedBlock> blocks;
  for (const Suite& suite : kBuiltIn)
    if (suite.task == task) blocks.push_back(block_of(suite));
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
  add_words(suite, protocol);
  if (const double guessing = chance(prompts); guessing > 0) protocol["chance"] = guessing;
  protocol["digest"] = sha256(config::canonical(protocol));
  return protocol;
}

std::string protocol_but_samples(nlohmann::json protocol) {
  protocol.erase("samples");
  protocol.erase("digest");
  return sha256(config::canonical(protocol));
}

}  // namespace rlreason::eval
