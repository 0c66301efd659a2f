#include "datasets/sources/samples.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/config/parse.h"
#include "core/error.h"
#include "core/random.h"
#include "core/runlog/reader.h"
#include "datasets/dataset.h"
#include "datasets/parallel.h"
#include "datasets/readers/records.h"
#include "datasets/sources/readers.h"
#include "datasets/verifiers/verifier.h"

namespace rlreason::data {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct Sampled {
  Prompt prompt;
  std::vector<std::string> texts{};  // distinct, as they came
};

struct Counts {
  int64_t samples = 0, repeated = 0, of_unknown_prompts = 0, right = 0, wrong = 0, unscored = 0,
          kept = 0;
  int64_t prompts_without = 0;
};

std::string text_of(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

// Prompts by id and by text, with the samples found for them.
class Samples {
 public:
  explicit Samples(const SamplesConfig& config) {
    if (config.prompts.empty()) return;
    for (Prompt& prompt : Dataset::load(config.prompts).prompts) {
      prompt.demonstrations.clear();
      add(std::move(prompt));
    }
    closed_ = true;
  }

  void take_run(const fs::path& run) {
    for (const auto& file : text_files(run)) take_file(file);
    runlog::Reader reader(run);
    runlog::Cursor cursor;
    for (auto records = reader.read(cursor); !records.empty(); records = reader.read(cursor))
      for (const auto& record : records)
        if (record.kind == runlog::Kind::rollout && record.payload.is_object())
          for (const json& row : record.payload.value("rows", json::array()))
            if (row.is_object() && text_of(row, "source") == "policy")
              take(text_of(row, "prompt_id"), text_of(row, "prompt"), row, run.string());
  }

  void take_file(const fs::path& file) {
    const auto records = open_records(file);
    for (json object; records->next(object);) {
      const std::string id = object.contains("id") && object["id"].is_number_integer()
                                 ? object["id"].dump()
                                 : text_of(object, "id");
      take(id, text_of(object, "prompt"), object, records->where());
    }
  }

  std::vector<Sampled>& prompts() { return prompts_; }
  Counts& counts() { return counts_; }

 private:
  static std::vector<fs::path> text_files(const fs::path& run) {
    std::vector<fs::path> files;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(run / "artifacts", failure))
      if (entry.path().string().ends_with(".jsonl.gz")) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
  }

  size_t add(Prompt prompt) {
    const size_t number = prompts_.size();
    by_id_.emplace(prompt.id, number);
    by_text_.emplace(prompt.text, number);
    prompts_.push_back({.prompt = std::move(prompt)});
    seen_.emplace_back();
    return number;
  }

  // The prompt of a sample: known by id or text, or brought along.
  std::optional<size_t> prompt_of(const std::string& id, const std::string& text,
                                  const json& object) {
    if (const auto it = by_id_.find(id); !id.empty() && it != by_id_.end()) return it->second;
    if (const auto it = by_text_.find(text); !text.empty() && it != by_text_.end())
      return it->second;
    if (closed_ || text.empty() || !object.contains("gold")) return std::nullopt;
    Prompt prompt;
    prompt.id = id.empty() ? fmt::format("sampled-{}", prompts_.size()) : id;
    prompt.text = text;
    prompt.gold =
        object["gold"].is_string() ? object["gold"].get<std::string>() : object["gold"].dump();
    prompt.verifier = text_of(object, "verifier");
    if (prompt.verifier.empty()) prompt.verifier = "math";
    prompt.category = text_of(object, "category");
    if (const auto it = object.find("choices"); it != object.end() && it->is_array())
      for (const json& choice : *it)
        if (choice.is_string()) prompt.choices.push_back(choice);
    return add(std::move(prompt));
  }

  void take(const std::string& id, const std::string& prompt, const json& object,
            const std::string& where) {
    std::vector<std::string> texts;
    if (object.contains("text") && object["text"].is_string()) texts.push_back(object["text"]);
    if (const auto it = object.find("responses"); it != object.end() && it->is_array())
      for (const json& response : *it) {
        if (!response.is_string())
          throw DataError("{}: required texts in 'responses', {} came; write each response as text",
                          where, response.type_name());
        texts.push_back(response);
      }
    if (texts.empty())
      throw DataError(
          "{}: required 'responses' or 'text', found none; write {{\"id\", \"responses\": [...]}}",
          where);
    counts_.samples += static_cast<int64_t>(texts.size());
    const auto number = prompt_of(id, prompt, object);
    if (!number) {
      counts_.of_unknown_prompts += static_cast<int64_t>(texts.size());
      return;
    }
    for (std::string& text : texts) {
      if (seen_[*number].insert(text).second)
        prompts_[*number].texts.push_back(std::move(text));
      else
        ++counts_.repeated;
    }
  }

  std::vector<Sampled> prompts_;
  std::vector<std::unordered_set<std::string>> seen_;
  std::unordered_map<std::string, size_t> by_id_, by_text_;
  Counts counts_;
  bool closed_ = false;  // no prompts beside those of a dataset
};

struct Judged {
  std::vector<Demonstration> right;
  int64_t wrong = 0, unscored = 0;
};

Judged judge_samples(const Sampled& sampled, const std::string& verifier) {
  Judged judged;
  for (const std::string& text : sampled.texts) {
    Verdict verdict = verify(verifier.empty() ? sampled.prompt.verifier : verifier,
                             question_of(sampled.prompt), text);
    judged.wrong += verdict.outcome == Outcome::wrong;
    judged.unscored += verdict.outcome == Outcome::unscored;
    if (verdict.right()) judged.right.push_back({.text = text, .verdict = std::move(verdict)});
  }
  return judged;
}

void choose(const SamplesConfig& config, uint64_t seed, const Prompt& prompt,
            std::vector<Demonstration>& right) {
  if (config.choose == SampleChoice::shortest)
    std::stable_sort(right.begin(), right.end(),
                     [](const auto& a, const auto& b) { return a.text.size() < b.text.size(); });
  if (config.choose == SampleChoice::random)
    Sequence({.seed = seed, .purpose = Purpose::data, .prompt = hash_id(prompt.id)}).shuffle(right);
  if (right.size() > static_cast<size_t>(config.per_prompt))
    right.resize(static_cast<size_t>(config.per_prompt));
  for (Demonstration& demonstration : right) demonstration.teacher = config.teacher;
}

json to_json(const Counts& counts) {
  return {{"samples", counts.samples},
          {"repeated", counts.repeated},
          {"of_unknown_prompts", counts.of_unknown_prompts},
          {"right", counts.right},
          {"wrong", counts.wrong},
          {"unscored", counts.unscored},
          {"kept", counts.kept},
          {"prompts_without", counts.prompts_without}};
}

}  // namespace

