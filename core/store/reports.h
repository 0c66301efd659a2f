// Tables that were made, so that a paper's copy can be checked later: what was asked, the facts used, the numbers.
//
// A report's id is the SHA-256 of kind, specification, inputs and result: the same table made twice is one report with
// two outputs.  People type the first digits.  gc keeps every run of a report.
// Errors: UserError (no such report, an ambiguous beginning, an unknown run), StoreError.
// Thread safety: as Store.
#pragma once

#include <string>
#include <vector>

#include "core/store/store.h"

namespace rlreason::store {

struct ReportOutput {
  std::string path, sha256;  // as written, and of the bytes
  int64_t written_ms = 0;
};

struct ReportRow {
  std::string id = {};  // 64 hex digits; set by add_report
  int64_t created_ms = 0;
  std::string kind = {};               // ablation, published, leaderboard, ...
  nlohmann::json spec = {};            // the question: enough to make the table again
  nlohmann::json inputs = {};          // identities and digests of the facts used
  nlohmann::json result = {};          // the numbers in the table
  std::vector<std::string> runs = {};  // uids
  std::vector<ReportOutput> outputs = {};
};

std::string add_report(Store& store, const ReportRow& report);  // its id; ids, times are set here
void add_report_output(Store& store, const std::string& id,
                       const ReportOutput& output);  // replaces the path's
ReportRow find_report(const Store& store,
                      const std::string& id);        // or a unique beginning of at least 4 digits
std::vector<ReportRow> reports(const Store& store);  // newest first
std::string store_uuid(const Store& store);          // made with the store; documents name it

}  // namespace rlreason::store
