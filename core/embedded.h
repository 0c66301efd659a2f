// Text files that travel inside the binary: suites, recipes and settings, each overridable by a file of the user's.
//
// Files are known by their path in the source tree ("evaluators/suites/ledger_hard.yaml"); core/cmake/embed.cmake puts
// them in.  Not a general resource system: UTF-8 text only, read whole.
// Thread safety: constants; named_text() reads a file.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rlreason {

struct EmbeddedFile {
  std::string_view path, text;
};

// Every embedded file, in the order of the paths (generated at build time).
std::span<const EmbeddedFile> embedded_table();

std::optional<std::string_view> embedded_file(std::string_view path);
std::vector<std::string> embedded_files(std::string_view prefix);  // paths that begin with `prefix`, sorted
// The names in a folder: "evaluators/suites/" -> {"gsm8k", "ledger_easy", ...} (without folder and ".yaml").
std::vector<std::string> embedded_names(std::string_view folder);

struct NamedText {
  std::string name;    // without folder and extension
  std::string origin;  // for error messages: the embedded path or the file as given
  std::string text;
};

// `name` is an embedded name in `folder`, or a path when it holds '/' or ends in ".yaml"/".yml".  `what` names the kind
// ("suite") in errors: UserError with the nearest name when unknown, DataError when a given file is unreadable.
NamedText named_text(std::string_view name, std::string_view folder, std::string_view what);

}  // namespace rlreason
