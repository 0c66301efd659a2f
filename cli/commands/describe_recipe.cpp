#include "cli/commands/describe_recipe.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <vector>

#include "core/config/describe.h"
#include "core/terminal/text.h"
#include "trainers/catalog/anchors.h"
#include "trainers/catalog/pieces.h"
#include "trainers/catalog/recipe.h"
#include "trainers/catalog/recipe_facts.h"
#include "trainers/catalog/selection.h"

namespace rlreason::cli {
namespace {

using Json = nlohmann::json;

constexpr const char* kFormula =
    "L = sum_c coef_c * sum_r weight_c[r] * token_weight_c[r] * loss_c[r]";
constexpr const char* kCostNote =
    "an estimate, per response, relative to on-policy training with groups of the same size: one "
    "generation, forward and "
    "backward pass each";

Json piece_json(const std::string& member, const std::string& axis, Json settings) {
  const train::PieceInfo& info = train::find_piece(axis, settings.at("kind"), "describe");
  settings.erase("kind");
  return {{"member", member},
          {"kind", info.name},
          {"settings", settings},
          {"formula", info.formula},
          {"source", info.source}};
}

Json components_json(const train::TrainConfig& config) {
  Json components = Json::array();
  for (const train::ComponentConfig& component : config.components) {
    Json pieces = Json::array();
    for (const train::PlacedPiece& piece : train::pieces_in_use(component))
      pieces.push_back(piece_json(piece.member, piece.info->axis, piece.settings));
    components.push_back({{"name", component.name},
                          {"tokens", train::selection_text(component.select)},
                          {"coefficient", config::to_json(component.coef)},
                          {"pieces", std::move(pieces)}});
  }
  return components;
}

Json groups_json(const train::TrainConfig& config) {
  Json groups = Json::array();
  for (const train::GroupConfig& block : train::group_blocks(config)) {
    Json slots = Json::array();
    for (const train::SlotConfig& slot : block.slots) slots.push_back(config::to_json(slot));
    groups.push_back({{"name", block.name},
                      {"share", block.share},
                      {"when", block.when},
                      {"hint", block.hint},
                      {"slots", std::move(slots)}});
  }
  return groups;
}

// Who they are, whether their log-probs are read (a forward pass an iteration), and whether slots are sampled by them.
Json anchors_json(const train::TrainConfig& config) {
  const std::vector<std::string> read = train::anchors_read(config);
  Json anchors = Json::array();
  for (const train::AnchorConfig& anchor : train::anchors_of(config)) {
    Json own = config::non_defaults(anchor);
    own["name"] = anchor.name;
    own["kind"] = anchor.kind;
    own["scores_samples"] = std::find(read.begin(), read.end(), anchor.name) != read.end();
    anchors.push_back(std::move(own));
  }
  return anchors;
}

Json needs_json(const train::TrainConfig& config) {
  const train::RecipeNeeds needs = train::needs_of(config);
  Json json = {
      {"generation", needs.rollouts},
      {"demonstrations", needs.demonstrations},
      {"replay_store", needs.replay},
      {"retirement", config.retire.pass_rate > 0},
      {"verdicts", needs.rewards},
      {"streams", Json::object()},
      {"reference_weights",
       std::find(needs.anchors.begin(), needs.anchors.end(), "ref") != needs.anchors.end()},
      {"anchors", anchors_json(config)},
      {"rescoring_before_the_update",
       needs.old_logprob_of_demonstrations ||
           (needs.old_logprob &&
            (needs.unrecorded_old_logprob || config.rollout.old_logprob == "rescored"))},
      {"whole_mini_batch_first", needs.prescore},
      {"critic", needs.value},
      {"responses_with_a_score", needs.rewards ? train::baseline_needs(config).responses : 0}};
  json["streams"]["any"] = Json::array({"logprob"});
  for (const Source source : {Source::policy, Source::demonstration, Source::replay}) {
    const bool there = source == Source::policy   ? needs.rollouts
                       : source == Source::replay ? needs.replay
                                                  : needs.demonstrations;
    const auto streams = train::required_streams(config, source);
    if (there && !streams.empty()) json["streams"][std::string(to_string(source))] = streams;
  }
  return json;
}

std::string settings_text(const Json& settings) {
  std::string text;
  for (const auto& [key, value] : settings.items())
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", key,
                        value.is_string() ? value.get<std::string>() : value.dump());
  return text;
}

bool does_something(const Json& piece) {
  const std::string member = piece.at("member"), kind = piece.at("kind");
  return kind != "none" && kind != "identity" && !(member == "token_weight" && kind == "one");
}

// "1 policy + 1 demonstration - 0.001 entropy": constants as numbers, schedules by name.
std::string sum_of(const Json& components) {
  std::string text = "L =";
  for (const Json& component : components) {
    const Json& coef = component.at("coefficient");
    const std::string factor = coef.at("kind") == "constant"
                                   ? terminal::format_number(coef.at("value"), 4)
                                   : coef.at("kind").get<std::string>() + "(i)";
    text += fmt::format("{}{} {}", text.ends_with('=') ? " " : " + ", factor,
                        component.at("name").get<std::string>());
  }
  return text;
}

std::string piece_text(const Json& piece) {
  const std::string settings = settings_text(piece.at("settings"));
  return fmt::format("    {:13}{}: {}{}\n", piece.at("member").get<std::string>(),
                     piece.at("kind").get<std::string>(), piece.at("formula").get<std::string>(),
                     settings.empty() ? "" : "  [" + settings + "]");
}

std::string pieces_text(const Json& report) {
  std::string text;
  for (const Json& component : report.at("components")) {
    text += fmt::format("  {} (tokens: {})\n", component.at("name").get<std::string>(),
                        component.at("tokens").get<std::string>());
    for (const Json& piece : component.at("pieces"))
      if (does_something(piece)) text += piece_text(piece);
  }
  if (report.contains("token_advantage"))
    text += "  A of a token\n" + piece_text(report.at("token_advantage"));
  if (report.contains("critic"))
    text += "  A of a token, by a critic\n" + piece_text(report.at("critic").at("estimator"));
  if (report.at("needs").at("verdicts").get<bool>())
    text += "  A\n" + piece_text(report.at("advantage")) + piece_text(report.at("reward"));
  return text;
}

// " where all failed": when a slot or a block of groups is there at all.
std::string condition_of(const Json& part) {
  static const std::map<std::string, std::string> kWords = {
      {"always", ""},
      {"after", " once those are judged"},
      {"all_fail", " where all failed"},
      {"greedy_fail", " where the greedy one failed"}};
  return kWords.at(part.at("when").get<std::string>());
}

std::string share_of(const Json& block) {
  if (block.at("when") != "always") return condition_of(block).substr(1);
  return fmt::format("{:.3g} of the prompts", block.at("share").get<double>());
}

std::string groups_text(const Json& groups) {
  std::string text;
  for (const Json& block : groups) {
    std::string slots;
    for (const Json& slot : block.at("slots"))
      slots +=
          fmt::format("{}{} {}{}{}{}", slots.empty() ? "" : " + ", slot.at("n").get<int64_t>(),
                      slot.at("source").get<std::string>(),
                      slot.at("by") == "policy" ? "" : " by " + slot.at("by").get<std::string>(),
                      condition_of(slot),
                      slot.at("from") == "drafts" ? ", from each of them (they then leave)" : "");
    text += text.empty() ? "groups: " : "; ";
    text += groups.size() > 1 ? fmt::format("{} ({}) {}", block.at("name").get<std::string>(),
                                            share_of(block), slots)
                              : slots;
    if (block.at("hint") != "none")
      text += fmt::format(", sampled with hints{}",
                          block.at("hint") == "stripped" ? " and trained without" : "");
  }
  return text + "\n";
}

std::string run_text(const Json& run) {
  if (run.contains("checkpoint")) return run.at("checkpoint").get<std::string>();
  const int64_t seed = run.value("seed", int64_t{0});
  return fmt::format("{} ({})", run.at("recipe").get<std::string>(),
                     seed < 0 ? "this run's seed" : fmt::format("seed {}", seed));
}

std::string anchor_text(const Json& anchor) {
  std::string what = "the run's first weights";
  if (anchor.at("kind") == "runs") {
    std::vector<std::string> runs;
    for (const Json& run : anchor.at("runs")) runs.push_back(run_text(run));
    what = fmt::format("{}{}", runs.size() > 1 ? "mean of the weights of " : "weights of ",
                       fmt::join(runs, " and "));
  } else if (anchor.contains("every")) {
    what = fmt::format("own weights, copied every {} iterations", anchor.at("every").dump());
  } else if (anchor.contains("behind")) {
    what = fmt::format("own weights of {0} iterations ago; {0} copies are kept",
                       anchor.at("behind").dump());
  } else if (anchor.contains("decay")) {
    what = fmt::format("own weights, averaged with decay {}", anchor.at("decay").dump());
  } else if (anchor.contains("reset_at")) {
    what = fmt::format("first weights, from iteration {} on the own ones of then",
                       anchor.at("reset_at").dump());
  }
  if (anchor.contains("temperature"))
    what += fmt::format(", at {} times the temperature", anchor.at("temperature").dump());
  return fmt::format(
      "anchor {}: {}{}\n", anchor.at("name").get<std::string>(), what,
      anchor.at("scores_samples").get<bool>() ? "; one more forward pass an iteration" : "");
}

std::string needs_text(const Json& needs) {
  std::vector<std::string> words;
  const auto add = [&](const char* key, const char* word) {
    if (needs.at(key).get<bool>()) words.push_back(word);
  };
  add("generation", "generation");
  add("demonstrations", "demonstrations");
  add("replay_store", "a store of the policy's earlier responses");
  add("retirement", "a list of solved prompts");
  add("verdicts", "verdicts");
  add("reference_weights", "the first weights beside the current ones");
  add("rescoring_before_the_update", "a scoring pass before the update");
  add("critic", "a critic: a second decoder with a value head, trained beside the policy");
  add("whole_mini_batch_first", "a pass over the whole mini-batch before each step");
  if (needs.at("responses_with_a_score") > 1)
    words.push_back(fmt::format("{} scored responses in a group",
                                needs.at("responses_with_a_score").get<int64_t>()));
  std::string text = fmt::format("needs: {}\n", fmt::join(words, ", "));
  for (const Json& anchor : needs.at("anchors")) text += anchor_text(anchor);
  text += "streams:";
  for (const auto& [source, streams] : needs.at("streams").items())
    text +=
        fmt::format(" {} ({})", fmt::join(streams.get<std::vector<std::string>>(), " "), source);
  return text + "\n";
}

}  // namespace

