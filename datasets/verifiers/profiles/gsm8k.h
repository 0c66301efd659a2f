// The form in which lm-eval compares GSM8K answers: what its regexes_to_ignore leave, in lower case.
// Thread safety: pure.
#pragma once

#include <string>
#include <string_view>

#include "datasets/verifiers/profiles/grading.h"

namespace rlreason::data::profiles {

inline std::string gsm8k_form(std::string_view raw) {
  std::string text(raw);
  if (const size_t mark = text.rfind("#### "); mark != std::string::npos) text = text.substr(mark + 5);
  text = lower_case(replaced(replaced(std::move(text), ",", ""), "$", ""));
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace rlreason::data::profiles
