// Where rows come from: one source a file, each turns a configuration into rows, one after another.
//
// A row that lacks something is handed on with a `problem`, so that the caller can list it.  Nothing is verified or written here
// (datasets/prepare.h).  A source is found by the word that people type; every task is one.
// Errors: UserError for settings that a source has no use for, DataError for a file that cannot be read.
// Thread safety: a constant table.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/prepare_config.h"
#include "datasets/readers/rows.h"

namespace rlreason::data {

struct Source {
  std::string_view name, summary;
  bool files = false;   // reads `from`
  bool mapped = false;  // takes `map`
  std::string_view licence{};  // when the configuration states none
  std::string (*settings)(const std::string& path) = nullptr;  // what `settings` may hold, as Markdown; nullptr: nothing
  // Visits the rows until the visitor has enough; returns facts for the manifest (an object, may be empty).
  nlohmann::json (*read)(const PrepareConfig& config, const std::string& name, const RowVisitor& visit);
};

// The sources beside tasks.
const std::vector<Source>& file_sources();
// UserError with the nearest source or task.
const Source& find_source(std::string_view name);
bool is_task(const Source& source);

// Checks what one source has no use for.
void check_source(const PrepareConfig& config);

}  // namespace rlreason::data
