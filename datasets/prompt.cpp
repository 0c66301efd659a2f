#include "datasets/prompt.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/config/parse.h"
#include "core/error.h"

namespace rlreason::data {
namespace {

using nlohmann::json;

constexpr std::string_view kOutcomes[] = {"right", "wrong", "unscored"};

// Reads members of one object and refuses those it was not asked for.
class Members {
 public:
  Members(const json& object, std::string where, std::string what)
      : object_(object), where_(std::move(where)), what_(std::move(what)) {
    if (!object.is_object())
      throw DataError("{}: required {} as an object, {} came; prepare the dataset again", where_,
                      what_, object.type_name());
  }

  template <class T>
  void read(const char* key, T& out, bool required = false) {
    const auto it = object_.find(key);
    if (it == object_.end()) {
      if (required)
        throw DataError("{}: required '{}' in {}, found none; prepare the dataset again", where_,
                        key, what_);
      return;
    }
    ++known_;
    get(key, *it, out);
  }
  const json* list(const char* key) {
    const auto it = object_.find(key);
    if (it == object_.end()) return nullptr;
    ++known_;
    if (!it->is_array()) fail(key, "a list", *it);
    return &*it;
  }
  const json* child(const char* key) {
    const auto it = object_.find(key);
    if (it == object_.end()) return nullptr;
    ++known_;
    return &*it;
  }
  void done(std::initializer_list<std::string_view> names) const {
    if (known_ == object_.size()) return;
    for (const auto& [key, value] : object_.items())
      if (std::find(names.begin(), names.end(), key) == names.end())
        throw DataError("{}: unknown field '{}' in {}; prepare the dataset again", where_,
                        key.substr(0, 64), what_);
  }

 private:
  [[noreturn]] void fail(const char* key, std::string_view wanted, const json& came) const {
    throw DataError("{}: required {} for '{}' of {}, {} came; prepare the dataset again", where_,
                    wanted, key, what_, came.type_name());
  }
  void get(const char* key, const json& value, std::string& out) const {
    if (!value.is_string()) fail(key, "a string", value);
    out = value.get<std::string>();
  }
  void get(const char* key, const json& value, int64_t& out) const {
    if (!value.is_number_integer()) fail(key, "an integer", value);
    out = value.get<int64_t>();
  }
  void get(const char* key, const json& value, std::optional<double>& out) const {
    if (!value.is_number()) fail(key, "a number", value);
    out = value.get<double>();
  }
  void get(const char* key, const json& value, std::vector<std::string>& out) const {
    if (!value.is_array()) fail(key, "a list of strings", value);
    for (const json& item : value) get(key, item, out.emplace_back());
  }
  void get(const char* key, const json& value, std::vector<float>& out) const {
    if (!value.is_array()) fail(key, "a list of numbers", value);
    for (const json& item : value) {
      if (!item.is_number()) fail(key, "a list of numbers", value);
      out.push_back(item.get<float>());
    }
  }

  const json& object_;
  std::string where_, what_;
  size_t known_ = 0;
};

Verdict verdict_from_json(const json& value, const std::string& where) {
  Verdict verdict;
  Members members(value, where, "a verdict");
  std::string outcome;
  members.read("outcome", outcome, true);
  const auto* const word = std::find(std::begin(kOutcomes), std::end(kOutcomes), outcome);
  if (word == std::end(kOutcomes))
    throw DataError(
        "{}: required an outcome right, wrong or unscored, '{}' came; prepare the dataset again",
        where, outcome);
  verdict.outcome = static_cast<Outcome>(word - std::begin(kOutcomes));
  members.read("rule", verdict.rule);
  members.read("reason", verdict.reason);
  members.read("answer", verdict.answer);
  members.read("fuel", verdict.fuel);
  members.done({"outcome", "rule", "reason", "answer", "fuel"});
  return verdict;
}

Demonstration demonstration_from_json(const json& value, const std::string& where) {
  Demonstration demonstration;
  Members members(value, where, "a demonstration");
  members.read("text", demonstration.text, true);
  members.read("teacher", demonstration.teacher);
  members.read("style", demonstration.style);
  members.read("token_probabilities", demonstration.token_probabilities);
  if (const json* verdict = members.child("verdict"))
    demonstration.verdict = verdict_from_json(*verdict, where);
  members.done({"text", "teacher", "style", "token_probabilities", "verdict"});
  return demonstration;
}

AnswerOptions options_from_json(const json& value, const std::string& where) {
  try {
    return config::parse<AnswerOptions>(config::from_json(value, config::Origin::words(where)),
                                        "options");
  } catch (const UserError& error) {
    throw DataError("{}; prepare the dataset again", error.what());
  }
}

template <class T>
void put(json& out, const char* key, const T& value) {
  if (!value.empty()) out[key] = value;
}

}  // namespace

std::string_view to_string(Outcome outcome) { return kOutcomes[static_cast<size_t>(outcome)]; }

void to_json(json& out, const Verdict& verdict) {
  out = {{"outcome", to_string(verdict.outcome)}, {"rule", verdict.rule}};
  put(out, "reason", verdict.reason);
  put(out, "answer", verdict.answer);
  if (verdict.fuel != 0) out["fuel"] = verdict.fuel;
}

void to_json(json& out, const Demonstration& demonstration) {
  out = {{"text", demonstration.text}, {"verdict", demonstration.verdict}};
  put(out, "teacher", demonstration.teacher);
  put(out, "style", demonstration.style);
  put(out, "token_probabilities", demonstration.token_probabilities);
}

void to_json(json& out, const Prompt& prompt) {
  out = {{"id", prompt.id},
         {"text", prompt.text},
         {"gold", prompt.gold},
         {"verifier", prompt.verifier}};
  put(out, "options", config::non_defaults(prompt.options));
  put(out, "demonstrations", prompt.demonstrations);
  put(out, "hints", prompt.hints);
  put(out, "plan", prompt.plan);
  put(out, "choices", prompt.choices);
  put(out, "category", prompt.category);
  put(out, "split", prompt.split);
  if (prompt.difficulty) out["difficulty"] = *prompt.difficulty;
  put(out, "key", prompt.key);
}

Prompt prompt_from_json(const json& value, const std::string& where) {
  Prompt prompt;
  Members members(value, where, "a row");
  members.read("id", prompt.id, true);
  members.read("text", prompt.text, true);
  members.read("gold", prompt.gold, true);
  members.read("verifier", prompt.verifier, true);
  if (const json* options = members.child("options"))
    prompt.options = options_from_json(*options, where);
  if (const json* list = members.list("demonstrations"))
    for (const json& item : *list)
      prompt.demonstrations.push_back(demonstration_from_json(item, where));
  members.read("hints", prompt.hints);
  members.read("plan", prompt.plan);
  members.read("choices", prompt.choices);
  members.read("category", prompt.category);
  members.read("split", prompt.split);
  members.read("difficulty", prompt.difficulty);
  members.read("key", prompt.key);
  members.done({"id", "text", "gold", "verifier", "options", "demonstrations", "hints", "plan",
                "choices", "category", "split", "difficulty", "key"});
  return prompt;
}

}  // namespace rlreason::data
