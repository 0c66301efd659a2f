// Options of a multiple-choice item: their labels, the order in which they are shown, and what guessing earns.
//
//   labels   A, B, C, …; 1, 2, 3, … where the source labels with digits (its gold is a digit)
//   order    order[shown position] = position in the source: the source's own, or a permutation that depends on (seed, item id)
//            alone; then turned by `rotation` places, so that over n rotations every option stands once in every place
//   chance   mean over items of 1 / options;   corrected = (accuracy - chance) / (1 - chance)
// An answer is stored as the source's label, whatever order was shown, so that votes and facts of several orders agree.
// Not here: finding the letter in a response (datasets/verifiers).
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/prompt.h"

namespace rlreason::eval {

inline constexpr size_t kMostOptions = 26;

bool is_choice(const data::Prompt& prompt);  // has options, and its gold is one of their labels
std::string label(size_t position, bool digits);
bool has_digit_labels(const data::Prompt& prompt);
// Position of a label, upper or lower case; nothing for other text or a position beyond `count`.
std::optional<size_t> position_of(std::string_view label, size_t count);

// Options in a dataset and before a verifier carry their labels ("B) text"), so that "2" is an option and no label; a prompt
// template writes labels of its own.  unlabel changes nothing unless every option has its label.
void label_options(data::Prompt& prompt);
void unlabel_options(data::Prompt& prompt);

std::vector<size_t> option_order(uint64_t seed, std::string_view id, size_t count, bool shuffled, int64_t rotation);
// The prompt with its options in this order and its gold relabelled.  REQUIRES is_choice(prompt).
void reorder(data::Prompt& prompt, const std::vector<size_t>& order);

double chance(const std::vector<data::Prompt>& prompts);  // 0 without choices
double chance_corrected(double accuracy, double chance);

}  // namespace rlreason::eval
