// Sampling and scoring of suites with a small model: batches, known cells and options change no number.
#include "evaluators/sampling.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <fstream>

#include "core/config/parse.h"
#include "core/error.h"
#include "core/process/publish.h"
#include "datasets/prepare.h"
#include "evaluators/choices.h"
#include "evaluators/prompt_template.h"
#include "tests/support/scratch.h"
#include "tests/support/small_model.h"

namespace rlreason::eval {
namespace {

using nlohmann::json;

class SamplingTest : public testing::Test {
 protected:
  SamplingTest()
      : tokenizer_(tokenizer::Tokenizer::characters(
            " !\"#$%&'()*+,-./"
            "0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\n")),
        policy_(testing_support::small_model(tokenizer_.vocab_size())) {
    policy_.initialise(11);
  }

  // Choices of 2 to 4 options over few words, so that a random model is right now and then.
  Suite choices(const std::vector<std::string>& sets = {}) {
    const auto file = scratch_.path() / "rows.jsonl";
    std::ofstream out(file);
    for (int i = 0; i < 12; ++i) {
      json options = json::array();
      for (int o = 0; o < 2 + i % 3; ++o)
        options.push_back(
            std::string(static_cast<size_t>(1 + (i + o) % 5), static_cast<char>('a' + o)));
      out << json({{"question", "Which " + std::to_string(i)},
                   {"choices", options},
                   {"answer", i % 2},
                   {"type", "t"}})
          << "\n";
    }
    out.close();
    std::vector<std::string> all = {"dataset=" + (scratch_.path() / "data").string(),
                                    "max_new_tokens=3", "samples=4", "prompt_template=letters",
                                    "temperature=1"};
    all.insert(all.end(), sets.begin(), sets.end());
    const Suite suite = load_suite("mmlu_stem", all);
    if (!std::filesystem::exists(scratch_.path() / "data")) {
      data::PrepareConfig config;
      config.from = {file.string()};
      data::prepare(suite_preparation(suite, config), scratch_.path() / "data");
    }
    return suite;
  }

  // All facts by item and sample, whatever the batches.
  json facts(const Suite& suite, SamplingOptions options = {}) {
    json all = json::object();
    batches_ = 0;
    texts_.clear();
    options.slots = 7;
    options.record = [&](const FactsBatch& batch) {
      ++batches_;
      texts_ += batch.texts;
      for (const json& item : batch.items)
        for (const json& sample : item.at("samples"))
          all[item.at("id").get<std::string>()]
             [std::to_string(sample.at("sample").get<int64_t>())] = sample;
      last_.add(batch.items);
    };
    counts_ = sample_suite(policy_, tokenizer_, suite, rotated_prompts(suite), options);
    return all;
  }

