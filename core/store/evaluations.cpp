// Evaluation facts: records of equal keys merged, so that attempts which filled missing samples read as one.
#include <map>
#include <set>

#include "core/error.h"
#include "core/runlog/frame.h"
#include "core/store/internal.h"
#include "core/store/sqlite.h"

namespace rlreason::store {
namespace {

struct Header {
  EvalRow row;
  std::vector<int64_t> ids;  // eval_result rows, oldest first
};

struct Part {
  int64_t id, first_step_later;
  EvalKey key;
  std::string texts;
  nlohmann::json protocol, probes;
};

// An evaluation of weights that a later attempt replaced (it was made after more iterations than that attempt's first
// step) is left out unless the later attempt repeats it.
std::vector<Part> parts_of(Connection& db, int64_t run) {
  std::vector<Part> parts;
  auto s = db.prepare(
      "SELECT e.id, COALESCE((SELECT MIN(b.first_step) FROM attempt b WHERE b.run_id = a.run_id "
      "AND b.n > a.n), "
      "9223372036854775807), e.suite, e.iteration, p.digest, e.dataset_digest, e.checkpoint, "
      "e.texts, p.json, e.probes "
      "FROM eval_result e JOIN attempt a ON a.id = e.attempt_id JOIN protocol p ON p.id = "
      "e.protocol_id "
      "WHERE a.run_id = ? ORDER BY a.n, e.seq");
  s.bind(run);
  while (s.step())
    parts.push_back({.id = s.integer(0),
                     .first_step_later = s.integer(1),
                     .key = {.suite = s.text(2),
                             .iteration = s.integer(3),
                             .protocol_digest = s.text(4),
                             .dataset_digest = s.text(5),
                             .checkpoint = s.text(6)},
                     .texts = s.text(7),
                     .protocol = nlohmann::json::parse(s.text(8), nullptr, false),
                     .probes = nlohmann::json::parse(s.text(9), nullptr, false)});
  return parts;
}

std::map<EvalKey, Header> headers_of(Connection& db, int64_t run) {
  std::map<EvalKey, Header> headers;
  for (auto& part : parts_of(db, run)) {
    if (part.key.iteration > part.first_step_later) continue;
    Header& header = headers[part.key];
    header.row.key = part.key;
    header.row.protocol = std::move(part.protocol);
    if (!part.texts.empty()) header.row.texts.push_back(part.texts);
    if (part.probes.is_object())
      for (const auto& [name, value] : part.probes.items())
        header.row.probes[name] = runlog::to_double(value);
    header.ids.push_back(part.id);
  }
  return headers;
}

// Flags as JSON.  Most samples of an evaluation have one of a few texts, which are parsed once and shared.
class Flags {
 public:
  const SharedJson& parsed(std::string_view text) {
    if (const auto known = known_.find(text); known != known_.end()) return known->second;
    if (known_.size() > kKept) known_.clear();
    return known_.emplace(text, nlohmann::json::parse(text, nullptr, false)).first->second;
  }

