#include "evaluators/responses.h"

#include <algorithm>

#include "core/error.h"
#include "core/registry.h"
#include "datasets/readers/jsonl.h"
#include "datasets/readers/records.h"

namespace rlreason::eval {
namespace {

using nlohmann::json;

constexpr const char* kNumber = "#number";
const std::vector<std::string> kFields = {"id",       "gold",     "responses", "choices",
                                          "category", "verdicts", "answers",   "scores"};

// One record under a map: members by field, errors with their place.
class Record {
 public:
  Record(const json& object, const ResponseShape& shape, std::string where, int64_t number)
      : object_(object), shape_(shape), where_(std::move(where)), number_(number) {}

  const json* find(const std::string& field) const {
    const json* value = data::at_path(object_, path_of(field));
    return value == nullptr || value->is_null() ? nullptr : value;
  }

  // As a list: a single value is a list of one, also when it is null ("no verdict", "nothing extracted").
  std::optional<std::vector<json>> list(const std::string& field) const {
    const json* value = data::at_path(object_, path_of(field));
    if (value == nullptr) return {};
    if (value->is_array()) return std::vector<json>(value->begin(), value->end());
    return std::vector<json>{*value};
  }

  std::string id() const {
    if (path_of("id") == kNumber) return std::to_string(number_);
    const json* value = find("id");
    if (value == nullptr)
      fail("an id", "none",
           "name one with --map id=PATH, or number the records with --map id=#number");
    std::string id = text(*value, "id");
    if (id.empty()) fail("an id", "an empty text", "give every item its own");
    return id;
  }

  std::optional<std::string> gold() const {
    const json* value = find("gold");
    if (value == nullptr) return {};
    // A list of one answer is that answer.
    if (value->is_array() && value->size() == 1) value = &value->front();
    std::string gold = text(*value, "gold");
    if (shape_.gold_after.empty()) return gold;
    const size_t mark = gold.rfind(shape_.gold_after);
    if (mark == std::string::npos)
      fail("gold with '" + shape_.gold_after + "' before the answer", "no such mark",
           "correct --gold-after");
    gold.erase(0, mark + shape_.gold_after.size());
    const size_t begin = gold.find_first_not_of(" \t\r\n");
    return begin == std::string::npos
               ? ""
               : gold.substr(begin, gold.find_last_not_of(" \t\r\n") - begin + 1);
  }

  std::string text(const json& value, const std::string& field) const {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_number() || value.is_boolean()) return value.dump();
    fail(field + " as a text or number", value.type_name(), "correct the file or --map");
  }

  void require_known_members() const {
    if (!shape_.map.empty()) return;
    for (const auto& [key, value] : object_.items())
      if (std::find(kFields.begin(), kFields.end(), key) == kFields.end())
        throw DataError(
            "{}: unknown member '{}'; did you mean '{}'? To read a file of another shape give "
            "--map",
            where_, key, nearest(key, kFields));
  }

  [[noreturn]] void fail(const std::string& wanted, const std::string& came,
                         const std::string& hint) const {
    throw DataError("{}: required {}, {} came; {}", where_, wanted, came, hint);
  }
  const std::string& where() const { return where_; }

 private:
  const std::string& path_of(const std::string& field) const {
    const auto mapped = shape_.map.find(field);
    return mapped == shape_.map.end() ? field : mapped->second;
  }

  const json& object_;
  const ResponseShape& shape_;
  std::string where_;
  int64_t number_;
};

std::optional<bool> verdict_of(const json& value, const Record& record) {
  if (value.is_null()) return {};
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number() && (value == 0 || value == 1)) return value == 1;
  if (value.is_string() && (value == "right" || value == "wrong")) return value == "right";
  record.fail("verdicts of true, false, 1, 0, right, wrong or null", value.dump(),
              "correct the file or --map");
}

