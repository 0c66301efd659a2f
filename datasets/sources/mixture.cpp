#include "datasets/sources/mixture.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <set>

#include "core/config/parse.h"
#include "core/error.h"
#include "core/random.h"
#include "core/registry.h"
#include "datasets/dataset.h"
#include "datasets/sources/readers.h"

namespace rlreason::data {
namespace {

using nlohmann::json;

bool among(const std::vector<std::string>& list, const std::string& word) {
  return list.empty() || std::find(list.begin(), list.end(), word) != list.end();
}

bool fits(const MixtureStage& stage, const Prompt& prompt) {
  if (!among(stage.categories, prompt.category)) return false;
  if (!stage.easiest && !stage.hardest) return true;
  return prompt.difficulty && (!stage.easiest || *prompt.difficulty >= *stage.easiest) &&
         (!stage.hardest || *prompt.difficulty <= *stage.hardest);
}

// One part: its rows in the order of the key, and which are used.
class Part {
 public:
  Part(const MixturePart& config, uint64_t seed)
      : config_(config), dataset_(Dataset::load(config.dataset)) {
    if (config_.name.empty())
      config_.name = std::filesystem::path(config_.dataset).lexically_normal().filename().string();
    order_.resize(dataset_.prompts.size());
    std::iota(order_.begin(), order_.end(), size_t{0});
    Sequence({.seed = seed, .purpose = Purpose::order, .prompt = hash_id(config_.name)})
        .shuffle(order_);
    used_.resize(order_.size());
  }
  const MixturePart& config() const { return config_; }

  // What fits a stage, in order.
  void begin(const MixtureStage& stage) {
    waiting_.clear();
    position_ = 0;
    if (config_.weight <= 0 || !among(stage.parts, config_.name)) return;
    for (const size_t row : order_)
      if (!used_[row] && fits(stage, dataset_.prompts[row])) waiting_.push_back(row);
  }
  bool offers() const { return !waiting_.empty(); }
  bool exhausted() const { return position_ >= waiting_.size() && !(config_.repeat && offers()); }

  Prompt next() {
    const size_t round = position_ / waiting_.size();
    const size_t row = waiting_[position_++ % waiting_.size()];
    used_[row] = true;
    ++taken_;
    Prompt prompt = dataset_.prompts[row];
    prompt.id = config_.name + "/" + prompt.id + (round > 0 ? fmt::format("/{}", round + 1) : "");
    return prompt;
  }
  json facts() const {
    return {
        {"name", config_.name},     {"digest", dataset_.digest},
        {"weight", config_.weight}, {"rows", taken_},
        {"of", order_.size()},      {"licence", dataset_.manifest.value("licence", "not stated")}};
  }

 private:
  MixturePart config_;
  Dataset dataset_;
  std::vector<size_t> order_, waiting_;
  std::vector<bool> used_;
  size_t position_ = 0;
  int64_t taken_ = 0;
};

// Rows of one stage, interleaved by weight.
std::vector<Prompt> stage_rows(std::vector<Part>& parts, const MixtureStage& stage,
                               const std::string& where) {
  std::vector<Part*> live;
  for (Part& part : parts) {
    part.begin(stage);
    if (part.offers()) live.push_back(&part);
  }
  if (live.empty())
    throw DataError(
        "{}: required at least one row that fits, found none; widen its categories or difficulty",
        where);
  if (stage.rows == 0 &&
      std::all_of(live.begin(), live.end(), [](const Part* part) { return part->config().repeat; }))
    throw UserError("{}: required rows when every part repeats, 0 came; set rows", where);
  std::vector<Prompt> rows;
  std::vector<double> behind(live.size(), 0);
  while (stage.rows == 0 || static_cast<int64_t>(rows.size()) < stage.rows) {
    double total = 0;
    for (const Part* part : live) total += part->exhausted() ? 0 : part->config().weight;
    size_t chosen = live.size();
    bool ended = false;
    for (size_t i = 0; i < live.size(); ++i) {
      if (live[i]->exhausted()) {
        ended = true;
        continue;
      }
      behind[i] += live[i]->config().weight / total;
      if (chosen == live.size() || behind[i] > behind[chosen] + 1e-9) chosen = i;
    }
    if (chosen == live.size() || (ended && stage.rows == 0)) break;
    behind[chosen] -= 1;
    rows.push_back(live[chosen]->next());
  }
  if (static_cast<int64_t>(rows.size()) < stage.rows)
    throw DataError(
        "{}: required {} rows, {} fit; ask for fewer, widen the stage or let a part repeat", where,
        stage.rows, rows.size());
  return rows;
}

void check_names(const std::vector<Part>& parts, const std::vector<MixtureStage>& stages) {
  std::vector<std::string> names;
  for (const Part& part : parts) {
    if (std::find(names.begin(), names.end(), part.config().name) != names.end())
      throw UserError("settings.parts: required different names, '{}' came twice; set name",
                      part.config().name);
    names.push_back(part.config().name);
  }
  for (const MixtureStage& stage : stages)
    for (const std::string& name : stage.parts)
      if (!among(names, name))
        throw UserError("settings.stages: required a part's name, '{}' came; did you mean '{}'?",
                        name, nearest(name, names));
}

}  // namespace

json read_mixture_source(const PrepareConfig& config, const std::string&, const RowVisitor& visit) {
  const auto own = config::parse<MixtureConfig>(config.settings, "settings");
  std::vector<Part> parts;
  for (const MixturePart& part : own.parts) parts.emplace_back(part, config.seed);
  check_names(parts, own.stages);
  std::vector<MixtureStage> stages = own.stages;
  if (stages.empty()) stages.push_back({.rows = own.rows});
  json facts = json::array();
  int64_t number = 0;
  for (size_t i = 0; i < stages.size(); ++i) {
    const std::string where =
        own.stages.empty() ? "mixture" : fmt::format("stage {} {}", i + 1, stages[i].name);
    std::vector<Prompt> rows = stage_rows(parts, stages[i], where);
    if (own.order == MixtureOrder::difficulty)
      std::stable_sort(rows.begin(), rows.end(), [](const Prompt& a, const Prompt& b) {
        return a.difficulty && (!b.difficulty || *a.difficulty < *b.difficulty);
      });
    facts.push_back({{"name", stages[i].name}, {"first_row", number}, {"rows", rows.size()}});
    for (Prompt& prompt : rows) {
      SourceRow row;
      row.prompt = std::move(prompt);
      row.line = ++number;
      if (!visit(std::move(row))) break;
    }
  }
  json list = json::array();
  for (const Part& part : parts) list.push_back(part.facts());
  return {{"parts", list}, {"stages", facts}};
}

}  // namespace rlreason::data
