// A pool of solutions: demonstrations of a dataset, rollouts of a training or responses of an evaluation; how good and how varied.
//
//   quality        mean reward (a right solution is 1; a wrong and an unscored one 0); TQ = quality / the reference's quality
//   coverage       SACo = u_n(pool) / u_n(reference), n the smaller of the two sizes; u_n = expected number of distinct
//                  (problem, signature) pairs among n entries drawn without replacement:
//                  u_n = sum over pairs of 1 - C(N - c, n) / C(N, n), c the pair's copies among N entries
//                  arXiv:2111.04714, with states = problems and actions = solutions (ours for text); signatures: the solution's
//                  words, or its extracted answer
//   gap            mean log-prob a token of demonstrations minus that of the policy's own right solutions, by problem (equal
//                  prompt), averaged over the problems that have both
// Not here: scoring (trainers/text_scores.h), overlap with other data (datasets/overlap.h).
// Errors: DataError and UserError of the readers; UserError for an empty pool.  Thread safety: as the store's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/store/store.h"
#include "datasets/prompt.h"

namespace rlreason::sweep {

struct PoolEntry {
  std::string problem, prompt, text, answer;
  std::string source, teacher, style;
  data::Outcome outcome = data::Outcome::unscored;
  bool ended = true;  // not cut at the limit
};

struct Pool {
  std::string name, kind;  // dataset, rollouts or responses
  int64_t problems = 0;    // with and without an entry
  std::vector<PoolEntry> entries;
};

// A dataset's folder, or a run: a training's recorded rollouts (every tenth iteration), an evaluation's stored responses.
Pool load_pool(const std::filesystem::path& folder, const store::Store* store);

enum class Signature { words, answer };
double expected_distinct(const std::vector<int64_t>& copies,
                         int64_t n);  // u_n; REQUIRES: 1 <= n <= sum
std::vector<int64_t> copies_of(const Pool& pool,
                               Signature signature);  // of each (problem, signature)

// {"name", "kind", "entries", "problems", "problems_without", "quality", "right", "wrong", "unscored", "distinct", …}
nlohmann::json describe_pool(const Pool& pool);
// {"tq", "saco", "saco_answers", "size", "shared_problems"}; tq is null where the reference's quality is 0.
nlohmann::json compare_pools(const Pool& pool, const Pool& reference);

struct Scored {  // of the entries, in their order
  std::vector<double> logprob;
  std::vector<int64_t> tokens;
};
// {"demonstrations", "perplexity", and with a reference "problems", "gap", "low", "high"}
nlohmann::json demonstration_gap(const Pool& pool, const Scored& scored, const Pool* own,
                                 const Scored* own_scored);

}  // namespace rlreason::sweep
