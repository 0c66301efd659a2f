// The catalogue of pieces: what a recipe may name on each axis, with settings, formula and source.  No LibTorch.
//
// A piece is two files: trainers/<axis>/<name>.h declares a struct (settings, formula, source) and registers it here with
// an inline `Declare`; trainers/<axis>/<name>.cpp implements its arithmetic (trainers/piece.h).  CMake includes every
// piece header in one generated file, so `describe`, planning and validation know all pieces without LibTorch; a test
// checks that catalogue and implementations agree.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/node.h"
#include "core/config/parse.h"

namespace rlreason::train {

struct PieceInfo {
  std::string axis, name, formula, source;
  // Words: streams (advantage, value, old_logprob, behavior_logprob, <anchor>_logprob), a head statistic (entropy), ratio (the component's
  // ratio, shape and clip take part), prescore (the mini-batch is scored first); empty for none.
  std::string needs;
  std::function<std::string(const nlohmann::json& settings)> needs_with;  // the same under these settings
  std::function<nlohmann::json(const config::Node&, const std::string& path)> resolve;  // checks; all settings
  std::function<nlohmann::json(const nlohmann::json&)> non_defaults;
  std::string settings_markdown;
};

void declare_piece(PieceInfo info);
std::vector<std::string> piece_axes();
std::vector<const PieceInfo*> pieces_of(const std::string& axis);
const PieceInfo& find_piece(const std::string& axis, const std::string& name, const std::string& where);

// A piece has static constexpr std::string_view kAxis, kName, kFormula, kSource, optionally kNeeds, and fields(); one whose
// needs depend on its settings has std::string needs() const instead.
template <class Piece>
struct Declare {
  Declare() {
    std::string needs;
    if constexpr (requires { Piece::kNeeds; }) needs = Piece::kNeeds;
    if constexpr (requires(Piece own) { own.needs(); }) needs = Piece().needs();
    declare_piece({std::string(Piece::kAxis), std::string(Piece::kName), std::string(Piece::kFormula), std::string(Piece::kSource),
                   needs,
                   [needs](const nlohmann::json& settings) -> std::string {
                     if constexpr (requires(Piece own) { own.needs(); })
                       return config::parse<Piece>(config::from_json(settings), "").needs();
                     else
                       return needs;
                   },
                   [](const config::Node& node, const std::string& path) {
                     return config::to_json(config::parse<Piece>(node, path));
                   },
                   [](const nlohmann::json& settings) {
                     return config::non_defaults(config::parse<Piece>(config::from_json(settings), ""));
                   },
                   config::markdown<Piece>()});
  }
};

// A block {kind: name, settings…}, a bare name, or null (then `fallback` is taken): checked and complete, kind first.
nlohmann::json resolve_piece(const std::string& axis, const config::Node& block, const std::string& path, const std::string& fallback);
// The same block without the settings that have their default value.
nlohmann::json piece_identity(const std::string& axis, const nlohmann::json& resolved);

}  // namespace rlreason::train