  testing_support::Scratch scratch_;
  tokenizer::Tokenizer tokenizer_;
  engine::Policy policy_;
  SampleCounts counts_;
  Cells last_;
  std::string texts_;
  int batches_ = 0;
};

TEST_F(SamplingTest, BatchesChangeNothing) {
  const Suite suite = choices();
  const json whole = facts(suite);
  EXPECT_EQ(batches_, 1);
  EXPECT_EQ(counts_.done, 48);
  SamplingOptions options;
  options.batch_samples = 5;
  EXPECT_EQ(facts(suite, options), whole);
  EXPECT_GE(batches_, 4);
}

TEST_F(SamplingTest, ToppedUpEqualsAllAtOnce) {
  const Suite few = choices(), many = choices({"samples=9"});
  const json all = facts(many);
  last_ = {};
  const json first = facts(few);
  SamplingOptions options;
  const Cells known = last_;
  options.known = &known;
  json merged = facts(many, options);
  EXPECT_EQ(counts_.done, 12 * 9);
  for (const auto& [id, samples] : merged.items())
    EXPECT_EQ(samples.size(), 5u);  // only what was missing
  for (const auto& [id, samples] : first.items()) merged[id].update(samples);
  EXPECT_EQ(merged, all);
}

TEST_F(SamplingTest, StoppingRecordsWhatIsDone) {
  const Suite suite = choices();
  SamplingOptions options;
  options.progress = [](const SampleCounts& counts) { return counts.done < 10; };
  const json part = facts(suite, options);
  EXPECT_GE(counts_.done, 10);
  EXPECT_LT(counts_.done, 48);
  int64_t recorded = 0;
  for (const auto& [id, samples] : part.items()) recorded += static_cast<int64_t>(samples.size());
  EXPECT_EQ(recorded, counts_.done);
}

TEST_F(SamplingTest, RotationsAreSampleGroupsAndAnswersNameTheSourcesOption) {
  const Suite suite = choices({"rotations=2", "option_order=shuffled", "scoring=loglik_raw"});
  const json all = facts(suite);
  ASSERT_EQ(all.size(), 12u);
  const auto prompts = rotated_prompts(suite);
  for (size_t item = 0; item < prompts[0].size(); ++item)
    for (const int64_t rotation : {0, 1}) {
      const data::Prompt& shown = prompts[static_cast<size_t>(rotation)][item];
      const json& fact = all.at(shown.id).at(std::to_string(rotation * kRotationStride));
      const auto order = shown_order(suite, shown, rotation);
      const auto place = fact.at("flags").at("place").get<size_t>();
      EXPECT_EQ(fact.at("answer"), label(order[place], false));
      EXPECT_EQ(fact.at("outcome") == "right", label(place, false) == shown.gold);
      EXPECT_EQ(fact.at("flags").at("gold_place"), *position_of(shown.gold, order.size()));
    }
}

// Each option alone, in one segment with its prompt, token by token.
TEST_F(SamplingTest, LikelihoodsMatchScoringEachOptionAlone) {
  for (const char* words : {"letters", "cloze"}) {
    const Suite suite = choices({"scoring=loglik_token", std::string("prompt_template=") + words});
    const json all = facts(suite);
    const auto prompts = rotated_prompts(suite);
    for (const data::Prompt& prompt : prompts[0]) {
      data::Prompt bare = prompt;
      unlabel_options(bare);
      std::vector<std::array<double, 3>> scores;
      for (const std::string& text : continuations(load_prompt_template(words), bare)) {
        std::vector<int32_t> ids = tokenizer_.encode(prompt.text);
        const size_t begin = ids.size();
        for (const int32_t id : tokenizer_.encode(text)) ids.push_back(id);
        engine::Layout layout;
        engine::Targets targets;
        const int32_t segment = layout.append(ids);
        targets.append_segment(layout, segment, static_cast<int32_t>(begin), 0, Source::policy);
        const double raw = policy_.score(layout, targets, {}).logprob.sum().item<double>();
        scores.push_back({raw, raw / static_cast<double>(text.size()),
                          raw / static_cast<double>(ids.size() - begin)});
      }
      const json& flags = all.at(prompt.id).at("0").at("flags");
      const char* names[] = {"loglik_raw", "loglik_byte", "loglik_token"};
      for (size_t rule = 0; rule < 3; ++rule) {
        size_t best = 0;
        for (size_t o = 1; o < scores.size(); ++o)
          if (scores[o][rule] > scores[best][rule]) best = o;
        EXPECT_EQ(flags.at(names[rule]), best == *position_of(prompt.gold, scores.size()))
            << prompt.id << names[rule];
      }
    }
  }
}

TEST_F(SamplingTest, AConfidentialSuiteLeavesNoText) {
  SamplingOptions options;
  options.texts = true;
  facts(choices(), options);
  EXPECT_NE(texts_.find("Which 3"), std::string::npos);
  const json quiet = facts(choices({"confidential=true"}), options);
  EXPECT_EQ(texts_, "");
  EXPECT_EQ(quiet.dump().find("Which"), std::string::npos);
  for (const auto& [id, samples] : quiet.items())
    for (const auto& [number, sample] : samples.items()) EXPECT_EQ(sample.at("reason"), "");
}

TEST_F(SamplingTest, APromptThatDoesNotFitIsASentence) {
  engine::ModelConfig config = testing_support::small_model(tokenizer_.vocab_size());
  config.max_position_embeddings = 12;
  engine::Policy tiny(config);
  tiny.initialise(1);
  for (const char* scoring : {"scoring=generate", "scoring=loglik_raw"}) {
    const Suite suite = choices({scoring});
    EXPECT_THROW(sample_suite(tiny, tokenizer_, suite, rotated_prompts(suite), {}), UserError);
  }
}

}  // namespace
}  // namespace rlreason::eval
