// Applies run-log records to the tables, inside the caller's write transaction.
//
// A record that does not have the fields of its kind is kept as an event and reported, never dropped and never fatal.
// Thread safety: as Connection.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/runlog/reader.h"
#include "core/store/internal.h"
#include "core/store/step_text.h"

namespace rlreason::store {

class Applier {
 public:
  Applier(Connection& db, int64_t run) : db_(db), run_(run) {}

  void apply(const runlog::Record& record);
  void finish();  // writes the summaries that changed; before the commit
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  struct Attempt {
    int64_t id;
    bool stepped;  // has a step already
    int64_t first_step = 0, end_iteration = -1;
    bool touched = false;  // the two above are newer than the row
  };
  // A list of metrics and what is kept for them, looked up once.
  struct Layout {
    int64_t id;
    std::vector<std::string> names;
    std::vector<int64_t> metrics;
    std::vector<Accumulator*> sums;  // into sums_
    bool plain = false;              // are_plain_names(names)
  };
  void dispatch(const Attempt& attempt, const runlog::Record& record);
  void hello(int64_t attempt, const nlohmann::json& payload);
  void write_reach(Attempt& known);  // how far its steps came
  void apply_text(const runlog::Record& record);
  void step(const std::string& uid, uint64_t seq, const nlohmann::json& payload);
  void put_step(const std::string& uid, uint64_t seq, int64_t iteration, const Layout& layout,
                std::span<const double> values);
  const Layout& layout(const std::vector<std::string_view>& names);
  void checkpoint(int64_t attempt, uint64_t seq, const nlohmann::json& payload);
  void artifact(int64_t attempt, uint64_t seq, const nlohmann::json& payload);
  void bye(int64_t attempt, const nlohmann::json& payload);
  void event(int64_t attempt, const runlog::Record& record, const std::string& kind);
  Attempt& attempt(const std::string& uid);
  int64_t metric(const std::string& name);
  Accumulator& sums(int64_t metric);

  Connection& db_;
  int64_t run_;
  int64_t last_iteration_ = INT64_MIN;  // of the newest step, INT64_MIN: not looked up yet
  int64_t stepping_ = 0;                // attempt that wrote it
  bool rebuild_ = false;
  std::map<std::string, Attempt> attempts_;
  std::map<std::string, int64_t> metrics_;
  std::map<std::vector<std::string>, Layout> layouts_;  // by names
  const Layout* last_layout_ = nullptr;
  StepText scanned_;
  std::map<int64_t, Accumulator> sums_;
  std::vector<std::string> problems_;
};

// code, environment and process of a hello record, provenance.cpp
void apply_provenance(Connection& db, int64_t attempt, const nlohmann::json& hello);

// evaluation records, ingest_eval.cpp
void apply_eval(Connection& db, int64_t attempt, uint64_t seq, const nlohmann::json& payload);

}  // namespace rlreason::store
