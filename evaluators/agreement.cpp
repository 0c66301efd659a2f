#include "evaluators/agreement.h"

#include <cmath>
#include <limits>
#include <map>

#include "core/error.h"

namespace rlreason::eval {
namespace {

using data::Outcome;

Outcome outcome_of(const std::string& name) {
  if (name == "right") return Outcome::right;
  return name == "wrong" ? Outcome::wrong : Outcome::unscored;
}

}  // namespace

int64_t Agreement::count() const {
  int64_t sum = 0;
  for (const auto& row : matrix)
    for (const int64_t cell : row) sum += cell;
  return sum;
}

int64_t Agreement::equal() const { return matrix[0][0] + matrix[1][1] + matrix[2][2]; }

double Agreement::rate() const {
  if (count() == 0) throw UserError("agreement: required samples that both graded, there are none");
  return static_cast<double>(equal()) / static_cast<double>(count());
}

double Agreement::kappa() const {
  const double total = static_cast<double>(count());
  double chance = 0;
  for (size_t i = 0; i < 3; ++i) {
    double ours = 0, theirs = 0;
    for (size_t j = 0; j < 3; ++j) {
      ours += static_cast<double>(matrix[i][j]);
      theirs += static_cast<double>(matrix[j][i]);
    }
    chance += ours / total * (theirs / total);
  }
  if (chance >= 1.0) return std::numeric_limits<double>::quiet_NaN();
  return (rate() - chance) / (1.0 - chance);
}

void Agreement::add(const Disagreement& pair) {
  ++matrix[static_cast<size_t>(pair.ours)][static_cast<size_t>(pair.theirs)];
  if (pair.ours != pair.theirs) disagreements.push_back(pair);
}

Agreement agreement_with_given(const store::EvalFacts& facts) {
  Agreement agreement;
  for (const store::ItemFact& item : facts.items)
    for (const store::SampleFact& sample : item.samples) {
      if (!sample.flags->is_object()) continue;
      const auto given = sample.flags->find("given_verdict");
      if (given == sample.flags->end() || !given->is_boolean()) continue;
      agreement.add({.item = item.id,
                     .sample = sample.sample,
                     .ours = outcome_of(sample.outcome),
                     .theirs = given->get<bool>() ? Outcome::right : Outcome::wrong,
                     .our_answer = sample.answer,
                     .their_answer = sample.flags->value("given_answer", ""),
                     .our_rule = sample.rule,
                     .their_rule = ""});
    }
  return agreement;
}

Agreement agreement_between(const store::EvalFacts& ours, const store::EvalFacts& theirs) {
  std::map<std::pair<std::string, int64_t>, const store::SampleFact*> other;
  for (const store::ItemFact& item : theirs.items)
    for (const store::SampleFact& sample : item.samples) other[{item.id, sample.sample}] = &sample;
  Agreement agreement;
  for (const store::ItemFact& item : ours.items)
    for (const store::SampleFact& sample : item.samples) {
      const auto match = other.find({item.id, sample.sample});
      if (match == other.end()) continue;
      agreement.add({.item = item.id,
                     .sample = sample.sample,
                     .ours = outcome_of(sample.outcome),
                     .theirs = outcome_of(match->second->outcome),
                     .our_answer = sample.answer,
                     .their_answer = match->second->answer,
                     .our_rule = sample.rule,
                     .their_rule = match->second->rule});
    }
  return agreement;
}

nlohmann::json to_json(const Agreement& agreement) {
  constexpr const char* kNames[] = {"right", "wrong", "unscored"};
  nlohmann::json matrix = nlohmann::json::object();
  for (size_t i = 0; i < 3; ++i)
    for (size_t j = 0; j < 3; ++j) matrix[kNames[i]][kNames[j]] = agreement.matrix[i][j];
  nlohmann::json list = nlohmann::json::array();
  for (const Disagreement& one : agreement.disagreements)
    list.push_back({{"id", one.item},
                    {"sample", one.sample},
                    {"ours", data::to_string(one.ours)},
                    {"theirs", data::to_string(one.theirs)},
                    {"our_answer", one.our_answer},
                    {"their_answer", one.their_answer},
                    {"our_rule", one.our_rule}});
  const double kappa = agreement.kappa();
  return {{"samples", agreement.count()},
          {"equal", agreement.equal()},
          {"rate", agreement.rate()},
          {"kappa", std::isfinite(kappa) ? nlohmann::json(kappa) : nlohmann::json()},
          {"matrix_ours_theirs", matrix},
          {"disagreements", list}};
}

}  // namespace rlreason::eval
