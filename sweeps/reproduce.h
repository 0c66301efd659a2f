// A paper's rows as runs of ours: which recipe, setting and suites stand for a published row, what is missing, what it costs.
//
// A reproduction is a plan (plan.h): the rows with a recipe, in a setting, on the suites of the paper or of the setting.  Rows
// without a recipe are checkpoints of their authors and can only be evaluated.
// Cost: GPU hours as the paper prints them, and what runs of these recipes in this setting took here.
// Not here: running (pool/local.h), published numbers (compare/published.h).
// Errors: UserError for an unknown row or table; what parse_plan() throws.
// Thread safety: reads files and the store.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/store/store.h"
#include "sweeps/compare/published.h"
#include "sweeps/plan.h"

namespace rlreason::sweep {

struct ReproduceRequest {
  std::string paper;    // built-in name or file
  std::string row;      // a system; empty: every one with a recipe
  std::string table;    // default: the file's first
  std::string setting;  // empty: that of the paper's model, which has to be given
  std::string weights;  // folder of the base model's checkpoint
  int64_t seeds = 3;
};

struct Need {
  std::string what;
  bool there = false;
  std::string how;  // where it is, or how to get it
};

struct Reproduction {
  PublishedFile file;
  PublishedTable table;               // only the asked rows
  std::vector<PublishedSystem> ours;  // those with a recipe, one each recipe
  bool on_paper_suites = true;        // else on the setting's own suites
  std::string plan_text;              // "" without a setting
  std::vector<Need> needs;
  std::optional<double> hours_here;  // of all runs, from past runs of these recipes in this setting
  bool complete() const;
};

// `store`: past runs, for the cost; may be null.
Reproduction plan_reproduction(const ReproduceRequest& request, const store::Store* store);
std::string render(const Reproduction& reproduction);
nlohmann::json to_json(const Reproduction& reproduction);

}  // namespace rlreason::sweep
