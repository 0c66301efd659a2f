// The suites of the generated tasks: what they ask verifies itself, fits its length limit, and stays out of training data.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "datasets/generated.h"
#include "datasets/tasks/problem.h"
#include "datasets/verifiers/verifier.h"
#include "evaluators/suite.h"

namespace rlreason::eval {
namespace {

std::vector<Suite> task_suites() {
  std::vector<Suite> suites;
  for (const std::string& name : suite_names()) {
    Suite suite = load_suite(name);
    if (!suite.task.empty() && suite.task != "ledger") suites.push_back(std::move(suite));
  }
  return suites;
}

TEST(TaskSuites, EveryFamilyHasOneInAndOneOutOfDistribution) {
  std::map<std::string, std::set<Distribution>> found;
  for (const Suite& suite : task_suites()) {
    found[suite.task].insert(suite.distribution);
    EXPECT_TRUE(suite.name.starts_with(suite.task + "_")) << suite.name;
    EXPECT_EQ(suite.name.ends_with("_in"), suite.distribution == Distribution::in) << suite.name;
    EXPECT_EQ(suite.prompts, 64);
    EXPECT_EQ(suite.samples, 8);
  }
  for (const data::Task* task : data::all_tasks())
    if (dynamic_cast<const data::ProblemTask*>(task) != nullptr) {
      EXPECT_EQ(found[task->name()].size(), 2u) << task->name();
    }
}

TEST(TaskSuites, GoldsVerifyThemselvesAndFullSolutionsFit) {
  for (const Suite& suite : task_suites()) {
    std::set<std::string> keys;
    for (const data::Prompt& prompt : suite_prompts(suite)) {
      keys.insert(prompt.key);
      EXPECT_TRUE(data::verify_gold(prompt.verifier, data::question_of(prompt)).right())
          << suite.name << ": " << prompt.gold;
      const std::string& full = prompt.demonstrations.at(0).text;
      EXPECT_LT(static_cast<int64_t>(full.size()), suite.max_new_tokens)
          << suite.name << ": " << full;  // a token a character
    }
    EXPECT_GT(keys.size(), 48u) << suite.name;
  }
}

TEST(TaskSuites, TrainingProblemsAreInNoSuiteOfTheTask) {
  for (const std::string task : {"countdown", "gcd", "hanoi", "twentyfour", "gsm"}) {
    const auto blocks = suite_blocks(task);
    EXPECT_GE(blocks.size(), 2u);
    const data::PromptSet excluded = data::prompts_of(blocks);
    std::set<std::string> keys;
    for (const auto& block : blocks)
      for (const data::Prompt& prompt : data::generate_block(block)) keys.insert(prompt.key);
    const auto stream =
        data::find_task(task).stream(config::parse_yaml("{wording: mixed}", "test"));
    for (uint64_t i = 0; i < 200; ++i)
      EXPECT_FALSE(
          keys.contains(data::generate_outside(*stream, "train", 5, i, excluded).prompt.key));
  }
}

}  // namespace
}  // namespace rlreason::eval
