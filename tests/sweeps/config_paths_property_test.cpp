// Differences of two configurations are those of their leaves, whatever is skipped on the way.
#include <gtest/gtest.h>

#include "core/random.h"
#include "sweeps/compare/config_paths.h"

namespace rlreason::sweep {
namespace {

using nlohmann::json;

json any_json(Sequence& random, int depth) {
  const int64_t pick = random.between(0, depth > 3 ? 3 : 6);
  if (pick == 0) return random.between(0, 3);
  if (pick == 1) return 0.5 * static_cast<double>(random.between(0, 3));
  if (pick == 2) return random.between(0, 1) == 0 ? json() : json("word");
  if (pick == 3) return random.between(0, 1) == 0 ? json::object() : json::array();
  json made = pick < 6 ? json::object() : json::array();
  for (int64_t n = random.between(1, 4); n > 0; --n)
    if (made.is_array())
      made.push_back(any_json(random, depth + 1));
    else
      made[std::string(1, static_cast<char>('a' + random.between(0, 4)))] =
          any_json(random, depth + 1);
  return made;
}

// Another value in one place out of a few, so that most of the two is equal.
void change(json& value, Sequence& random) {
  if (!value.is_structured() || value.empty() || random.between(0, 3) == 0) {
    value = any_json(random, 2);
    return;
  }
  const auto at = random.between(0, static_cast<int64_t>(value.size()) - 1);
  change(*std::next(value.begin(), at), random);
}

TEST(ConfigDifference, IsThatOfTheLeaves) {
  Sequence random({.seed = 12, .purpose = Purpose::data});
  int64_t differing = 0;
  for (int round = 0; round < 4000; ++round) {
    const json a = any_json(random, 0);
    json b = a;
    for (int64_t n = random.between(0, 3); n > 0; --n) change(b, random);
    std::map<std::string, std::pair<std::optional<json>, std::optional<json>>> expected;
    for (const auto& [path, value] : flatten(a)) expected[path].first = value;
    for (const auto& [path, value] : flatten(b)) expected[path].second = value;
    std::erase_if(expected, [](const auto& entry) {
      return entry.second.first && entry.second.second &&
             *entry.second.first == *entry.second.second;
    });
    const auto found = config_difference(a, b);
    differing += !found.empty();
    ASSERT_EQ(found.size(), expected.size()) << a << "\n" << b;
    auto at = expected.begin();
    for (const PathDifference& difference : found) {
      EXPECT_EQ(difference.path, at->first);
      EXPECT_EQ(difference.a, at->second.first) << a << "\n" << b;
      EXPECT_EQ(difference.b, at->second.second) << a << "\n" << b;
      ++at;
    }
  }
  EXPECT_GT(differing, 1000);
}

}  // namespace
}  // namespace rlreason::sweep
