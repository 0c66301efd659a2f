#include "trainers/catalog/unavailable.h"

#include "core/config/parse.h"
#include "core/embedded.h"

namespace rlreason::train {
namespace {

constexpr const char* kFolder = "trainers/unavailable/";

}  // namespace

std::vector<Unavailable> all_unavailable() {
  std::vector<Unavailable> all;
  for (const std::string& name : embedded_names(kFolder)) all.push_back(*find_unavailable(name));
  return all;
}

std::optional<Unavailable> find_unavailable(const std::string& name) {
  const std::string path = kFolder + name + ".yaml";
  const auto text = embedded_file(path);
  if (!text) return std::nullopt;
  auto own = config::parse<Unavailable>(config::parse_yaml(std::string(*text), path));
  own.name = name;
  return own;
}

}  // namespace rlreason::train
