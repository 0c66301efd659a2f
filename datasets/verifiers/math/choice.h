// The label of a multiple-choice answer: letters or digits, alone or with the option's text.
//
// Looked for in this order: a box that holds one label or one option's text; the first label behind the last marker; a label
// that opens the text; the last label standing alone near the end.  Several labels joined are no answer.
// Thread safety: pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/verifiers/math/extract.h"

namespace rlreason::data::math {

// "A", "(b)", "C. text", "1": in upper case; nothing when the text is more than a label with its option.
std::optional<std::string> only_label(std::string_view text);
// The labels of a question: those that stand before its options ("A) …", "(B) …", "3) …"), else A, B, C, …
std::vector<std::string> labels_of(std::span<const std::string> choices);
// REQUIRES: a region with folded text.
std::optional<std::string> chosen_label(const Region& region, std::span<const std::string> labels, std::span<const std::string> choices,
                                        const AnswerOptions& options, std::string& rule);

}  // namespace rlreason::data::math
