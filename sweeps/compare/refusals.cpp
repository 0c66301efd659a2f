#include "sweeps/compare/refusals.h"

#include <algorithm>
#include <map>

#include <fmt/ranges.h>

#include "core/error.h"
#include "core/registry.h"
#include "sweeps/compare/rules.h"

namespace rlreason::sweep {
namespace {

constexpr size_t kShown = 8;  // refusals of one rule that are spelled out

struct Line {
  Finding finding;
  std::vector<uint64_t> seeds;
};

// One line for findings that say the same of one row at several seeds, in the order of the first.
std::vector<Line> merged(const std::vector<Finding>& found) {
  std::vector<Line> lines;
  for (const Finding& finding : found) {
    auto same = std::find_if(lines.begin(), lines.end(), [&](const Line& line) {
      const Finding& f = line.finding;
      return f.rule == finding.rule && f.row == finding.row && f.sentence == finding.sentence &&
             f.mend == finding.mend && f.warns == finding.warns;
    });
    if (same == lines.end()) same = lines.insert(lines.end(), {finding, {}});
    if (finding.seed) same->seeds.push_back(*finding.seed);
  }
  return lines;
}

std::string sentence_of(const Line& line) {
  std::string text = line.finding.row;
  for (size_t i = 0; i < line.seeds.size(); ++i)
    text += (i > 0              ? ", "
             : line.seeds.size() > 1 ? (text.empty() ? "seeds " : ", seeds ")
                                : (text.empty() ? "seed " : ", seed ")) +
            std::to_string(line.seeds[i]);
  return text + (text.empty() ? "" : ": ") + line.finding.sentence;
}

}  // namespace

Refusals::Refusals(std::string name, std::set<std::string> allow)
    : name_(std::move(name)), allow_(std::move(allow)) {
  const std::vector<std::string> known = rule_names();
  for (const std::string& rule : allow_)
    if (std::find(known.begin(), known.end(), rule) == known.end())
      throw UserError("--allow: required a rule ({}), '{}' came; did you mean '{}'?",
                      fmt::join(known, ", "), rule, nearest(rule, known));
}

void Refusals::add(Finding finding) { found_.push_back(std::move(finding)); }

std::vector<Note> Refusals::settle() const {
  std::vector<Note> notes;
  std::string refused;
  std::vector<std::string> rules;
  std::map<std::string, size_t> shown;
  for (const Line& line : merged(found_)) {
    const std::string& rule = line.finding.rule;
    const bool allowed = allow_.contains(rule);
    if (line.finding.warns || allowed) {
      notes.push_back({rule, line.finding.row, sentence_of(line), !line.finding.warns});
      continue;
    }
    if (++shown[rule] <= kShown) {
      refused += fmt::format("\n  {}: {}", rule, sentence_of(line));
      for (size_t begin = 0; begin < line.finding.mend.size();) {
        const size_t end = std::min(line.finding.mend.find('\n', begin), line.finding.mend.size());
        refused += "\n      " + line.finding.mend.substr(begin, end - begin);
        begin = end + 1;
      }
    }
    if (std::find(rules.begin(), rules.end(), rule) == rules.end()) rules.push_back(rule);
  }
  if (refused.empty()) return notes;
  for (const auto& [rule, count] : shown)
    if (count > kShown) refused += fmt::format("\n  {}: and {} more", rule, count - kShown);
  throw RefusedError(
      "{}: required a fair comparison, these stand in the way:{}\nTo see it anyway, with numbered "
      "notes: --allow {}",
      name_, refused, fmt::join(rules, ","));
}

}  // namespace rlreason::sweep
