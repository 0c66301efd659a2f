#include "trainers/text_scores.h"

#include <filesystem>
#include <vector>

#include "core/engine/model/policy.h"
#include "core/error.h"
#include "core/tokenizer/tokenizer.h"
#include "trainers/state.h"

namespace rlreason::train {
namespace {

using Json = nlohmann::json;

constexpr int64_t kPackedTokens = 8192;  // of one forward pass

struct Text {
  std::vector<int32_t> prompt, response;
  std::string prompt_text, response_text;
};

Text text_of(const Json& line, size_t number, const tokenizer::Tokenizer& tokenizer) {
  const auto has = [&](const char* name) { return line.contains(name) && line[name].is_string(); };
  if (!line.is_object() || !has("prompt") || !has("response"))
    throw DataError("text {}: required {{\"prompt\", \"response\"}}, something else came", number);
  Text text{.prompt = {},
            .response = {},
            .prompt_text = line.at("prompt"),
            .response_text = line.at("response")};
  text.prompt = tokenizer.encode(text.prompt_text);
  text.response = tokenizer.encode(text.response_text);
  if (line.value("eos", false)) text.response.push_back(tokenizer.eos_id());
  if (text.prompt.empty() || text.response.empty())
    throw DataError(
        "text {}: required a prompt and a response of at least one token, {} and {} came", number,
        text.prompt.size(), text.response.size());
  return text;
}

std::vector<Text> texts_of(const std::string& lines, const tokenizer::Tokenizer& tokenizer) {
  std::vector<Text> texts;
  for (size_t begin = 0; begin < lines.size();) {
    const size_t end = std::min(lines.find('\n', begin), lines.size());
    if (end > begin)
      texts.push_back(text_of(Json::parse(lines.substr(begin, end - begin), nullptr, false),
                              texts.size() + 1, tokenizer));
    begin = end + 1;
  }
  if (texts.empty()) throw DataError("texts: required at least one, none came");
  return texts;
}

void require_same_tokens(const std::vector<Text>& texts, const std::filesystem::path& folder) {
  const tokenizer::Tokenizer own = tokenizer::Tokenizer::load(folder);
  for (const Text& text : texts) {
    std::vector<int32_t> ids = own.encode(text.response_text);
    if (ids.size() < text.response.size()) ids.push_back(own.eos_id());
    if (own.encode(text.prompt_text) != text.prompt || ids != text.response)
      throw DataError(
          "{}: required the tokenizer of the other checkpoint, it reads the same text as other "
          "tokens; log-probs of different tokens do not compare",
          folder.string());
  }
}

class Scorer {
 public:
  Scorer(const engine::Policy& policy, double temperature)
      : policy_(policy), temperature_(temperature) {}

  void add(const Text& text, size_t number) {
    const auto length = static_cast<int64_t>(text.prompt.size() + text.response.size());
    if (length > policy_.config().max_position_embeddings)
      throw DataError(
          "text {}: required at most {} tokens (config.json max_position_embeddings), {} came",
          number, policy_.config().max_position_embeddings, length);
    if (layout_.size() > 0 && layout_.size() + length > kPackedTokens) run();
    const int32_t segment = layout_.append(text.response, layout_.append(text.prompt));
    targets_.append_segment(layout_, segment, layout_.segments[static_cast<size_t>(segment)].begin,
                            segment, Source::policy);
    lengths_.push_back(text.response.size());
  }
  std::vector<double> finish() {
    run();
    return std::move(scores_);
  }

 private:
  void run() {
    if (lengths_.empty()) return;
    const at::Tensor logprob =
        policy_.score(layout_, targets_, {.entropy = false, .temperature = temperature_})
            .logprob.to(at::kDouble)
            .contiguous();
    const double* next = logprob.const_data_ptr<double>();
    for (const size_t length : lengths_) {
      double sum = 0;
      for (size_t t = 0; t < length; ++t) sum += *next++;
      scores_.push_back(sum);
    }
    layout_ = {};
    targets_ = {};
    lengths_.clear();
  }

  const engine::Policy& policy_;
  double temperature_;
  engine::Layout layout_;
  engine::Targets targets_;
  std::vector<size_t> lengths_;
  std::vector<double> scores_;
};

}  // namespace

Json text_scores(const Json& job, const std::string& lines, const ReportProgress& progress) {
  Json scores = {{"tokens", Json::array()}, {"logprob", Json::array()}};
  std::vector<Text> texts;
  const Json& checkpoints = job.at("checkpoints");
  uint64_t done = 0;
  for (const Json& own : checkpoints) {
    const std::filesystem::path folder = model_folder(own.get<std::string>());
    const engine::Policy policy = engine::load_policy(folder);
    if (texts.empty()) {
      texts = texts_of(lines, tokenizer::Tokenizer::load(folder));
      for (const Text& text : texts) scores["tokens"].push_back(text.response.size());
    } else {
      require_same_tokens(texts, folder);
    }
    Scorer scorer(policy, job.at("temperature"));
    for (size_t i = 0; i < texts.size(); ++i) {
      scorer.add(texts[i], i + 1);
      progress(++done, texts.size() * checkpoints.size());
    }
    scores["logprob"].push_back(scorer.finish());
  }
  return scores;
}

}  // namespace rlreason::train
