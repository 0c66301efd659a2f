#include "evaluators/sampling.h"

#include <ATen/ops/zeros.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>

#include "core/engine/generation/generator.h"
#include "core/error.h"
#include "core/process/io.h"
#include "core/runlog/frame.h"
#include "datasets/verifiers/verifier.h"

namespace rlreason::eval {
namespace {

std::string gzip(const std::string& text) {
  z_stream stream{};
  RLR_ENSURE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK,
             "zlib cannot start");
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int code = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  RLR_ENSURE(code == Z_STREAM_END, "zlib ended with {}", code);
  return packed;
}

std::vector<engine::GenerationRequest> requests_of(
    const Suite& suite, const std::vector<std::vector<int32_t>>& prompt_ids,
    const std::vector<data::Prompt>& prompts, const tokenizer::Tokenizer& tokenizer,
    uint64_t seed) {
  std::vector<engine::GenerationRequest> requests;
  for (size_t p = 0; p < prompts.size(); ++p)
    requests.push_back({.id = static_cast<int64_t>(p),
                        .prompt_ids = prompt_ids[p],
                        .key = {.seed = seed,
                                .purpose = Purpose::evaluation,
                                .iteration = 0,
                                .prompt = hash_id(prompts[p].id)},
                        .sample_begin = 0,
                        .sample_count = static_cast<uint32_t>(suite.samples),
                        .max_new_tokens = static_cast<int32_t>(suite.max_new_tokens),
                        .temperature = suite.temperature,
                        .eos_id = tokenizer.eos_id()});
  return requests;
}

// Mean over prompts of the probability, at temperature 1, that a response begins with one of the suite's probe tokens.
double first_token_mass(const engine::Policy& policy, const std::vector<int32_t>& probe,
                        const std::vector<std::vector<int32_t>>& prompt_ids) {
  engine::Layout layout;
  engine::Targets targets;
  for (const auto& ids : prompt_ids) {
    const int32_t segment = layout.append(ids);
    for (const int32_t token : probe) {
      targets.row.push_back(layout.segments[static_cast<size_t>(segment)].end - 1);
      targets.token.push_back(token);
      targets.sequence.push_back(segment);
      targets.source.push_back(Source::policy);
    }
  }
  const at::Tensor logprob =
      policy.score(layout, targets, {.entropy = false, .temperature = 1.0}).logprob;
  return logprob.exp().sum().item<double>() / static_cast<double>(prompt_ids.size());
}

nlohmann::json sample_json(const engine::FinishedSample& done, const data::Verdict& verdict) {
  return {{"sample", done.sample},
          {"outcome", data::to_string(verdict.outcome)},
          {"rule", verdict.rule},
          {"reason", verdict.reason},
          {"answer", verdict.answer},
          {"length", done.response_ids.size()},
          {"finish", to_string(done.finish)}};
}

}  // namespace

SuiteFacts sample_suite(const engine::Policy& policy, const tokenizer::Tokenizer& tokenizer,
                        const Suite& suite, const std::vector<data::Prompt>& prompts,
                        const SamplingOptions& options) {
  SuiteFacts facts{.items = nlohmann::json::array(), .probes = nlohmann::json::object()};
  std::vector<std::vector<int32_t>> prompt_ids;
  for (const data::Prompt& prompt : prompts) {
    prompt_ids.push_back(tokenizer.encode(prompt.text));
    facts.items.push_back({{"id", prompt.id}, {"samples", nlohmann::json::array()}});
  }
  std::vector<int32_t> probe;
  for (const std::string& token : suite.label_probe) {
    probe.push_back(tokenizer.id(token));
    if (probe.back() < 0)
      throw UserError("suite {}: label_probe: required tokens of the model's vocabulary, '{}' came",
                      suite.name, token);
  }
  if (!probe.empty())
    facts.probes["first_token_mass"] = runlog::number(first_token_mass(policy, probe, prompt_ids));

  engine::Generator generator(policy, {.slots = static_cast<int32_t>(options.slots)});
  generator.submit(requests_of(suite, prompt_ids, prompts, tokenizer, options.seed));
  const int64_t total = static_cast<int64_t>(prompts.size()) * suite.samples;
  std::string texts;
  while (!generator.idle()) {
    for (const engine::FinishedSample& done : generator.poll()) {
      const data::Prompt& prompt = prompts[static_cast<size_t>(done.request_id)];
      const std::string text = tokenizer.decode(done.response_ids);
      const data::Verdict verdict = data::verify(prompt, text);
      nlohmann::json own = sample_json(done, verdict);
      if (!probe.empty() && !done.response_ids.empty())
        own["flags"]["first_token_label"] =
            std::find(probe.begin(), probe.end(), done.response_ids.front()) != probe.end();
      facts.items[static_cast<size_t>(done.request_id)]["samples"].push_back(std::move(own));
      if (!options.texts.empty())
        texts += nlohmann::json({{"id", prompt.id},
                                 {"sample", done.sample},
                                 {"prompt", prompt.text},
                                 {"gold", prompt.gold},
                                 {"text", text}})
                     .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
                 "\n";
      facts.samples += 1;
      facts.right += verdict.right() ? 1 : 0;
      facts.unscored += verdict.outcome == data::Outcome::unscored ? 1 : 0;
      facts.tokens += static_cast<int64_t>(done.response_ids.size());
    }
    if (options.progress) options.progress(facts.samples, total, facts.right);
  }
  // Finish order depends on lengths; the record is in sample order.
  for (auto& item : facts.items)
    std::sort(item["samples"].begin(), item["samples"].end(),
              [](const auto& a, const auto& b) { return a["sample"] < b["sample"]; });
  if (!options.texts.empty()) process::write_file_atomic(options.texts, gzip(texts));
  return facts;
}

}  // namespace rlreason::eval
