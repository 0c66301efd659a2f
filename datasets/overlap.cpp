#include "datasets/overlap.h"

#include <fmt/core.h>

#include <filesystem>

#include "datasets/dataset.h"
#include "datasets/prepare_config.h"
#include "datasets/sources/source.h"

namespace rlreason::data {
namespace {

using nlohmann::json;

constexpr size_t kMostExamples = 20;
constexpr size_t kMostIds = 2000;

// Another file, read by the same source with the same map and template.
void add_file(const PrepareConfig& config, const std::string& path, OtherData& other) {
  PrepareConfig same = config;
  same.from = {path};
  find_source(config.source).read(same, other.name(), [&](const SourceRow& row) {
    if (!row.problem.empty()) return true;
    Prompt prompt = row.prompt;
    prompt.text = rendered(config, prompt.text, row.system);
    if (prompt.id.empty()) prompt.id = row.where();
    other.add(prompt);
    return true;
  });
}

}  // namespace

void OtherData::add(const Prompt& prompt) {
  prompts_.add(prompt);
  grams_.add(static_cast<uint32_t>(ids_.size()), prompt.text);
  ids_.push_back(prompt.id);
}

std::vector<OtherData> load_others(const PrepareConfig& config) {
  const GramSizes sizes{.words = config.overlap_words, .short_words = config.overlap_short_words};
  std::vector<OtherData> others;
  for (const std::string& path : config.against) {
    OtherData& other = others.emplace_back(std::filesystem::path(path).filename().string(), sizes);
    if (!std::filesystem::is_directory(path))
      add_file(config, path, other);
    else
      for (const Prompt& prompt : Dataset::load(path).prompts) other.add(prompt);
  }
  for (const GeneratedBlock& block : config.against_blocks) {
    OtherData& other = others.emplace_back(block.stream, sizes);
    for (const Prompt& prompt : generate_block(block)) other.add(prompt);
  }
  for (OtherData& other : others) other.close();
  return others;
}

OverlapCheck::Finding& OverlapCheck::find(const std::string& with, const std::string& id,
                                          const std::string& other) {
  Finding& finding = findings_[with];
  if (finding.examples.size() < kMostExamples)
    finding.examples.push_back({{"id", id}, {"other", other}});
  return finding;
}

void OverlapCheck::note_runs(const OtherData& other, const Prompt& prompt) {
  const auto in_prompt = other.grams_.find(prompt.text);
  std::set<uint32_t> in_demonstrations;
  for (const Demonstration& demonstration : prompt.demonstrations)
    for (const uint32_t item : other.grams_.find(demonstration.text))
      in_demonstrations.insert(item);
  if (in_prompt.empty() && in_demonstrations.empty()) return;
  Finding& finding =
      find(other.name_, prompt.id,
           other.ids_[in_prompt.empty() ? *in_demonstrations.begin() : in_prompt.front()]);
  finding.prompt_rows += !in_prompt.empty();
  finding.demonstration_rows += !in_demonstrations.empty();
  for (const uint32_t item : in_prompt) finding.prompt_items.insert(other.ids_[item]);
  for (const uint32_t item : in_demonstrations)
    finding.demonstration_items.insert(other.ids_[item]);
}

Overlap OverlapCheck::note(const Prompt& prompt) {
  Overlap result = Overlap::none;
  for (const OtherData& other : others_) {
    if (const std::string* id = other.prompts_.find(prompt)) {
      Finding& finding = find(other.name_, prompt.id, *id);
      ++finding.rows;
      finding.items.insert(*id);
      result = Overlap::elsewhere;
    }
    note_runs(other, prompt);
  }
  const auto [it, fresh] =
      seen_.try_emplace(canonical_prompt(prompt.text), prompt.id, prompt.split);
  if (fresh) return result;
  const auto& [id, split] = it->second;
  const bool itself = split == prompt.split;
  ++find(itself ? "itself" : "split " + split, prompt.id, id).rows;
  if (!itself) return Overlap::elsewhere;
  return result == Overlap::none ? Overlap::repeated : result;
}

json OverlapCheck::report() const {
  json report = json::array();
  for (const OtherData& other : others_) {
    const auto it = findings_.find(other.name_);
    const Finding finding = it == findings_.end() ? Finding{} : it->second;
    std::set<std::string> ids = finding.items;
    for (const auto* more : {&finding.prompt_items, &finding.demonstration_items})
      ids.insert(more->begin(), more->end());
    if (ids.size() > kMostIds) ids.erase(std::next(ids.begin(), kMostIds), ids.end());
    report.push_back({{"with", other.name_},
                      {"of", other.size()},
                      {"rows", finding.rows},
                      {"items", finding.items.size()},
                      {"prompt_rows", finding.prompt_rows},
                      {"prompt_items", finding.prompt_items.size()},
                      {"demonstration_rows", finding.demonstration_rows},
                      {"demonstration_items", finding.demonstration_items.size()},
                      {"item_ids", ids},
                      {"examples", finding.examples}});
  }
  for (const auto& [with, finding] : findings_)
    if (with == "itself" || with.starts_with("split "))
      report.push_back({{"with", with}, {"rows", finding.rows}, {"examples", finding.examples}});
  return report;
}

std::vector<std::string> overlap_footnotes(const json& manifest) {
  std::vector<std::string> notes;
  const std::string name = manifest.value("name", std::string("the training data"));
  const auto settings = manifest.value("settings", json::object());
  for (const json& entry : manifest.value("overlap", json::array())) {
    if (!entry.contains("of")) continue;
    const auto items = entry.at("items").get<int64_t>(),
               similar = entry.at("prompt_items").get<int64_t>(),
               taught = entry.at("demonstration_items").get<int64_t>();
    if (items + similar + taught == 0) continue;
    notes.push_back(fmt::format(
        "{}: of {} items, {} stand in the prompts of {} word for word, {} share {} words in a row "
        "with a prompt ({} when short), {} with a demonstration.",
        entry.at("with").get<std::string>(), entry.at("of").get<int64_t>(), items, name, similar,
        settings.value("overlap_words", 13), settings.value("overlap_short_words", 8), taught));
  }
  return notes;
}

}  // namespace rlreason::data
