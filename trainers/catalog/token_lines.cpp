#include "trainers/catalog/token_lines.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "core/json.h"
#include "core/registry.h"
#include "trainers/catalog/recipe.h"
#include "trainers/catalog/recipe_facts.h"

namespace rlreason::train {
namespace {

using Json = nlohmann::json;

constexpr std::array kSources = {Source::policy,  Source::demonstration, Source::replay,
                                 Source::teacher, Source::hint,          Source::environment};
constexpr double kRounding = 1e-6;  // a log-prob of a certain token may come out a little above 0

// One place in the input, for sentences.
struct Place {
  std::string text;
  Place at(std::string_view key) const {
    return {text.ends_with(':') ? fmt::format("{} {}", text, key)
                                : fmt::format("{}.{}", text, key)};
  }
  Place at(size_t index) const { return at(std::to_string(index)); }
};

// Words of others, cut and safe to print.
std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > 40) text = text.substr(0, 37) + "...";
  return text;
}

double number_at(const Json& value, const Place& place) {
  if (!value.is_number())
    throw DataError("{}: required a finite number, {} came", place.text, shown(value));
  const double number = value.get<double>();
  if (!std::isfinite(number))
    throw DataError("{}: required a finite number, {} came", place.text, number);
  return number;
}

const Json& list_at(const Json& value, const Place& place) {
  if (!value.is_array()) throw DataError("{}: required a list, {} came", place.text, shown(value));
  return value;
}

void require_object(const Json& value, const Place& place) {
  if (!value.is_object())
    throw DataError("{}: required an object, {} came", place.text, shown(value));
}

bool bool_at(const Json& value, const Place& place) {
  if (!value.is_boolean())
    throw DataError("{}: required true or false, {} came", place.text, shown(value));
  return value.get<bool>();
}

std::string text_at(const Json& value, const Place& place) {
  if (!value.is_string())
    throw DataError("{}: required a string, {} came", place.text, shown(value));
  return value.get<std::string>();
}

void require_length(size_t required, size_t came, const Place& place, const char* what) {
  if (required != came)
    throw DataError("{}: required {} values, one {}, {} came", place.text, required, what, came);
}

Source source_at(const Json& value, const Place& place) {
  std::vector<std::string> names;
  for (const Source source : kSources) {
    names.emplace_back(to_string(source));
    if (value.is_string() && value.get<std::string>() == names.back()) return source;
  }
  throw DataError("{}: required one of {}, {} came", place.text, fmt::join(names, ", "),
                  shown(value));
}

std::vector<double> stream_at(const std::string& name, const Json& value, size_t tokens,
                              const Place& place) {
  const Json& list = list_at(value, place);
  require_length(tokens, list.size(), place, "a token");
  std::vector<double> numbers;
  for (size_t t = 0; t < list.size(); ++t) {
    numbers.push_back(number_at(list[t], place.at(t)));
    if (name.ends_with("logprob") && numbers.back() > kRounding)
      throw DataError(
          "{}: required a log-probability (natural logarithm, at most 0), {} came; take the "
          "logarithm of probabilities",
          place.at(t).text, numbers.back());
    if (name == "entropy" && numbers.back() < -kRounding)
      throw DataError("{}: required an entropy in nats, at least 0, {} came", place.at(t).text,
                      numbers.back());
  }
  return numbers;
}

