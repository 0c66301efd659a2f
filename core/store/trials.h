// Points that a search tried, with the sampler's state, and leases that keep two coordinators apart.
//
// A trial is numbered 0, 1, 2, ... within its experiment; its sampler_state is what the sampler needs to go on after it,
// so that a resumed search suggests what an unbroken one would have.  Not the search itself (sweeps/search).
// Errors: UserError (no such experiment or trial), StoreError.
// Thread safety: as Store.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/store/store.h"

namespace rlreason::store {

struct RungValue {
  int64_t rung = 0, budget = 0;
  std::optional<double> value = {};  // nothing: not finite
};

struct TrialRow {
  int64_t n = -1;  // set by add_trial
  std::string variant = {}, run_uid = {}, sampler = {};
  nlohmann::json sampler_state = {}, point = nlohmann::json::object();
  int64_t rung = 0;
  std::optional<double> objective = {};
  std::string state = "planned";  // planned, running, done, failed, pruned
  std::vector<RungValue> rungs = {};
};

bool has_experiment(const Store& store, const std::string& name);
int64_t add_trial(Store& store, const std::string& experiment,
                  const TrialRow& trial);  // its number
// Replaces everything but the number; rungs are added or replaced by their number.
void update_trial(Store& store, const std::string& experiment, const TrialRow& trial);
std::vector<TrialRow> trials(const Store& store, const std::string& experiment);  // by number

// One holder at a time for at most ttl_ms without renewal.  The fence number grows with every new holder: whoever writes
// on behalf of a lease passes it to holds_lease() first.  Taking one's own lease again renews it with the same fence.
std::optional<int64_t> take_lease(Store& store, const std::string& name, const std::string& owner,
                                  int64_t ttl_ms);
bool holds_lease(const Store& store, const std::string& name, const std::string& owner,
                 int64_t fence);
void release_lease(Store& store, const std::string& name, const std::string& owner);
std::string lease_owner(const Store& store, const std::string& name);  // "" when free

}  // namespace rlreason::store
