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
std::optional<std::string> integrity_problem(Connection& db);  // as Store's
std::string absolute_directory(const std::filesystem::path& directory);
// Temporaries in a folder whose names begin so and that nobody has touched for an hour: their writers are dead.
std::vector<std::filesystem::path> abandoned_temporaries(const std::filesystem::path& folder,
                                                         const std::string& beginning);
// Deletes shared rows (blobs, metrics, layouts, programs, machines, protocols) that nothing refers to.
// REQUIRES: a write transaction.
void drop_unreferenced(Connection& db);

// Values of one metric of a run that a later attempt does not replace, attempt after attempt in the order written.  A
// later attempt that recorded its first step at iteration f replaces earlier attempts' values from f on.
struct Piece {
  int64_t metric;  // id
  std::span<const int64_t> iterations;
  std::span<const double> values;
};
// `metric`: nothing means all.  Pieces of one metric come in order; REQUIRES: one snapshot.
void for_each_piece(Connection& db, int64_t run, std::optional<int64_t> metric,
                    const std::function<void(const Piece&)>& visit);
// The curve that holds, by iteration: where one is repeated, the value written last.
std::vector<CurvePoint> joined(std::vector<CurvePoint> points);

// Moves rows of the tail into columns, `rows` steps a transaction; the curve stays the same for readers at any moment.
// all: every row; else only full pieces of attempts whose tail has grown long.
void compact(Connection& db, int64_t run, bool all);
inline constexpr int64_t kPieceSteps = 4096;

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
