// Responses made elsewhere: one item a record, with its gold answer and everything that was noted beside the responses.
//
//   {"id", "gold", "responses": [...], "choices"?, "category"?, "verdicts"?: [...], "answers"?: [...], "scores"?: [...]}
//
// JSON lines, a JSON array, either in a zip, or Parquet (datasets/readers/records.h).  Other shapes by a map from these fields
// to dotted paths; id=#number takes the record's number, for files that have no ids.  A list or a single value is accepted
// wherever a list is expected.  verdicts: true, false, 1, 0, "right", "wrong" or null; answers: what the other grader
// extracted, its verdict is then whether that equals the gold, byte for byte.  scores: numbers, or lists of one number.
// A field that is not mapped keeps its own name.  Without a map a record has no other members; with one they are ignored.
// Not here: judging (grading.h).
// Errors: DataError "file:line: ..." for a missing or doubled id, no response, an ill-typed member, lists of unequal length,
// invalid UTF-8; UserError for an unknown field in the map.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace rlreason::eval {

struct GivenResponse {
  std::string text;
  std::optional<bool> verdict;        // of somebody else's grader
  std::optional<std::string> answer;  // what that grader extracted; "" nothing
  std::optional<double> score;
};

struct GivenItem {
  std::string id;
  std::optional<std::string> gold;  // nothing: the suite's item of this id knows it
  std::vector<std::string> choices;
  std::string category;
  std::vector<GivenResponse> responses;
  std::string where;  // "file:line"
};

struct ResponseShape {
  std::map<std::string, std::string> map;  // field -> dotted path
  std::string gold_after;  // the gold is what follows the last of these marks; empty: all of it
};

// "responses=code" and the like.  UserError: no "=", an unknown field, a field twice.
std::map<std::string, std::string> parse_response_map(const std::vector<std::string>& assignments);
std::vector<GivenItem> read_responses(const std::filesystem::path& file,
                                      const ResponseShape& shape);

}  // namespace rlreason::eval
