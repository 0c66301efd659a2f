// An exported table as a report: the document in a format, its id, and the row in the store that lets it be checked later.
//
// A document is made with a placeholder where its id goes; the id is the SHA-256 of question, inputs, numbers and that text
// (core/store/reports.h), so equal tables have equal ids and a changed digit another one.  The store keeps the text: `verify`
// says which line of a file was edited.
// Not here: layouts (render.h, latex.h, csv.h, html.h), checking files (verify.h).
// Errors: StoreError, also where the store cannot be written: a table without a report could not be checked.
// Thread safety: as Store.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/store/store.h"
#include "sweeps/compare/comparison.h"

namespace rlreason::sweep {

enum class Format { terminal, markdown, latex, csv, json, html };
const char* to_string(Format format);

// What a document says of itself.
struct ReportHead {
  std::string id;             // first digits, or the placeholder
  std::string inputs_digest;  // sha256 of the facts used
  std::string store_uuid;
  std::string command;  // that makes it again
  std::string line()
      const;  // "rlreason report ID inputs sha256:... store UUID; check it with: rlreason compare verify FILE"
};

inline constexpr size_t kShownIdDigits = 12;
std::string report_placeholder();  // of that length, in the stored text

// Everything a table was made of, by cell: run uids, identities, protocol and dataset digests, counts of right samples by item.
nlohmann::json inputs_of(const ComparisonInput& input);
std::string document(const Comparison& comparison, const ComparisonInput& input, Format format,
                     const ReportHead& head);

struct Exported {
  std::string id, text;
};
// `spec`: what makes the table again (see verify.h).
Exported export_report(store::Store& store, const Comparison& comparison,
                       const ComparisonInput& input, Format format, const nlohmann::json& spec,
                       const std::string& command);

}  // namespace rlreason::sweep
