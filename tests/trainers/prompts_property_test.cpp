// Which prompts an iteration gets: each once an epoch, a pure function of the iteration, never an evaluation prompt.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/error.h"
#include "core/process/io.h"
#include "core/process/publish.h"
#include "datasets/generated.h"
#include "datasets/prepare.h"
#include "evaluators/suite.h"
#include "tests/support/program.h"
#include "trainers/catalog/recipe.h"
#include "trainers/prompts.h"

namespace rlreason::train {
namespace {

using testing_support::Scratch;

struct Fixture {
  Scratch scratch;
  TrainConfig config =
      resolve_config("luffy", "tiny", {"data.demonstrations.prompts=5", "data.fresh.prompts=3"})
          .config;
  tokenizer::Tokenizer tokenizer = data::find_task("ledger").make_tokenizer();

  Fixture() {
    data::PrepareConfig prepare;
    prepare.name = "demonstrations";
    prepare.rows = 13;
    prepare.settings = config::parse_yaml("{style: verbose, verbose: {low: 5, high: 7}}", "test");
    data::prepare(prepare, scratch / "dataset");
    for (SourceConfig& source : config.data)
      if (source.task.size() > 0) source.exclude = eval::suite_blocks("ledger");
  }
  PromptSampler sampler(uint64_t seed) const {
    return PromptSampler(config, seed, tokenizer, {{"demonstrations", scratch / "dataset"}});
  }
};

TEST(Prompts, EachOnceAnEpochWhateverTheBatchSize) {
  const Fixture fixture;
  const PromptSampler sampler = fixture.sampler(3);
  std::vector<std::string> order;
  for (int64_t iteration = 0; iteration < 13; ++iteration)
    for (const DrawnPrompt& drawn : sampler.draw(iteration))
      if (drawn.prompt.id.starts_with("demonstrations")) order.push_back(drawn.prompt.id);
  ASSERT_EQ(order.size(), 65u);
  for (size_t epoch = 0; epoch < 5; ++epoch)
    EXPECT_EQ(std::set<std::string>(order.begin() + static_cast<long>(13 * epoch),
                                    order.begin() + static_cast<long>(13 * (epoch + 1)))
                  .size(),
              13u)
        << "epoch " << epoch;
}

TEST(Prompts, ARetiredPromptsTurnGoesToAnother) {
  Fixture fixture;
  fixture.config.retire.pass_rate = 1.0;
  fixture.config.retire.keep = 3;
  const PromptSampler sampler = fixture.sampler(3);
  RetiredPrompts retired(fixture.config.retire);
  std::set<std::string> gone;
  std::map<std::string, int> seen;
  for (int64_t iteration = 0; iteration < 400; ++iteration) {
    const auto drawn = sampler.draw(iteration, &retired), plain = sampler.draw(iteration);
    ASSERT_EQ(drawn.size(), plain.size());
    for (size_t p = 0; p < drawn.size(); ++p) {
      EXPECT_FALSE(gone.contains(drawn[p].prompt.id));
      if (!gone.contains(plain[p].prompt.id)) {
        EXPECT_EQ(drawn[p].prompt.id, plain[p].prompt.id);
      }
      if (iteration > 20) ++seen[drawn[p].prompt.id];
    }
    if (iteration < 9) {  // 13 rows less 9
      gone.insert(drawn.front().prompt.id);
      EXPECT_TRUE(retired.note(replay_key(drawn.front().prompt), 4, 4));
    }
  }
  std::erase_if(seen, [](const auto& own) { return !own.first.starts_with("demonstrations"); });
  EXPECT_EQ(seen.size(), 4u);
  for (const auto& [id, times] : seen) EXPECT_NEAR(times, 379 * 5 / 4, 110) << id;
  retired.note(replay_key(sampler.draw(0, &retired).front().prompt), 4, 4);
  std::set<std::string> back;  // three left: all come back
  for (int64_t iteration = 0; iteration < 13; ++iteration)
    for (const DrawnPrompt& own : sampler.draw(iteration, &retired)) back.insert(own.prompt.id);
  EXPECT_TRUE(std::includes(back.begin(), back.end(), gone.begin(), gone.end()));
}

TEST(Prompts, AnIterationDependsOnNothingBeforeIt) {
  const Fixture fixture;
  const PromptSampler forward = fixture.sampler(3), late = fixture.sampler(3);
  for (int64_t iteration = 0; iteration < 9; ++iteration) (void)forward.draw(iteration);
  const auto a = forward.draw(9), b = late.draw(9);
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].prompt.text, b[i].prompt.text);
  EXPECT_NE(fixture.sampler(4).draw(0)[0].prompt.id + fixture.sampler(4).draw(0)[1].prompt.id,
            late.draw(0)[0].prompt.id + late.draw(0)[1].prompt.id);
}

