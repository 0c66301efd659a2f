// Evaluation records: a header row, the protocol, and one fact for each item and sample.
#include <limits>

#include "core/digest.h"
#include "core/error.h"
#include "core/runlog/frame.h"
#include "core/store/apply.h"
#include "core/store/payload.h"

namespace rlreason::store {
namespace {

SampleFact sample_fact(const nlohmann::json& p) {
  SampleFact fact{.sample = integer_at(p, "sample"),
                  .outcome = text_at(p, "outcome"),
                  .rule = text_at(p, "rule"),
                  .reason = text_at(p, "reason"),
                  .answer = text_at(p, "answer"),
                  .length = integer_at(p, "length"),
                  .finish = text_at(p, "finish"),
                  .flags = nlohmann::json::object()};
  if (fact.outcome != "right" && fact.outcome != "wrong" && fact.outcome != "unscored")
    throw DataError("outcome: required right, wrong or unscored, '{}' came", fact.outcome);
  if (const auto* flags = member(p, "flags")) fact.flags = *flags;
  return fact;
}

// All of it is read before the first row is written, so an ill-formed record leaves nothing behind.
std::vector<ItemFact> item_facts(const nlohmann::json& p) {
  const auto* items = member(p, "items");
  if (items == nullptr || !items->is_array()) throw DataError("items: required a list");
  std::vector<ItemFact> result;
  for (const auto& item : *items) {
    const auto* samples = member(item, "samples");
    if (samples == nullptr || !samples->is_array()) throw DataError("samples: required a list");
    ItemFact fact{.id = text_at(item, "id"), .samples = {}};
    for (const auto& sample : *samples) fact.samples.push_back(sample_fact(sample));
    result.push_back(std::move(fact));
  }
  return result;
}

int64_t protocol_id(Connection& db, const nlohmann::json& p) {
  const auto* protocol = member(p, "protocol");
  const std::string json = protocol ? dump(*protocol) : "{}";
  std::string digest = protocol ? text_at(*protocol, "digest") : "";
  if (digest.empty()) digest = sha256(json);
  db.prepare("INSERT OR IGNORE INTO protocol(digest, json) VALUES(?,?)").bind(digest, json).run();
  auto statement = db.prepare("SELECT id FROM protocol WHERE digest = ?");
  statement.bind(digest);
  RLR_ENSURE(statement.step(), "protocol {}", digest);
  return statement.integer(0);
}

// A NaN that was written as a plain number has become null.
std::string probes_json(const nlohmann::json& p) {
  const auto* probes = member(p, "probes");
  if (probes == nullptr) return "{}";
  if (!probes->is_object())
    throw DataError("probes: required a map of names to numbers, {} came", probes->type_name());
  nlohmann::json numbers = nlohmann::json::object();
  for (const auto& [name, value] : probes->items())
    numbers[name] = runlog::number(value.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                                   : runlog::to_double(value));
  return dump(numbers);
}

struct Counts {
  int64_t samples = 0, right = 0, unscored = 0;
};

Counts count(const std::vector<ItemFact>& items) {
  Counts counts;
  for (const auto& item : items)
    for (const auto& sample : item.samples) {
      ++counts.samples;
      counts.right += sample.outcome == "right";
      counts.unscored += sample.outcome == "unscored";
    }
  return counts;
}

}  // namespace

void apply_eval(Connection& db, int64_t attempt, uint64_t seq, const nlohmann::json& p) {
  const auto items = item_facts(p);
  const Counts counts = count(items);
  const std::string suite = text_at(p, "suite"), dataset = text_at(p, "dataset_digest");
  const std::string checkpoint = text_or_dump_at(p, "checkpoint"), texts = text_at(p, "texts");
  const std::string texts_digest = text_at(p, "texts_digest"), probes = probes_json(p);
  const int64_t iteration = integer_at(p, "iteration");
  const int64_t protocol = protocol_id(db, p);
  db.prepare(
        "INSERT INTO eval_result(attempt_id, seq, suite, iteration, protocol_id, dataset_digest, "
        "checkpoint, n_items, "
        "n_samples, n_right, n_unscored, texts, texts_digest, probes) "
        "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
      .bind(attempt, static_cast<int64_t>(seq), suite, iteration, protocol, dataset, checkpoint,
            static_cast<int64_t>(items.size()), counts.samples, counts.right, counts.unscored,
            texts, texts_digest, probes)
      .run();
  const int64_t id = db.last_id();
  auto insert = db.prepare(
      "INSERT OR REPLACE INTO eval_fact(eval_id, item, sample, outcome, rule, reason, answer, "
      "length, finish, flags) "
      "VALUES(?,?,?,?,?,?,?,?,?,?)");
  for (const auto& item : items)
    for (const auto& s : item.samples) {
      insert.reset();
      insert
          .bind(id, item.id, s.sample, s.outcome, s.rule, s.reason, s.answer, s.length, s.finish,
                dump(s.flags))
          .run();
    }
}

}  // namespace rlreason::store
