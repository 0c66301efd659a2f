// A comparison as one HTML file: no scripts, no fonts, no styles or images from elsewhere; light, dark and printable.
//
// Question, table, dot-and-interval plot, learning curves with seed bands, pass@k curves, items on which rows differ with texts,
// configuration differences, compute used, waived rules, the command that makes it again.  All untrusted text is escaped and a
// Content-Security-Policy forbids everything but the style in the file.
// Errors: none of its own; response texts that are gone are left out.
// Thread safety: pure but for reading response texts.
#pragma once

#include <string>

#include "sweeps/compare/comparison.h"

namespace rlreason::sweep {

struct ReportHead;
std::string html(const Comparison& comparison, const ComparisonInput& input,
                 const ReportHead& head);

// Parts of the page, each a <section> or "".
std::string html_items(const Comparison& comparison, const ComparisonInput& input);
std::string html_configurations(const Comparison& comparison, const ComparisonInput& input);
std::string html_compute(const Comparison& comparison, const ComparisonInput& input);
std::string html_learning_curves(const Comparison& comparison);
std::string html_pass_curves(const Comparison& comparison, const ComparisonInput& input);

const CellFacts* find_cell(const ComparisonInput& input, const std::string& row, uint64_t seed);

}  // namespace rlreason::sweep
