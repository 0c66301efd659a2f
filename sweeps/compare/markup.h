// Untrusted text inside LaTeX, HTML and CSV: names of runs, answers and questions come from files and models.
//
// Control characters, bidirectional controls and bytes that are not UTF-8 are made visible first (terminal::clean).
// Not here: documents (latex.h, csv.h, html.h).
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace rlreason::sweep {

// Text and attribute values in quotes: & < > " ' are entities.
std::string html_escape(std::string_view text);
// As html_escape, with newlines and tabs kept: for <pre>.
std::string html_escape_lines(std::string_view text);
// One cell of running text: the characters that LaTeX gives a meaning are written out.
std::string latex_escape(std::string_view text);
// RFC 4180, quoted where needed; a cell that a spreadsheet would take for a formula begins with '.
std::string csv_text(std::string_view text);

}  // namespace rlreason::sweep