json read_samples_source(const PrepareConfig& config, const std::string&, const RowVisitor& visit) {
  const auto own = config::parse<SamplesConfig>(config.settings, "settings");
  Samples samples(own);
  for (const std::string& from : config.from)
    fs::is_directory(from) ? samples.take_run(from) : samples.take_file(from);
  std::vector<Sampled>& prompts = samples.prompts();
  Counts& counts = samples.counts();
  if (counts.samples == counts.of_unknown_prompts)
    throw DataError(
        "{}: required samples of known prompts, {} of none came; name their dataset with --set "
        "prompts=DIR",
        config.from.front(), counts.samples);
  std::vector<Judged> judged(prompts.size());
  parallel_for(prompts.size(),
               [&](size_t i) { judged[i] = judge_samples(prompts[i], config.verifier); });
  bool more = true;
  for (size_t i = 0; i < prompts.size(); ++i) {
    counts.right += static_cast<int64_t>(judged[i].right.size());
    counts.wrong += judged[i].wrong;
    counts.unscored += judged[i].unscored;
    counts.prompts_without += judged[i].right.empty();
    if (!more || (judged[i].right.empty() && !own.keep_all)) continue;
    choose(own, config.seed, prompts[i].prompt, judged[i].right);
    counts.kept += static_cast<int64_t>(judged[i].right.size());
    SourceRow row;
    row.prompt = std::move(prompts[i].prompt);
    row.prompt.demonstrations = std::move(judged[i].right);
    row.line = static_cast<int64_t>(i) + 1;
    more = visit(std::move(row));
  }
  return {{"samples", to_json(counts)}};
}

}  // namespace rlreason::data
