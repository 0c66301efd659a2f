// Words by which a response says that it looks again at what it wrote; a count of words, not a judgement of reasoning.
//
// Each place in the text counts once, at its longest keyword, without regard to case.
// Source: the keyword list of Dr. GRPO's code (arXiv:2503.20783): recheck, rethink, reassess, reevaluate, re-evaluate,
// reevaluation, re-examine, reexamine, reconsider, reanalyze, double-check, check again, think again, verify again, go over
// the steps.  No LibTorch.  Thread safety: a pure function.
#pragma once

#include <cstdint>
#include <string_view>

namespace rlreason::train {

int64_t count_reflections(std::string_view text);

}  // namespace rlreason::train