 private:
  static constexpr size_t kKept = 64;
  std::map<std::string, SharedJson, std::less<>> known_;
};

// Of one record, in the order of the table's key.
std::vector<ItemFact> items_of(Connection& db, int64_t id, bool texts, Flags& flags) {
  std::vector<ItemFact> items;
  auto s = db.prepare(texts ? "SELECT item, sample, outcome, length, finish, flags, rule, reason, "
                              "answer FROM eval_fact WHERE eval_id = ? ORDER BY item, sample"
                            : "SELECT item, sample, outcome, length, finish, flags FROM eval_fact "
                              "WHERE eval_id = ? ORDER BY item, sample");
  s.bind(id);
  while (s.step()) {
    const std::string_view item = s.bytes(0);
    if (items.empty() || items.back().id != item) {
      const size_t like = items.empty() ? 0 : items.back().samples.size();
      items.push_back({.id = std::string(item), .samples = {}});
      items.back().samples.reserve(like);
    }
    SampleFact& fact = items.back().samples.emplace_back();
    fact.sample = s.integer(1);
    fact.outcome = s.bytes(2);
    fact.length = s.integer(3);
    fact.finish = s.bytes(4);
    fact.flags = flags.parsed(s.bytes(5));
    if (!texts) continue;
    fact.rule = s.bytes(6);
    fact.reason = s.bytes(7);
    fact.answer = s.bytes(8);
  }
  return items;
}

// Two sorted lists as one; where both have a key, `same(earlier, later)` makes one of them.
template <class T, class Key, class Same>
std::vector<T> merged_by(std::vector<T> earlier, std::vector<T> later, Key key, Same same) {
  std::vector<T> all;
  all.reserve(earlier.size() + later.size());
  auto a = earlier.begin(), b = later.begin();
  while (a != earlier.end() || b != later.end()) {
    if (b == later.end() || (a != earlier.end() && key(*a) < key(*b)))
      all.push_back(std::move(*a++));
    else if (a == earlier.end() || key(*b) < key(*a))
      all.push_back(std::move(*b++));
    else
      all.push_back(same(std::move(*a++), std::move(*b++)));
  }
  return all;
}

// A later record over earlier ones: it adds items and samples, and replaces samples of the same number.
std::vector<ItemFact> merged(std::vector<ItemFact> earlier, std::vector<ItemFact> later) {
  if (earlier.empty()) return later;
  return merged_by(
      std::move(earlier), std::move(later),
      [](const ItemFact& item) -> const std::string& { return item.id; },
      [](ItemFact before, ItemFact after) {
        before.samples = merged_by(
            std::move(before.samples), std::move(after.samples),
            [](const SampleFact& sample) { return sample.sample; },
            [](SampleFact, SampleFact newer) { return newer; });
        return before;
      });
}

EvalFacts facts_of(Connection& db, const Header& header, const FactSelection& of) {
  EvalFacts facts{.row = header.row, .items = {}};
  if (of.suites && !of.suites->contains(header.row.key.suite)) return facts;
  Flags flags;
  for (const int64_t id : header.ids)
    facts.items = merged(std::move(facts.items), items_of(db, id, of.texts, flags));
  for (const ItemFact& item : facts.items)
    facts.row.n_samples += static_cast<int64_t>(item.samples.size());
  facts.row.n_items = static_cast<int64_t>(facts.items.size());
  return facts;
}

}  // namespace

std::vector<EvalRow> Store::evaluations(const std::string& uid) const {
  const ReadTransaction snapshot(*db_);
  std::vector<EvalRow> rows;
  for (auto& [key, header] : headers_of(*db_, known_run_id(*db_, uid))) {
    std::set<std::string> items;
    std::set<std::pair<std::string, int64_t>> samples;
    for (const int64_t id : header.ids) {
      auto s = db_->prepare("SELECT item, sample FROM eval_fact WHERE eval_id = ?");
      s.bind(id);
      while (s.step()) {
        items.insert(s.text(0));
        samples.emplace(s.text(0), s.integer(1));
      }
    }
    header.row.n_items = static_cast<int64_t>(items.size());
    header.row.n_samples = static_cast<int64_t>(samples.size());
    rows.push_back(std::move(header.row));
  }
  return rows;
}

EvalFacts Store::facts(const std::string& uid, const EvalKey& key) const {
  const ReadTransaction snapshot(*db_);
  const auto headers = headers_of(*db_, known_run_id(*db_, uid));
  const auto it = headers.find(key);
  if (it == headers.end())
    throw UserError(
        "{}: required facts of suite '{}' at iteration {} for run {}, none are stored; evaluate it "
        "first",
        path().string(), key.suite, key.iteration, uid);
  return facts_of(*db_, it->second, {});
}

std::vector<EvalFacts> Store::all_facts(const std::string& uid, const FactSelection& of) const {
  const ReadTransaction snapshot(*db_);
  std::vector<EvalFacts> result;
  for (const auto& [key, header] : headers_of(*db_, known_run_id(*db_, uid)))
    result.push_back(facts_of(*db_, header, of));
  return result;
}

}  // namespace rlreason::store
