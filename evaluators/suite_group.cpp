#include "evaluators/suite_group.h"

#include <algorithm>
#include <filesystem>

#include "core/config/parse.h"
#include "core/embedded.h"

namespace rlreason::eval {
namespace {

constexpr std::string_view kFolder = "evaluators/groups/";

bool is_group(const std::string& name) {
  const auto names = suite_group_names();
  if (std::find(names.begin(), names.end(), name) != names.end()) return true;
  if (!name.ends_with(".yaml") && !name.ends_with(".yml")) return false;
  return std::filesystem::is_regular_file(name) &&
         config::load_yaml(name).find("suites") != nullptr;
}

}  // namespace

std::vector<std::string> suite_group_names() { return embedded_names(kFolder); }

SuiteGroup load_suite_group(std::string_view name) {
  const NamedText text = named_text(name, kFolder, "group of suites");
  return config::parse<SuiteGroup>(config::parse_yaml(text.text, text.origin));
}

std::vector<std::string> expand_suites(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  const auto add = [&](const std::string& name) {
    if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(name);
  };
  for (const std::string& name : names) {
    if (!is_group(name)) {
      add(name);
      continue;
    }
    for (const std::string& suite : load_suite_group(name).suites) add(suite);
  }
  return all;
}

}  // namespace rlreason::eval
