#include "trainers/catalog/anchors.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "core/registry.h"
#include "trainers/catalog/recipe.h"
#include "trainers/catalog/recipe_facts.h"
#include "trainers/catalog/refusal.h"

namespace rlreason::train {
namespace {

constexpr std::string_view kSuffix = "_logprob";
// Streams …_logprob of the trained policy itself or of the sampler.
const std::set<std::string> kNoAnchors = {"old", "behavior", "hinted", "proxy"};

bool is_name(const std::string& name) {
  return !name.empty() && std::islower(static_cast<unsigned char>(name.front())) &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::islower(c) || std::isdigit(c) || c == '_';
         });
}

std::string words_of(const std::set<std::string>& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

void check_own(const TrainConfig& config, const AnchorConfig& anchor) {
  const int ways = (anchor.every > 0) + (anchor.decay > 0) + (anchor.reset_at > 0) +
                   (anchor.behind > 0);
  if (anchor.kind == "own" && ways != 1)
    refuse(config, fmt::format("anchors.{}: required exactly one of every, decay, reset_at and "
                               "behind for a copy of the run's own weights, {} came",
                               anchor.name, ways));
  if (anchor.kind != "own" && ways != 0)
    refuse(config, fmt::format("anchors.{}: every, decay, reset_at and behind required kind own, {} "
                               "came",
                               anchor.name, anchor.kind));
  if (anchor.decay >= 1)
    refuse(config, fmt::format("anchors.{}: required a decay below 1, {} came: the average would "
                               "stay the first weights; use kind first",
                               anchor.name, anchor.decay));
}

void check_runs(const TrainConfig& config, const AnchorConfig& anchor) {
  if ((anchor.kind == "runs") == anchor.runs.empty())
    refuse(config, fmt::format("anchors.{}: required {}", anchor.name,
                               anchor.runs.empty() ? "at least one run under runs, none came"
                                                   : "kind runs for what stands under runs, " +
                                                         anchor.kind + " came"));
  for (const InitConfig& run : anchor.runs)
    if (run.recipe.empty() && run.checkpoint.empty())
      refuse(config, fmt::format("anchors.{}.runs: required a recipe or a checkpoint, neither came",
                                 anchor.name));
  if (anchor.kind == "first" && config.init.recipe.empty() && config.init.checkpoint.empty())
    refuse(config, fmt::format("anchor {} required first weights to compare with, random ones "
                               "came; set init",
                               anchor.name));
}

}  // namespace

std::string anchor_of_stream(const std::string& stream) {
  if (!stream.ends_with(kSuffix)) return "";
  const std::string name = stream.substr(0, stream.size() - kSuffix.size());
  return kNoAnchors.contains(name) ? "" : name;
}

std::vector<std::string> anchors_read(const TrainConfig& config) {
  std::vector<std::string> names;
  for (const std::string& word : words_read(config))
    if (const std::string name = anchor_of_stream(word); !name.empty()) names.push_back(name);
  return names;
}

std::vector<AnchorConfig> anchors_of(const TrainConfig& config) {
  std::vector<AnchorConfig> anchors = config.anchors;
  const std::vector<std::string> names = anchors_read(config);
  const bool read = std::find(names.begin(), names.end(), "ref") != names.end();
  const bool declared = std::any_of(anchors.begin(), anchors.end(),
                                    [](const AnchorConfig& own) { return own.name == "ref"; });
  if (read && !declared) {
    AnchorConfig first;
    first.name = "ref";
    anchors.push_back(std::move(first));
  }
  return anchors;
}

void check_anchors(const TrainConfig& config) {
  std::set<std::string> known;
  for (const AnchorConfig& anchor : anchors_of(config)) {
    if (!is_name(anchor.name) || kNoAnchors.contains(anchor.name) || anchor.name == "policy")
      refuse(config, fmt::format("anchors: required a name of a-z, 0-9 and _ that begins with a "
                                 "letter and is not policy, {}; '{}' came",
                                 fmt::join(kNoAnchors, ", "), anchor.name));
    if (!known.insert(anchor.name).second)
      refuse(config, fmt::format("anchors: required different names, two are {}", anchor.name));
    check_own(config, anchor);
    check_runs(config, anchor);
  }
  const std::vector<std::string> names = anchors_read(config);
  for (const std::string& name : names)
    if (!known.contains(name))
      refuse(config,
             fmt::format("{}{} is read, required an anchor of that name under anchors; "
                         "declared: {}",
                         name, kSuffix,
                         known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
  std::set<std::string> used(names.begin(), names.end());
  for (const GroupConfig& block : group_blocks(config))
    for (const SlotConfig& slot : block.slots) {
      if (slot.by == "policy") continue;
      used.insert(slot.by);
      if (!known.contains(slot.by))
        refuse(config, fmt::format("a slot is sampled by {}, required an anchor of that name under "
                                   "anchors; declared: {}",
                                   slot.by, words_of(known)));
    }
  for (const std::string& name : known)
    if (!used.contains(name))
      refuse(config, fmt::format("anchors.{}: required a piece that reads {}{} or a slot sampled "
                                 "by it, none came; leave it out",
                                 name, name, kSuffix));
}

std::string anchor_role(const AnchorConfig& anchor, size_t run) {
  return fmt::format("anchor:{}:{}", anchor.name, run);
}

void reduce_anchors(nlohmann::json& identity) {
  if (!identity.contains("anchors")) return;
  for (nlohmann::json& anchor : identity["anchors"]) anchor.erase("runs");
}

}  // namespace rlreason::train