TokenSequence sequence_at(const Json& json, const Place& place) {
  require_object(json, place);
  if (!json.contains("logprob"))
    throw DataError(
        "{}: required logprob, the current policy's log-probability of each token, none came",
        place.text);
  const size_t tokens = list_at(json.at("logprob"), place.at("logprob")).size();
  if (tokens == 0)
    throw DataError("{}: required at least one token, none came", place.at("logprob").text);
  TokenSequence sequence{.source = std::vector<Source>(tokens, Source::policy),
                         .trained = std::vector<bool>(tokens, true),
                         .text = {},
                         .streams = {}};
  for (const auto& [key, value] : json.items()) {
    const Place own = place.at(key);
    if (key == "source" && value.is_array()) {
      require_length(tokens, value.size(), own, "a token");
      for (size_t t = 0; t < tokens; ++t) sequence.source[t] = source_at(value[t], own.at(t));
    } else if (key == "source") {
      sequence.source.assign(tokens, source_at(value, own));
    } else if (key == "trained") {
      require_length(tokens, list_at(value, own).size(), own, "a token");
      for (size_t t = 0; t < tokens; ++t) sequence.trained[t] = bool_at(value[t], own.at(t));
    } else if (key == "text") {
      require_length(tokens, list_at(value, own).size(), own, "a token");
      for (size_t t = 0; t < tokens; ++t) sequence.text.push_back(text_at(value[t], own.at(t)));
    } else if (key == "truncated") {
      sequence.truncated = bool_at(value, own);
    } else if (value.is_array()) {
      sequence.streams[key] = stream_at(key, value, tokens, own);
    } else {
      throw DataError(
          "{}: required source, truncated, trained or a stream (a list of numbers), {} came",
          own.text, shown(value));
    }
  }
  return sequence;
}

TokenGroup group_at(const Json& json, const Place& place) {
  require_object(json, place);
  for (const auto& [key, value] : json.items())
    if (const std::vector<std::string> known = {"name", "rewards", "advantages", "greedy_reward",
                                                "sequences"};
        std::find(known.begin(), known.end(), key) == known.end())
      throw DataError("{}: unknown key; did you mean '{}'?", place.at(key).text,
                      nearest(key, known));
  TokenGroup group;
  if (json.contains("name")) group.name = text_at(json.at("name"), place.at("name"));
  const Place sequences = place.at("sequences");
  if (!json.contains("sequences") || list_at(json.at("sequences"), sequences).empty())
    throw DataError("{}: required at least one sequence in a group, none came", sequences.text);
  for (size_t s = 0; s < json.at("sequences").size(); ++s)
    group.sequences.push_back(sequence_at(json.at("sequences")[s], sequences.at(s)));
  if (json.contains("greedy_reward"))
    group.greedy_reward = number_at(json.at("greedy_reward"), place.at("greedy_reward"));
  if (json.contains("rewards") && json.contains("advantages"))
    throw DataError("{}: required rewards or advantages, both came; leave one out", place.text);
  if (json.contains("rewards")) {
    const Place own = place.at("rewards");
    const Json& list = list_at(json.at("rewards"), own);
    require_length(group.sequences.size(), list.size(), own, "a sequence");
    for (size_t s = 0; s < list.size(); ++s)
      group.rewards.push_back(list[s].is_null() ? std::nullopt
                                                : std::optional(number_at(list[s], own.at(s))));
  }
  if (json.contains("advantages")) {
    const Place own = place.at("advantages");
    const Json& list = list_at(json.at("advantages"), own);
    require_length(group.sequences.size(), list.size(), own, "a sequence");
    for (size_t s = 0; s < list.size(); ++s)
      group.advantages.push_back(number_at(list[s], own.at(s)));
  }
  return group;
}

// What a recipe reads of the tokens of each source.
class Reads {
 public:
  explicit Reads(const TrainConfig& config) {
    for (const Source source : kSources) {
      streams_[source] = required_streams(config, source);
      const std::vector<std::string> words = words_read(config, source);
      advantage_[source] = std::find(words.begin(), words.end(), "advantage") != words.end();
    }
  }
  const std::vector<std::string>& streams(Source source) const { return streams_.at(source); }
  bool advantage(Source source) const { return advantage_.at(source); }

 private:
  std::map<Source, std::vector<std::string>> streams_;
  std::map<Source, bool> advantage_;
};

void check_streams(const TokenSequence& sequence, const Reads& reads, const TrainConfig& config,
                   const Place& place) {
  for (size_t t = 0; t < sequence.tokens(); ++t)
    for (const std::string& stream : reads.streams(sequence.source[t]))
      if (sequence.trained[t] && !sequence.streams.contains(stream))
        throw DataError("{}: required {}, which recipe {} reads of {} tokens, none came",
                        place.text, stream, config.recipe, to_string(sequence.source[t]));
}

