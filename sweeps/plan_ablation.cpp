#include "sweeps/plan_ablation.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/config/parse.h"
#include "core/error.h"

namespace rlreason::sweep {
namespace {

using config::Node;

struct Toggle {
  std::string name, label;
  std::vector<std::string> on, off;
  config::Origin origin;

  static constexpr auto fields() {
    using config::field;
    return std::tuple{field(&Toggle::label, "label", "in tables; default: the toggle's name"),
                      field(&Toggle::on, "on", "changes to the base, each a.b=c"),
                      field(&Toggle::off, "off", "changes to the base, each a.b=c")};
  }
};

std::vector<Toggle> toggles_of(const Node& block) {
  if (!block.is_map() || block.size() == 0)
    throw UserError("{}: ablation.toggles: required {{name: {{label, on, off}}}}, none came",
                    block.origin().text());
  std::vector<Toggle> toggles;
  std::set<std::string> labels;
  for (const auto& [name, origin, value] : block.entries()) {
    auto toggle = config::parse<Toggle>(value, "ablation.toggles." + name);
    toggle.name = name;
    toggle.origin = origin;
    if (toggle.label.empty()) toggle.label = name;
    if (toggle.on.empty() && toggle.off.empty())
      throw UserError("{}: ablation.toggles.{}: required changes in `on` or `off`, neither came",
                      origin.text(), name);
    if (!labels.insert(toggle.label).second)
      throw UserError("{}: ablation.toggles.{}: required a label of its own, '{}' is taken",
                      origin.text(), name, toggle.label);
    toggles.push_back(std::move(toggle));
  }
  return toggles;
}

PlanRow base_row(const Node& base) {
  Node block = base;
  if (base.is_scalar()) {
    block = Node::make_map(base.origin());
    block.put("recipe", base);
  }
  auto row = config::parse<PlanRow>(block, "ablation.base");
  row.origin = base.origin();
  if (row.label.empty()) row.label = row.recipe;
  return row;
}

using Subset = std::vector<bool>;  // which toggles are on

std::vector<Subset> leave_out(size_t n, bool pairs) {
  std::vector<Subset> subsets{Subset(n, true)};
  for (size_t i = 0; i < n; ++i) {
    subsets.emplace_back(n, true)[i] = false;
  }
  for (size_t i = 0; pairs && i < n; ++i)
    for (size_t j = i + 1; j < n; ++j) {
      Subset& both = subsets.emplace_back(n, true);
      both[i] = both[j] = false;
    }
  return subsets;
}

std::vector<Subset> add_in(size_t n, bool keep) {
  std::vector<Subset> subsets{Subset(n, false)};
  for (size_t i = 0; i < n; ++i) {
    Subset next = keep ? subsets.back() : Subset(n, false);
    next[i] = true;
    subsets.push_back(std::move(next));
  }
  return subsets;
}

std::vector<Subset> all_subsets(size_t n) {  // all on first
  std::vector<Subset> subsets;
  for (size_t bits = (size_t{1} << n); bits-- > 0;) {
    Subset& one = subsets.emplace_back(n);
    for (size_t i = 0; i < n; ++i) one[i] = ((bits >> (n - 1 - i)) & 1u) != 0;
  }
  return subsets;
}

double size_of(const std::string& matrix, size_t toggles) {
  const auto n = static_cast<double>(toggles);
  if (matrix == "full") return std::exp2(n);
  return matrix == "pairwise" ? 1 + n + n * (n - 1) / 2 : 1 + n;
}

std::vector<Subset> subsets_of(const std::string& matrix, size_t n) {
  if (matrix == "full") return all_subsets(n);
  if (matrix == "add-one-in" || matrix == "cumulative") return add_in(n, matrix == "cumulative");
  return leave_out(n, matrix == "pairwise");
}

// "- shaping" against a base with all on, "+ shaping" against one with all off.
std::string label_of(const std::vector<Toggle>& toggles, const Subset& subset, bool from_all_on) {
  std::string label;
  for (size_t i = 0; i < toggles.size(); ++i)
    if (subset[i] != from_all_on)
      label += (label.empty() ? "" : " ") +
               fmt::format("{} {}", from_all_on ? "-" : "+", toggles[i].label);
  return label;
}

}  // namespace

void expand_ablation(Plan& plan, const Node& root) {
  const PlanAblation& ablation = *plan.ablation;
  const std::vector<Toggle> toggles = toggles_of(ablation.toggles);
  const double cells =
      size_of(ablation.matrix, toggles.size()) * static_cast<double>(plan.seeds.size());
  if (cells > static_cast<double>(plan.max_cells))
    throw UserError(
        "{}: ablation: required at most {} cells (max_cells), matrix {} of {} toggles x {} seeds = "
        "{:.0f} came; leave-one-out has {}",
        root.at("ablation").origin().text(), plan.max_cells, ablation.matrix, toggles.size(),
        plan.seeds.size(), cells, (toggles.size() + 1) * plan.seeds.size());
  const PlanRow base = base_row(ablation.base);
  const bool from_all_on = ablation.matrix != "add-one-in" && ablation.matrix != "cumulative";
  plan.recipes.clear();
  for (const Subset& subset : subsets_of(ablation.matrix, toggles.size())) {
    PlanRow row = base;
    if (const std::string label = label_of(toggles, subset, from_all_on); !label.empty())
      row.label = label;
    for (size_t i = 0; i < toggles.size(); ++i) {
      const std::vector<std::string>& changes = subset[i] ? toggles[i].on : toggles[i].off;
      row.set.insert(row.set.end(), changes.begin(), changes.end());
      row.toggles[toggles[i].name] = subset[i] ? "on" : "off";
      if (subset[i] != from_all_on) row.origin = toggles[i].origin;
    }
    plan.recipes.push_back(std::move(row));
  }
  if (plan.baseline.empty()) plan.baseline = plan.recipes.front().label;
}

}  // namespace rlreason::sweep
