#include "sweeps/compare/refusals.h"

#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/registry.h"

namespace rlreason::sweep {
namespace {

constexpr size_t kShown = 8;  // refusals of one rule that are spelled out

}  // namespace

Refusals::Refusals(std::string name, std::set<std::string> allow)
    : name_(std::move(name)), allow_(std::move(allow)) {
  static const std::vector<std::string> kRules = {"incomplete", "protocol", "gates"};
  for (const std::string& rule : allow_)
    if (std::find(kRules.begin(), kRules.end(), rule) == kRules.end())
      throw UserError(
          "--allow: required incomplete, protocol or gates, '{}' came; did you mean '{}'?", rule,
          nearest(rule, kRules));
}

void Refusals::add(const std::string& rule, const std::string& sentence) {
  found_.emplace_back(rule, sentence);
}

std::vector<std::string> Refusals::settle() const {
  std::vector<std::string> notes;
  std::string refused, rules;
  std::map<std::string, size_t> shown;
  for (const auto& [rule, sentence] : found_) {
    if (allow_.contains(rule)) {
      notes.push_back(rule + ": " + sentence);
      continue;
    }
    if (++shown[rule] <= kShown) refused += fmt::format("\n  {}: {}", rule, sentence);
    if (rules.find(rule) == std::string::npos) rules += (rules.empty() ? "" : ",") + rule;
  }
  if (refused.empty()) return notes;
  for (const auto& [rule, count] : shown)
    if (count > kShown) refused += fmt::format("\n  {}: and {} more", rule, count - kShown);
  throw RefusedError(
      "{}: required a fair comparison, these stand in the way:{}\nTo see it anyway, with notes: "
      "--allow {}",
      name_, refused, rules);
}

}  // namespace rlreason::sweep
