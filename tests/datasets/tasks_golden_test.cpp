// Bytes that must not move: a dataset or suite of a generated task is identified by its settings and seed alone.
//
// tests/vectors/datasets/tasks.json holds, by task, the first prompt and demonstration to be read by people, and the sha256
// over 64 rows (text, gold, key, demonstrations) of each block of settings.  When bytes are meant to change, take the JSON
// that the failing test prints, and say in the commit which datasets become others.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/digest.h"
#include "tests/datasets/task_support.h"

namespace rlreason::data {
namespace {

using nlohmann::json;

constexpr const char* kBlocks[] = {"{}", "{wording: mixed, expert: {style: terse}}",
                                   "{wording: mixed, expert: {style: mixed, traces: 3, error_rate: "
                                   "0.5, error: both, coverage: 0.9}}",
                                   "{expert: {style: search, format: cipher, dead_ends: 3}}"};

json found_for(const std::string& task) {
  const Prompt first = test::example(task, "{}", 0);
  json found = {{"prompt", first.text}, {"demonstration", first.demonstrations.at(0).text}};
  for (const char* settings : kBlocks) {
    std::string bytes;
    for (const Prompt& prompt : test::examples(task, settings, 64)) {
      bytes += json({prompt.id, prompt.text, prompt.gold, prompt.key, prompt.category}).dump();
      for (const Demonstration& demonstration : prompt.demonstrations)
        bytes += json({demonstration.text, demonstration.style}).dump();
    }
    found["sha256"][settings] = sha256(bytes);
  }
  return found;
}

TEST(TasksGolden, RowsAreTheSameBytesEverywhere) {
  std::ifstream file(std::string(RLR_SOURCE_DIR) + "/tests/vectors/datasets/tasks.json");
  const json expected = json::parse(file, nullptr, false);
  json found;
  for (const std::string& task : test::problem_tasks()) found[task] = found_for(task);
  EXPECT_EQ(expected.dump(), found.dump()) << "found:\n" << found.dump(1);
}

}  // namespace
}  // namespace rlreason::data
