// Samples that become demonstrations: judged again, distinct, chosen as asked, counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/config/parse.h"
#include "core/error.h"
#include "core/runlog/writer.h"
#include "datasets/dataset.h"
#include "datasets/prepare.h"
#include "tests/datasets/scratch.h"

namespace rlreason::data {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class FromSamples : public ScratchTest {
 protected:
  void SetUp() override {
    ScratchTest::SetUp();
    PrepareConfig config{.source = "jsonl", .name = "prompts"};
    config.from = {write(
        "prompts.jsonl",
        R"({"id": "a", "text": "1+1?", "gold": "2", "verifier": "number", "demonstrations": [{"text": "2"}]})"
        "\n"
        R"({"id": "b", "text": "2+2?", "gold": "4", "verifier": "number"})"
        "\n"
        R"({"id": "c", "text": "3+3?", "gold": "6", "verifier": "number"})"
        "\n")};
    prepare(config, folder() / "prompts");
  }
  PrepareConfig sampled(const std::string& lines, const std::string& settings) {
    PrepareConfig config{.source = "samples", .name = "mine"};
    config.from = {write("samples.jsonl", lines)};
    config.settings = config::parse_yaml(
        "{prompts: '" + (folder() / "prompts").string() + "'" + settings + "}", "test");
    return config;
  }
  std::vector<std::string> texts(const Prompt& prompt) {
    std::vector<std::string> all;
    for (const auto& demonstration : prompt.demonstrations) all.push_back(demonstration.text);
    return all;
  }
};

const std::string kLines =
    R"({"id": "a", "responses": ["so it is 2", "3", "so it is 2", "#### 2", "2"]})"
    "\n"
    R"({"prompt": "2+2?", "responses": ["5", ""]})"
    "\n"
    R"({"id": "nobody", "text": "7"})"
    "\n";

TEST_F(FromSamples, OnlyRightDistinctSamplesAreKept) {
  const PreparedSummary summary = prepare(sampled(kLines, ", per_prompt: 2"), folder() / "out");
  const auto prompts = Dataset::load(folder() / "out").prompts;
  ASSERT_EQ(prompts.size(), 1u);
  EXPECT_THAT(texts(prompts[0]), ElementsAre("so it is 2", "#### 2"));
  EXPECT_EQ(prompts[0].demonstrations[0].teacher, "samples");
  EXPECT_TRUE(prompts[0].demonstrations[0].verdict.right());
  const json counts = summary.manifest.at("samples");
  EXPECT_EQ(counts.at("samples"), 8);
  EXPECT_EQ(counts.at("repeated"), 1);
  EXPECT_EQ(counts.at("of_unknown_prompts"), 1);
  EXPECT_EQ(counts.at("right"), 3);
  EXPECT_EQ(counts.at("kept"), 2);
  EXPECT_EQ(counts.at("prompts_without"), 2);
  EXPECT_EQ(counts.at("wrong").get<int>() + counts.at("unscored").get<int>(), 3);
}

TEST_F(FromSamples, TheShortestOrAKeyedChoiceAndAllPrompts) {
  prepare(sampled(kLines, ", choose: shortest, keep_all: true"), folder() / "out");
  const auto prompts = Dataset::load(folder() / "out").prompts;
  ASSERT_EQ(prompts.size(), 3u);
  EXPECT_THAT(texts(prompts[0]), ElementsAre("2"));
  EXPECT_TRUE(prompts[1].demonstrations.empty());
  std::set<std::string> drawn;
  for (uint64_t seed = 0; seed < 12; ++seed) {
    PrepareConfig config = sampled(kLines, ", choose: random");
    config.seed = seed;
    const auto name = std::to_string(seed);
    EXPECT_EQ(prepare(config, folder() / name).digest,
              prepare(config, folder() / (name + "again")).digest);
    drawn.insert(Dataset::load(folder() / name).prompts[0].demonstrations[0].text);
  }
  EXPECT_EQ(drawn.size(), 3u);
}

TEST_F(FromSamples, ARecordedRunIsJudgedAgain) {
  const auto run = folder() / "run";
  std::filesystem::create_directories(run);
  {
    runlog::Writer writer(run, "0001-aaaaaaaaaaaa", json::object());
    const auto row = [](const char* id, const char* source, const char* text) {
      return json{{"prompt_id", id},
                  {"prompt", ""},
                  {"source", source},
                  {"text", text},
                  {"outcome", "right"}};
    };
    writer.append(
        runlog::Kind::rollout,
        {{"iteration", 0},
         {"rows",
          {row("a", "policy", "2"), row("b", "policy", "5"), row("c", "demonstration", "6")}}});
    writer.close(json::object());
  }
  PrepareConfig config = sampled("", "");
  config.from = {run.string()};
  const PreparedSummary summary = prepare(config, folder() / "out");
  EXPECT_EQ(summary.rows, 1);
  EXPECT_EQ(summary.manifest.at("samples").at("samples"),
            2);  // demonstrations are nobody's samples
  EXPECT_EQ(summary.manifest.at("sources").at(0).at("sha256").get<std::string>().size(), 64u);
}

TEST_F(FromSamples, BadSamplesAreSentences) {
  const auto refused = [&](const std::string& lines, const std::string& settings = "") {
    try {
      prepare(sampled(lines, settings), folder() / "out");
    } catch (const Error& error) {
      EXPECT_FALSE(std::filesystem::exists(folder() / "out"));
      return std::string(error.what());
    }
    return std::string("nothing was refused");
  };
  EXPECT_THAT(refused("{\"id\": \"a\"}\n"), HasSubstr("samples.jsonl:1: required 'responses'"));
  EXPECT_THAT(refused("{\"id\": \"a\", \"responses\": [3]}\n"), HasSubstr("required texts"));
  EXPECT_THAT(refused("{\"id\": \"x\", \"text\": \"2\"}\n"), HasSubstr("samples of known prompts"));
  EXPECT_THAT(refused("{\"id\": \"a\", \"text\": \"3\"}\n"), HasSubstr("at least one usable row"));
  EXPECT_THAT(refused(kLines, ", per_promt: 2"), HasSubstr("per_prompt"));
}

}  // namespace
}  // namespace rlreason::data
