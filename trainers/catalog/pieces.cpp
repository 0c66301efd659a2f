#include "trainers/catalog/pieces.h"

#include <map>

#include "core/registry.h"

namespace rlreason::train {

void all_pieces_declared();  // generated; calling it makes the linker keep the file that includes every piece header

namespace {

using Axis = std::map<std::string, PieceInfo>;

std::map<std::string, Axis>& catalogue() {
  all_pieces_declared();
  static std::map<std::string, Axis> axes;
  return axes;
}

}  // namespace

void declare_piece(PieceInfo info) {
  Axis& axis = catalogue()[info.axis];
  const std::string name = info.name;
  RLR_ENSURE(axis.emplace(name, std::move(info)).second, "piece {} declared twice", name);
}

std::vector<std::string> piece_axes() {
  std::vector<std::string> names;
  for (const auto& [axis, pieces] : catalogue()) names.push_back(axis);
  return names;
}

std::vector<const PieceInfo*> pieces_of(const std::string& axis) {
  std::vector<const PieceInfo*> pieces;
  for (const auto& [name, info] : catalogue()[axis]) pieces.push_back(&info);
  return pieces;
}

const PieceInfo& find_piece(const std::string& axis, const std::string& name,
                            const std::string& where) {
  const Axis& pieces = catalogue()[axis];
  if (const auto it = pieces.find(name); it != pieces.end()) return it->second;
  std::vector<std::string> names;
  for (const auto& [known, info] : pieces) names.push_back(known);
  throw UserError("{}: required a piece of axis {}, '{}' came; did you mean '{}'?", where, axis,
                  name, nearest(name, names));
}

nlohmann::json resolve_piece(const std::string& axis, const config::Node& block,
                             const std::string& path, const std::string& fallback) {
  std::string kind = fallback;
  config::Node settings = config::Node::make_map();
  if (block.is_scalar()) {
    kind = block.text();
  } else if (block.is_map()) {
    for (const auto& [key, origin, value] : block.entries()) {
      if (key == "kind")
        kind = value.text();
      else
        settings.put(key, value);
    }
  } else if (!block.is_null()) {
    throw UserError("{}: {}: required a name or a block {{kind: …}} of axis {}, a list came",
                    block.origin().text(), path, axis);
  }
  if (kind.empty())
    throw UserError("{}: required a piece of axis {}, none came; see 'rlreason describe pieces'",
                    path, axis);
  nlohmann::json resolved =
      find_piece(axis, kind, block.origin().text() + ": " + path).resolve(settings, path);
  resolved["kind"] = kind;
  return resolved;
}

nlohmann::json piece_identity(const std::string& axis, const nlohmann::json& resolved) {
  nlohmann::json settings = resolved;
  settings.erase("kind");
  const std::string kind = resolved.at("kind");
  nlohmann::json changed = find_piece(axis, kind, "identity").non_defaults(settings);
  changed["kind"] = kind;
  return changed;
}

}  // namespace rlreason::train
