// Comparisons of bare answers that more than one reproduced grader uses.
// Thread safety: pure; nothing throws.
#pragma once

#include <string_view>

#include "datasets/verifiers/verifier.h"

namespace rlreason::data::profiles {

bool hendrycks_equal(std::string_view gold, std::string_view answer);                                    // hendrycks.cpp
bool prm800k_equal(std::string_view gold, std::string_view answer);                                      // prm800k.cpp
bool math_verify_equal(std::string_view gold, std::string_view answer, const AnswerOptions& options);  // math_verify.cpp

}  // namespace rlreason::data::profiles