// What select needs to know of a group.
void check_selection(const TokenGroup& group, const TrainConfig& config, const Place& place) {
  std::vector<std::string> blocks;
  for (const GroupConfig& block : config.groups) blocks.push_back(block.name);
  const bool known = std::find(blocks.begin(), blocks.end(), group.name) != blocks.end();
  for (const ComponentConfig& component : config.components) {
    const SelectConfig& select = component.select;
    if ((!select.group.empty() || !group.name.empty()) && !blocks.empty() && !known)
      throw DataError("{}: required the name of one of the groups of recipe {} ({}), '{}' came",
                      place.at("name").text, config.recipe, fmt::join(blocks, ", "), group.name);
    if ((select.reward_below || select.reward_at_least) && group.rewards.empty())
      throw DataError("{}: required rewards, by which component {} of recipe {} selects, none came",
                      place.text, component.name, config.recipe);
  }
}

void check_rewards(const TokenGroup& group, const TrainConfig& config, const Place& place) {
  if (group.rewards.empty())
    throw DataError("{}: required rewards (or advantages), which recipe {} reads, none came",
                    place.text, config.recipe);
  const BaselineNeeds baseline = baseline_needs(config);
  if (baseline.greedy && !group.greedy_reward)
    throw DataError("{}: required greedy_reward, the baseline of recipe {}, none came", place.text,
                    config.recipe);
  int64_t scored = 0;
  for (size_t s = 0; s < group.rewards.size(); ++s)
    if (group.rewards[s] &&
        (!baseline.policy_only || group.sequences[s].source.front() == Source::policy))
      ++scored;
  if (baseline.responses > 1 && scored < baseline.responses)
    throw DataError(
        "{}: required at least {} scored responses{} for the baseline of recipe {}, "
        "{} came; give more, or set advantage.baseline=none",
        place.at("rewards").text, baseline.responses, baseline.policy_only ? " of the policy" : "",
        config.recipe, scored);
}

}  // namespace

TokenLine parse_token_line(const Json& json, const std::string& where) {
  const Place place{where + ":"};
  require_object(json, {where});
  for (const auto& [key, value] : json.items())
    if (key != "groups")
      throw DataError("{}: unknown key; did you mean 'groups'?", place.at(key).text);
  const Place groups = place.at("groups");
  if (!json.contains("groups") || list_at(json.at("groups"), groups).empty())
    throw DataError("{}: required at least one group, none came", groups.text);
  TokenLine line{.where = where, .groups = {}};
  for (size_t g = 0; g < json.at("groups").size(); ++g)
    line.groups.push_back(group_at(json.at("groups")[g], groups.at(g)));
  return line;
}

std::vector<TokenLine> parse_token_lines(std::string_view text, const std::string& file) {
  std::vector<TokenLine> lines;
  for (size_t begin = 0, number = 1; begin < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const std::string where = fmt::format("{}:{}", file, number);
    lines.push_back(parse_token_line(parse_untrusted_json(line, where), where));
  }
  if (lines.empty()) throw DataError("{}: required at least one line with groups, none came", file);
  return lines;
}

void check_token_line(const TokenLine& line, const TrainConfig& config) {
  const Reads reads(config);
  for (size_t g = 0; g < line.groups.size(); ++g) {
    const Place place = Place{line.where + ":"}.at("groups").at(g);
    bool advantages = false;
    check_selection(line.groups[g], config, place);
    for (size_t s = 0; s < line.groups[g].sequences.size(); ++s) {
      const TokenSequence& sequence = line.groups[g].sequences[s];
      check_streams(sequence, reads, config, place.at("sequences").at(s));
      for (size_t t = 0; t < sequence.tokens(); ++t)
        advantages |= sequence.trained[t] && reads.advantage(sequence.source[t]);
    }
    if (advantages && line.groups[g].advantages.empty())
      check_rewards(line.groups[g], config, place);
  }
}

}  // namespace rlreason::train
