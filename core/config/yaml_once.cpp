#include "core/config/yaml_once.h"

#include <map>
#include <mutex>
#include <utility>

namespace rlreason::config {

Node parse_yaml_once(const std::string& text, const std::string& file) {
  static std::mutex guard;
  static std::map<std::pair<std::string, std::string>, Node> known;
  const std::lock_guard lock(guard);
  auto found = known.find({file, text});
  if (found == known.end())
    found = known.emplace(std::pair(file, text), parse_yaml(text, file)).first;
  return found->second;
}

}  // namespace rlreason::config
