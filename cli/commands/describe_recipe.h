// `describe RECIPE`: what a recipe computes, from its pieces' own formulas; what it needs, what it costs, where it is from.
//
// Derived from the resolved recipe (trainers/catalog/recipe_facts.h), nothing is written twice.  No LibTorch.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace rlreason::cli {

nlohmann::json recipe_report(const std::string& recipe);
std::string recipe_text(const nlohmann::json& report);

}  // namespace rlreason::cli