Json recipe_report(const std::string& recipe) {
  const train::ResolvedConfig resolved = train::resolve_config(recipe, "tiny", {});
  const train::TrainConfig& config = resolved.config;
  const train::RelativeCost cost = train::relative_cost(config);
  Json report = {
      {"name", recipe},
      {"summary", config.summary},
      {"source", config.source},
      {"deviations", config.deviations},
      {"formula", kFormula},
      {"components", components_json(config)},
      {"advantage", piece_json("advantage", "advantages", config::to_json(config.advantage))},
      {"reward", piece_json("reward", "rewards", config::to_json(config.reward))},
      {"groups", groups_json(config)},
      {"replay", config::non_defaults(config.replay)},
      {"retire", config::non_defaults(config.retire)},
      {"stop", config::non_defaults(config.stop)},
      {"needs", needs_json(config)},
      {"cost",
       {{"generated", cost.generated},
        {"forward", cost.forward},
        {"backward", cost.backward},
        {"note", kCostNote}}},
      {"config", resolved.json},
      {"identity_values", resolved.identity}};
  if (!config.token_advantage.is_null())
    report["token_advantage"] =
        piece_json("per_token", "token_advantages", config::to_json(config.token_advantage));
  if (!config.critic.estimator.is_null()) {
    report["critic"] = config::to_json(config.critic);
    report["critic"]["estimator"] =
        piece_json("estimator", "critics", config::to_json(config.critic.estimator));
  }
  return report;
}

std::string recipe_text(const Json& report) {
  const Json& cost = report.at("cost");
  std::string text =
      fmt::format("{}: {}\nsource: {}\n", report.at("name").get<std::string>(),
                  report.at("summary").get<std::string>(), report.at("source").get<std::string>());
  for (const std::string deviation : report.at("deviations"))
    text += fmt::format("differs: {}\n", deviation);
  text += fmt::format("\n{}\n{}   (i: iteration)\n\n{}\n", report.at("formula").get<std::string>(),
                      sum_of(report.at("components")), pieces_text(report));
  text += groups_text(report.at("groups"));
  for (const char* block : {"replay", "retire", "stop"})
    if (!report.at(block).empty())
      text += fmt::format("{}: {}\n", block, settings_text(report.at(block)));
  text += needs_text(report.at("needs"));
  text += fmt::format("cost: generated {:.2f}, forward {:.2f}, backward {:.2f} ({})\n",
                      cost.at("generated").get<double>(), cost.at("forward").get<double>(),
                      cost.at("backward").get<double>(), cost.at("note").get<std::string>());
  return text;
}

}  // namespace rlreason::cli
