// A comparison as text for a terminal, as Markdown or as JSON.  Layout only.
//
// Thread safety: pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sweeps/compare/comparison.h"

namespace rlreason::sweep {

enum class Layout { terminal, markdown };

std::string render(const Comparison& comparison, Layout layout);
nlohmann::json to_json(const Comparison& comparison);

}  // namespace rlreason::sweep
