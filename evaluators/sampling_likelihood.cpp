// Choices by the likelihood of their options: one packed forward pass for the options of several items.
//
//   raw  = sum over the option's tokens of log p(token | prompt, tokens before);  byte = raw / bytes,  token = raw / tokens
// The option's text is tokenized by itself, so no token joins it with the prompt.
#include <algorithm>
#include <array>

#include "core/error.h"
#include "evaluators/choices.h"
#include "evaluators/prompt_template.h"
#include "evaluators/sampling_facts.h"

namespace rlreason::eval {
namespace {

constexpr int32_t kPackedTokens = 8192;  // of one forward pass

struct OptionScore {
  double raw = 0;
  int64_t bytes = 0, tokens = 0;
  double by(Scoring scoring) const {
    if (scoring == Scoring::loglik_byte) return raw / static_cast<double>(bytes);
    return scoring == Scoring::loglik_token ? raw / static_cast<double>(tokens) : raw;
  }
};

struct Asked {
  size_t item;
  int64_t rotation;
  std::vector<OptionScore> options;
};

size_t best(const std::vector<OptionScore>& options, Scoring scoring) {
  size_t chosen = 0;
  for (size_t i = 1; i < options.size(); ++i)
    if (options[i].by(scoring) > options[chosen].by(scoring)) chosen = i;
  return chosen;
}

nlohmann::json fact_of(const Suite& suite, const data::Prompt& shown, const Asked& asked) {
  const size_t gold = *position_of(shown.gold, asked.options.size());
  const size_t chosen = best(asked.options, suite.scoring);
  nlohmann::json fact = {{"sample", asked.rotation * kRotationStride},
                         {"outcome", chosen == gold ? "right" : "wrong"},
                         {"rule", "likelihood"},
                         {"reason", ""},
                         {"answer", label(chosen, has_digit_labels(shown))},
                         {"length", asked.options[chosen].tokens},
                         {"finish", "scored"}};
  for (const auto& [name, scoring] : {std::pair("loglik_raw", Scoring::loglik_raw),
                                      std::pair("loglik_byte", Scoring::loglik_byte),
                                      std::pair("loglik_token", Scoring::loglik_token)})
    fact["flags"][name] = best(asked.options, scoring) == gold;
  note_choice(suite, shown, asked.rotation, fact);
  return fact;
}

// Fills a forward pass with items and reads their options' scores from it.
class Pass {
 public:
  Pass(const engine::Policy& policy, const tokenizer::Tokenizer& tokenizer,
       const PromptTemplate& words)
      : policy_(policy), tokenizer_(tokenizer), words_(words) {}

  void add(const data::Prompt& prompt, size_t item, int64_t rotation) {
    const std::vector<int32_t> ids = tokenizer_.encode(prompt.text);
    if (ids.empty())
      throw UserError("item {}: required a prompt of at least one token, came none", prompt.id);
    const int32_t parent = layout_.append(ids);
    Asked asked{.item = item, .rotation = rotation, .options = {}};
    data::Prompt bare = prompt;
    unlabel_options(bare);
    for (const std::string& text : continuations(words_, bare)) {
      const std::vector<int32_t> own = tokenizer_.encode(text);
      if (own.empty())
        throw UserError("item {}: required options of at least one token, an empty one came",
                        prompt.id);
      const auto length = static_cast<int64_t>(ids.size() + own.size());
      if (length > policy_.config().max_position_embeddings)
        throw UserError(
            "item {}: required prompt and option within {} positions of the model, came {} tokens; "
            "use fewer shots or another model",
            prompt.id, policy_.config().max_position_embeddings, length);
      const int32_t segment = layout_.append(own, parent);
      targets_.append_segment(layout_, segment,
                              layout_.segments[static_cast<size_t>(segment)].begin, segment,
                              Source::policy);
      asked.options.push_back({.raw = 0,
                               .bytes = static_cast<int64_t>(text.size()),
                               .tokens = static_cast<int64_t>(own.size())});
    }
    asked_.push_back(std::move(asked));
  }

  bool full() const { return layout_.size() >= kPackedTokens; }

  std::vector<Asked> run() {
    if (asked_.empty()) return {};
    const at::Tensor logprob = policy_.score(layout_, targets_, {}).logprob.contiguous();
    const float* next = logprob.const_data_ptr<float>();
    for (Asked& asked : asked_)
      for (OptionScore& option : asked.options)
        for (int64_t t = 0; t < option.tokens; ++t) option.raw += static_cast<double>(*next++);
    layout_ = {};
    targets_ = {};
    return std::exchange(asked_, {});
  }

 private:
  const engine::Policy& policy_;
  const tokenizer::Tokenizer& tokenizer_;
  const PromptTemplate& words_;
  engine::Layout layout_;
  engine::Targets targets_;
  std::vector<Asked> asked_;
};

}  // namespace

void score_options(const engine::Policy& policy, const tokenizer::Tokenizer& tokenizer,
                   const Suite& suite, const std::vector<std::vector<data::Prompt>>& prompts,
                   const SamplingOptions& options, Recorder& recorder) {
  const PromptTemplate words = load_prompt_template(suite.prompt_template);
  Pass pass(policy, tokenizer, words);
  const auto take = [&] {
    for (const Asked& asked : pass.run()) {
      const data::Prompt& shown = prompts[static_cast<size_t>(asked.rotation)][asked.item];
      recorder.add(asked.item, fact_of(suite, shown, asked), "", shown);
    }
    return recorder.proceed();
  };
  for (size_t rotation = 0; rotation < prompts.size(); ++rotation)
    for (size_t item = 0; item < prompts[rotation].size(); ++item) {
      const auto number = static_cast<int64_t>(rotation) * kRotationStride;
      if (options.known != nullptr && options.known->has(prompts[rotation][item].id, number))
        continue;
      pass.add(prompts[rotation][item], item, static_cast<int64_t>(rotation));
      if (pass.full() && !take()) return;
    }
  take();
}

}  // namespace rlreason::eval
