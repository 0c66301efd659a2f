// What `rlreason objective` reads: groups of responses as lists of numbers, one JSON object a line.  No LibTorch.
//
//   {"groups": [{"rewards": [1, 0], "sequences": [{"source": "policy", "logprob": [-0.1, -2.3], "old_logprob": [-0.1, -2.0]}, …]}]}
//
// A line is one mini-batch: what normalizers and masks count, they count over it.
// Per group: rewards (null: unscored), or advantages in their place, one a sequence; greedy_reward of the prompt's greedy
// response; name, which of the recipe's blocks of groups it is, where a component selects by that.
// Per sequence: source (one name, or one a token), truncated (false), trained (one bool a token; false: context, no target),
// text (one string a token, for tables) and any stream by its name, all of the length of logprob.  A stream that the recipe does not read is accepted and not used.
// Not here: the arithmetic (trainers/explain.h).
// Errors: DataError "file:line: groups.0.sequences.1…: what was required, what came".
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/source.h"
#include "trainers/catalog/train_config.h"

namespace rlreason::train {

struct TokenSequence {
  std::vector<Source> source;  // a token
  std::vector<bool> trained;   // a token
  std::vector<std::string> text;  // a token, or empty; untrusted
  bool truncated = false;
  std::map<std::string, std::vector<double>> streams;  // logprob among them, all of one length

  size_t tokens() const { return source.size(); }
};

struct TokenGroup {
  std::string name;                            // of a block of groups; may be empty
  std::vector<std::optional<double>> rewards;  // nothing: unscored; empty when advantages are given
  std::vector<double> advantages;              // empty when rewards are given, or neither
  std::optional<double> greedy_reward;
  std::vector<TokenSequence> sequences;
};

struct TokenLine {
  std::string where;  // "file:3"
  std::vector<TokenGroup> groups;
};

TokenLine parse_token_line(const nlohmann::json& json, const std::string& where);
// Every line but blank ones, in order; DataError when there is none.
std::vector<TokenLine> parse_token_lines(std::string_view text, const std::string& file);

// What the recipe asks of a line: the streams that components read of the tokens they see, rewards in groups where a
// component reads advantages, and enough scored responses there for the baseline; rewards and names of groups where a
// component selects by them.
void check_token_line(const TokenLine& line, const TrainConfig& config);

}  // namespace rlreason::train
