// The subcommands of `rlreason analyze`, one file each (analyze_<name>.cpp); analyze.cpp registers them.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "cli/command.h"

namespace rlreason::cli {

// Declares the subcommand below `analyze`; the returned function runs when it was chosen.
using Analysis = std::pair<CLI::App*, Run>;
Analysis add_analyze_frontier(CLI::App& analyze, const Globals& globals);
Analysis add_analyze_gradients(CLI::App& analyze, const Globals& globals);
Analysis add_analyze_pool(CLI::App& analyze, const Globals& globals);
Analysis add_analyze_scaling(CLI::App& analyze, const Globals& globals);
Analysis add_analyze_weights(CLI::App& analyze, const Globals& globals);

// A folder as it is named, else in the runs' folder, else a run of the store by name, uid or beginning.
std::filesystem::path folder_of(const std::string& target, const Globals& globals);
// Prints a document as JSON; what is not UTF-8 becomes U+FFFD.
void print_json(const nlohmann::json& document);

}  // namespace rlreason::cli