std::optional<double> score_of(const json& value, const Record& record) {
  if (value.is_null()) return {};
  const json& number = value.is_array() && value.size() == 1 ? value.front() : value;
  if (!number.is_number())
    record.fail("scores of numbers", value.dump(), "correct the file or --map");
  return number.get<double>();
}

// The list of a field beside the responses: absent, or as long as they are.
std::optional<std::vector<json>> beside(const Record& record, const std::string& field,
                                        size_t count) {
  auto values = record.list(field);
  if (values && values->size() != count)
    record.fail(fmt::format("{} {} for {} responses", count, field, count),
                std::to_string(values->size()), "give one for each response, or null");
  return values;
}

std::vector<GivenResponse> responses_of(const Record& record,
                                        const std::optional<std::string>& gold) {
  const auto texts = record.list("responses");
  if (!texts || texts->empty())
    record.fail("at least one response", "none", "name them with --map responses=PATH");
  const auto verdicts = beside(record, "verdicts", texts->size());
  const auto answers = beside(record, "answers", texts->size());
  const auto scores = beside(record, "scores", texts->size());
  std::vector<GivenResponse> responses;
  for (size_t i = 0; i < texts->size(); ++i) {
    if (!(*texts)[i].is_string())
      record.fail("responses of texts", (*texts)[i].type_name(), "correct the file or --map");
    GivenResponse response{.text = (*texts)[i], .verdict = {}, .answer = {}, .score = {}};
    if (answers)
      response.answer = (*answers)[i].is_null() ? "" : record.text((*answers)[i], "answers");
    if (verdicts)
      response.verdict = verdict_of((*verdicts)[i], record);
    else if (answers && gold)
      response.verdict = *response.answer == *gold;
    if (scores) response.score = score_of((*scores)[i], record);
    responses.push_back(std::move(response));
  }
  return responses;
}

GivenItem item_of(const Record& record) {
  record.require_known_members();
  GivenItem item{.id = record.id(),
                 .gold = record.gold(),
                 .choices = {},
                 .category = {},
                 .responses = {},
                 .where = record.where()};
  if (const json* choices = record.find("choices")) {
    if (!choices->is_array())
      record.fail("choices as a list", choices->type_name(), "correct --map");
    for (const json& choice : *choices) item.choices.push_back(record.text(choice, "choices"));
  }
  if (const json* category = record.find("category"))
    item.category = record.text(*category, "category");
  item.responses = responses_of(record, item.gold);
  return item;
}

}  // namespace

std::map<std::string, std::string> parse_response_map(const std::vector<std::string>& assignments) {
  std::map<std::string, std::string> map;
  for (const std::string& assignment : assignments) {
    const size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == assignment.size())
      throw UserError("--map: required FIELD=PATH, '{}' came; for example responses=model.output",
                      assignment);
    const std::string field = assignment.substr(0, equals);
    if (std::find(kFields.begin(), kFields.end(), field) == kFields.end())
      throw UserError("--map: unknown field '{}'; did you mean '{}'?", field,
                      nearest(field, kFields));
    if (!map.emplace(field, assignment.substr(equals + 1)).second)
      throw UserError("--map: required one path for '{}', a second came: '{}'", field, assignment);
  }
  return map;
}

std::vector<GivenItem> read_responses(const std::filesystem::path& file,
                                      const ResponseShape& shape) {
  const auto records = data::open_records(file);
  std::vector<GivenItem> items;
  std::map<std::string, std::string> seen;  // id -> where
  json object;
  while (records->next(object)) {
    GivenItem item = item_of(Record(object, shape, records->where(), records->number()));
    const auto [first, fresh] = seen.emplace(item.id, item.where);
    if (!fresh)
      throw DataError(
          "{}: required one record an item, '{}' came again, first in {}; put its responses into "
          "one list",
          item.where, item.id, first->second);
    items.push_back(std::move(item));
  }
  if (items.empty())
    throw DataError("{}: required responses, the file has no record; give another file",
                    file.string());
  return items;
}

}  // namespace rlreason::eval