TEST(Prompts, FreshPromptsCarryNoDemonstrationAndAreNoEvaluationPrompts) {
  const Fixture fixture;
  const data::PromptSet evaluation = data::prompts_of(eval::suite_blocks("ledger"));
  const PromptSampler sampler = fixture.sampler(0);
  std::set<std::string> fresh;
  for (int64_t iteration = 0; iteration < 200; ++iteration)
    for (const DrawnPrompt& drawn : sampler.draw(iteration)) {
      EXPECT_FALSE(evaluation.contains(drawn.prompt.text)) << drawn.prompt.text;
      if (drawn.prompt.id.starts_with("demonstrations")) {
        ASSERT_EQ(drawn.demonstration_ids.size(), 1u);
        EXPECT_EQ(drawn.demonstration_ids[0].back(), fixture.tokenizer.eos_id());
      } else {
        EXPECT_TRUE(drawn.demonstration_ids.empty());
      }
    }
}

TEST(Prompts, APromptTwiceInAnIterationIsNumbered) {
  Fixture fixture;
  fixture.config.data[0].prompts = 20;
  std::map<std::string, std::set<uint32_t>> occurrences;
  for (const DrawnPrompt& drawn : fixture.sampler(1).draw(0))
    EXPECT_TRUE(occurrences[drawn.prompt.id].insert(drawn.occurrence).second)
        << "the same random keys would be used twice";
}

TEST(Prompts, ALongDemonstrationStopsOrIsDroppedAndCounted) {
  Fixture fixture;
  fixture.config.rollout.max_new_tokens = 20;  // 5 steps need 18 tokens, 7 need 24
  EXPECT_THROW(fixture.sampler(0), DataError);
  fixture.config.data[0].long_demonstrations = "drop";
  EXPECT_GT(fixture.sampler(0).dropped_demonstrations(), 0);
  fixture.config.data[0].long_demonstrations = "cut";
  const PromptSampler cut = fixture.sampler(0);
  EXPECT_GT(cut.cut_demonstrations(), 0);
  EXPECT_EQ(cut.dropped_demonstrations(), 0);
  bool found = false;
  for (const DrawnPrompt& drawn : cut.draw(0))
    for (const auto& ids : drawn.demonstration_ids) {
      EXPECT_LE(ids.size(), 20u);
      found |= ids.size() == 20 && ids.back() != fixture.tokenizer.eos_id();
    }
  EXPECT_TRUE(found) << "a cut demonstration has no end token";
}

TEST(Prompts, TokenProbabilitiesOfDemonstrationsBecomeLogProbsAndTheirNumberIsChecked) {
  Fixture fixture;
  const data::Dataset prepared = data::Dataset::load(fixture.scratch / "dataset");
  const auto sampler = [&](const std::string& name, double probability, int64_t extra) {
    process::publish_directory(fixture.scratch / name, [&](const std::filesystem::path& folder) {
      std::string lines;
      for (data::Prompt prompt : prepared.prompts) {
        data::Demonstration& own = prompt.demonstrations.at(0);
        const auto tokens = static_cast<int64_t>(fixture.tokenizer.encode(own.text).size()) + 1;
        own.token_probabilities.assign(static_cast<size_t>(tokens + extra),
                                       static_cast<float>(probability));
        lines += nlohmann::json(prompt).dump() + "\n";
      }
      process::write_file_atomic(folder / data::kDataFile, lines);
    });
    return PromptSampler(fixture.config, 0, fixture.tokenizer,
                         {{"demonstrations", fixture.scratch / name}});
  };
  for (const DrawnPrompt& drawn : sampler("given", 0.25, 0).draw(0))
    for (size_t d = 0; d < drawn.demonstration_ids.size(); ++d) {
      ASSERT_EQ(drawn.demonstration_logprob[d].size(), drawn.demonstration_ids[d].size());
      for (const float logprob : drawn.demonstration_logprob[d])
        EXPECT_NEAR(logprob, -1.3862944f, 1e-6f);
    }
  EXPECT_THROW(sampler("short", 0.25, -1), DataError);
  EXPECT_THROW(sampler("beyond_one", 1.5, 0), DataError);

  // Without them a ratio against them cannot be taken: refused before training, not a NaN in it.
  fixture.config =
      resolve_config("luffy", "tiny", {"components.demonstration.ratio={kind: given}"}).config;
  for (SourceConfig& source : fixture.config.data)
    if (source.task.size() > 0) source.exclude = eval::suite_blocks("ledger");
  EXPECT_THROW(fixture.sampler(0), DataError);
  EXPECT_NO_THROW(sampler("again", 0.5, 0));
}

}  // namespace
}  // namespace rlreason::train
