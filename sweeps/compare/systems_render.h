// A comparison of systems as text, Markdown or JSON.  Layout and words only.
//
// Words follow the interval: it holds 0 -> "cannot be told apart", with the smallest difference that would have been seen; else
// better or worse, and whether that survives Holm's correction.
// Thread safety: pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sweeps/compare/render.h"
#include "sweeps/compare/systems.h"

namespace rlreason::sweep {

std::string render(const SystemsComparison& comparison, Layout layout);
nlohmann::json to_json(const SystemsComparison& comparison);

}  // namespace rlreason::sweep
