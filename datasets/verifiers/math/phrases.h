// What a line of prose says: the answer behind a marker or a verb, the beginning or end that can be read, the last number.
//
// Never a number out of a formula that does not parse, nor out of program text.
// Thread safety: pure.
#pragma once

#include <string>
#include <string_view>

namespace rlreason::data::math {

bool readable(const std::string& text);  // it parses, or is only too large
bool is_code(std::string_view text);     // program text: what looks like an answer in it is none
// The text that follows the last marker ("the answer is", "Answer:", "####"), to the end of its line; empty without one.
std::string_view after_marker(std::string_view text);
// What a line behind a marker says: its answer, or at least its last number.
std::string of_marker(std::string_view line);
// "A: 18", "Ans: 18" without the label.
std::string_view without_label(std::string_view line);
// "The value is 110": the longest ending, cut at spaces, that is an answer; empty: none.
std::string readable_ending(const std::string& text);
// The last number that is no part of a word, with its sign and percent mark; empty: none.
std::string last_number(std::string_view text);
// "Therefore, there are 12 …": the last number behind such a word; empty: none.
std::string concluding_number(std::string_view text);
// "<|im_end|>" and its relatives end a line.
std::string without_control_tokens(std::string_view text);

}  // namespace rlreason::data::math
