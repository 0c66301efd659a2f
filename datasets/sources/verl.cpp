// verl's and LUFFY's Parquet files.  Their evaluation files repeat an item 8 or 32 times to get avg@k; a repeated row (same
// data_source, prompt, gold and target) is folded into the first, and the manifest says how often each source repeats.
#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "core/digest.h"
#include "datasets/readers/jsonl.h"
#include "datasets/readers/records.h"
#include "datasets/sources/readers.h"

namespace rlreason::data {
namespace {

using nlohmann::json;

// Ids from data_source, split and index; the index is not unique in every file, the row is.
class Ids {
 public:
  std::string of(const SourceRow& row, const json* index) {
    const Prompt& prompt = row.prompt;
    std::string id = prompt.category.empty() ? "row" : prompt.category;
    if (!prompt.split.empty()) id += "-" + prompt.split;
    id += "-" + (index != nullptr && index->is_number_integer() ? index->dump()
                                                                : std::to_string(row.line));
    if (!seen_.insert(id).second) {
      id += "-row" + std::to_string(row.line);
      seen_.insert(id);
    }
    return id;
  }

 private:
  std::unordered_set<std::string> seen_;
};

class Fold {
 public:
  bool repeated(const SourceRow& row) {
    const Prompt& prompt = row.prompt;
    const json what = {prompt.category, row.system, prompt.text, prompt.gold,
                       json(prompt.demonstrations)};
    const auto [it, fresh] = times_.try_emplace(sha256(what.dump()), prompt.category, 0);
    ++it->second.second;
    repeated_ += !fresh;
    return !fresh;
  }
  // {"repeated_rows", "sources": {name: {"items", "fewest", "most"}}} or nothing when no row repeats.
  json report() const {
    if (repeated_ == 0) return json::object();
    std::map<std::string, std::vector<int64_t>> by_source;
    for (const auto& [key, source] : times_) by_source[source.first].push_back(source.second);
    json sources = json::object();
    for (const auto& [name, times] : by_source) {
      const auto [fewest, most] = std::minmax_element(times.begin(), times.end());
      sources[name] = {{"items", times.size()}, {"fewest", *fewest}, {"most", *most}};
    }
    return {{"repeated_rows", repeated_}, {"sources", sources}};
  }

 private:
  std::unordered_map<std::string, std::pair<std::string, int64_t>>
      times_;  // digest -> data_source, times
  int64_t repeated_ = 0;
};

}  // namespace

json read_verl_source(const PrepareConfig& config, const std::string&, const RowVisitor& visit) {
  const RowMap map = config.map.empty() ? verl_map() : RowMap{.paths = config.map};
  Fold fold;
  Ids ids;
  bool more = true;
  for (const std::string& file : config.from) {
    if (!more) break;
    visit_records(file, [&](const json& object, const Records&, SourceRow row) {
      fill_mapped(object, map, row);
      if (row.problem.empty() && fold.repeated(row)) return true;
      if (row.prompt.id.empty() && config.map.empty())
        row.prompt.id = ids.of(row, at_path(object, "extra_info.index"));
      if (row.prompt.verifier.empty()) row.prompt.verifier = "math";
      return more = visit(std::move(row));
    });
  }
  const json folded = fold.report();
  return folded.empty() ? json::object() : json{{"folded", folded}};
}

}  // namespace rlreason::data
