// Functions that the files of core/store share; nothing outside this directory includes this.
// Thread safety: as Connection.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/store/sqlite.h"

namespace rlreason::store {

std::string put_blob(Connection& db, const std::string& kind,
                     const std::string& data);  // returns the digest
std::optional<int64_t> run_id(Connection& db, const std::string& uid);
int64_t known_run_id(Connection& db, const std::string& uid);  // UserError
std::string absolute_directory(const std::filesystem::path& directory);

struct StepRow {
  int64_t iteration;
  std::span<const int64_t> metrics;  // ids
  std::span<const double> values;
};
// Every step of a run that a later attempt does not replace, in the order written.  A later attempt that recorded its
// first step at iteration f replaces earlier attempts' steps from f on.
void for_each_step(Connection& db, int64_t run, const std::function<void(const StepRow&)>& visit);
// REQUIRES: a write transaction.
void rebuild_summaries(Connection& db, int64_t run);

// Running numbers of one metric; the fields of table summary.
struct Accumulator {
  int64_t n = 0, n_nonfinite = 0, last_iteration = -1;
  double last = 0, min = 0, max = 0, mean = 0;
  void add(int64_t iteration, double value);
};
void put_summary(Connection& db, int64_t run, int64_t metric, const Accumulator& sums);

}  // namespace rlreason::store
