// What the verbs that look at a plan share: one look at its runs, and the texts of it.
//
// Not here: the options of the verbs (sweep.h), the live view (sweep_watch.cpp).  Nothing is started.
// Errors: StoreError, DataError of the store.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/store/store.h"
#include "sweeps/plan_health.h"
#include "sweeps/plan_trials.h"
#include "sweeps/pool/local.h"
#include "sweeps/standing.h"

namespace rlreason::cli {

// Declared invalid runs do not count as done.
struct Seen {
  sweep::PoolReport report;
  sweep::Standing standing;
};
Seen look(const sweep::ExpandedPlan& plan, const sweep::PoolOptions& pool,
          const std::optional<store::Store>& store);

// [row][seed] in the order of the plan: "done", "training 40/100", "invalid", ...; "" where there is no such cell.
std::vector<std::vector<std::string>> cell_states(const sweep::ExpandedPlan& plan, const Seen& seen,
                                                  const store::Store* store);
std::string status_text(const sweep::ExpandedPlan& plan, const Seen& seen,
                        const store::Store* store);
// The trials of a search, above its rows; "" where there are none.
std::string trials_page(const sweep::OpenedPlan& opened);
// The trainings that a health rule ended early, and the other notes on their health; "" when there is none.
std::string health_text(const sweep::ExpandedPlan& plan, const Seen& seen,
                        const store::Store* store);
std::string coordinator_text(const sweep::PoolOptions& pool);
// How much is done and the command that goes on.
std::string closing_line(const sweep::ExpandedPlan& plan, const Seen& seen);
// The page of `watch`: status, curves, health, what is done, who runs it.
std::string watch_page(const sweep::OpenedPlan& opened, const Seen& seen,
                       const sweep::PoolOptions& pool, const store::Store* store);

}  // namespace rlreason::cli
