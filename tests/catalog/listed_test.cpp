// What lists say of recipes is what there is: no recipe is forgotten in the plan of all methods or in the documentation.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "core/embedded.h"
#include "core/error.h"
#include "trainers/catalog/recipe.h"
#include "trainers/catalog/unavailable.h"

namespace rlreason::train {
namespace {

TEST(Listed, ThePlanOfAllMethodsHasEveryRecipeButTheStagesOfTheBase) {
  const std::string plan(embedded_file("sweeps/examples/all_methods.yaml").value());
  for (const std::string& name : embedded_names("trainers/recipes/")) {
    if (name == "pretrain" || name == "anneal") continue;
    EXPECT_TRUE(plan.find("- " + name + "\n") != std::string::npos ||
                plan.find("{recipe: " + name + ",") != std::string::npos)
        << name;
  }
}

TEST(Listed, TheDocumentationNamesEveryMethod) {
  std::ostringstream text;
  text << std::ifstream(std::string(RLR_SOURCE_DIR) + "/docs/methods.md").rdbuf();
  for (const std::string& name : embedded_names("trainers/recipes/")) {
    if (name == "pretrain" || name == "anneal" || name.starts_with("rec_") ||
        name == "drive_stage1" || name == "on_policy_no_clip")
      continue;
    EXPECT_NE(text.str().find("`" + name + "`"), std::string::npos) << name;
  }
}

TEST(Unavailable, IsNeverARecipeAndSaysWhatIsMissing) {
  EXPECT_GE(all_unavailable().size(), 6u);
  for (const Unavailable& own : all_unavailable()) {
    EXPECT_FALSE(embedded_file("trainers/recipes/" + own.name + ".yaml").has_value()) << own.name;
    try {
      load_recipe(own.name);
      FAIL() << own.name;
    } catch (const UserError& error) {
      EXPECT_NE(std::string(error.what()).find(own.missing), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace rlreason::train
