#include "datasets/prepare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "core/config/parse.h"
#include "core/error.h"
#include "datasets/dataset.h"
#include "datasets/readers/rows.h"
#include "datasets/verifiers/verifier.h"

namespace rlreason::data {
namespace {

using nlohmann::json;
using testing::HasSubstr;
namespace fs = std::filesystem;

class Prepare : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::path(testing::TempDir()) /
        ("prepare_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }
  fs::path out() const { return folder_ / "out"; }
  PreparedSummary run(const PrepareConfig& config) { return prepare(config, out()); }
  // The sentence of the error; nothing may be left behind.
  template <class E = DataError>
  std::string refused(const PrepareConfig& config) {
    std::string sentence = "nothing was refused";
    try {
      run(config);
    } catch (const E& error) {
      sentence = error.what();
    }
    EXPECT_FALSE(fs::exists(out())) << sentence;
    for (const auto& entry : fs::directory_iterator(folder_))
      EXPECT_EQ(entry.path().filename().string().find(".tmp"), std::string::npos);
    return sentence;
  }
  std::vector<json> lines(const fs::path& file) {
    std::vector<json> all;
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) all.push_back(json::parse(line));
    return all;
  }
  PrepareConfig mapped(const std::string& text) {
    PrepareConfig config;
    config.source = "jsonl";
    config.name = "mine";
    config.from = {write("in.jsonl", text)};
    config.map = {{"text", "q"}, {"gold", "meta.answer"}, {"demonstration", "solution"}};
    config.verifier = "number";
    return config;
  }
  fs::path folder_;
};

TEST_F(Prepare, ATaskGivesADatasetThatLoads) {
  PrepareConfig config;
  config.rows = 50;
  config.settings = config::parse_yaml("{style: verbose, verbose: {low: 5, high: 7}}", "test");
  config.split = "train";
  const PreparedSummary summary = run(config);
  const Dataset dataset = Dataset::load(out());
  EXPECT_EQ(dataset.prompts.size(), 50u);
  EXPECT_EQ(dataset.digest, summary.digest);
  EXPECT_EQ(dataset.name, "ledger-train");
  EXPECT_EQ(dataset.manifest.at("counts").at("demonstrations"), 50);
  EXPECT_EQ(dataset.manifest.at("verifiers"), json({"marked@1"}));
  EXPECT_EQ(dataset.manifest.at("settings").at("settings").at("verbose").at("high"), 7);
  const auto stream = find_task("ledger").stream(config.settings);
  for (uint64_t i = 0; i < 50; ++i) {
    const Prompt prompt = generate_example(*stream, "ledger-train", 0, i);
    EXPECT_EQ(dataset.prompts[i].text, prompt.text);
    EXPECT_EQ(dataset.prompts[i].id, prompt.id);
    EXPECT_EQ(dataset.prompts[i].demonstrations[0].text, prompt.demonstrations[0].text);
    EXPECT_TRUE(dataset.prompts[i].demonstrations[0].verdict.right());
  }
}

TEST_F(Prepare, EqualSettingsGiveEqualBytesAndSeedsDiffer) {
  PrepareConfig config;
  const std::string first = prepare(config, folder_ / "a").digest;
  EXPECT_EQ(prepare(config, folder_ / "b").digest, first);
  config.seed = 1;
  EXPECT_NE(prepare(config, folder_ / "c").digest, first);
}

TEST_F(Prepare, ExcludedPromptsAreDrawnAgain) {
  PrepareConfig config;
  config.settings = config::parse_yaml("{terse: {low: 1, high: 1}}", "test");
  config.exclude = {
      {.task = "ledger", .settings = config.settings, .seed = 9, .stream = "suite", .rows = 250}};
  const PreparedSummary summary = run(config);
  EXPECT_GT(summary.redrawn, 0);
  const PromptSet suite = prompts_of(config.exclude);
  for (const Prompt& prompt : Dataset::load(out()).prompts)
    EXPECT_FALSE(suite.contains(prompt.text));
}

TEST_F(Prepare, ConfigurationsRoundTripThroughJson) {
  PrepareConfig config = mapped("");
  config.exclude = {{.task = "ledger",
                     .settings = config::parse_yaml("{shuffle: true}", "t"),
                     .seed = 9,
                     .stream = "s",
                     .rows = 2}};
  const json first = config::to_json(config);
  EXPECT_EQ(config::to_json(config::parse<PrepareConfig>(config::from_json(first))), first);
}

TEST_F(Prepare, BadRowsAndDemonstrationsAreListedWithLineAndReason) {
  PrepareConfig config = mapped(
      "\xEF\xBB\xBF{\"q\": \"1+1?\", \"meta\": {\"answer\": 2}, \"solution\": \"#### 2\"}\r\n"
      "\n"
      "{\"q\": \"no gold\", \"meta\": {}, \"solution\": \"#### 2\"}\n"
      "{\"q\": \"bad gold\", \"meta\": {\"answer\": \"two\"}, \"solution\": \"#### 2\"}\n"
      "{\"q\": \"wrong\", \"meta\": {\"answer\": \"3\"}, \"solution\": [\"#### 2\", \"so 3\"]}\n"
      "{\"q\": \"long\", \"meta\": {\"answer\": 3.50}, \"solution\": \"it is very long indeed but "
      "right, #### 3.5\"}\n"
      "{\"q\": \" 1+1?\", \"meta\": {\"answer\": \"2\"}, \"solution\": \"2\"}");
  config.max_demonstration_bytes = 30;
  const PreparedSummary summary = run(config);
  EXPECT_EQ(summary.read, 6);
  EXPECT_EQ(summary.rows, 4);
  EXPECT_EQ(summary.rejected, 2);
  EXPECT_EQ(summary.demonstrations, 3);
  EXPECT_EQ(summary.demonstrations_wrong, 1);
  EXPECT_EQ(summary.demonstrations_too_long, 1);
  EXPECT_EQ(summary.repeated, 1);
  const auto rejected = lines(out() / "rejected.jsonl");
  ASSERT_EQ(rejected.size(), 4u);
  const int expected_lines[] = {3, 4, 5, 6};
  const char* expected_reasons[] = {"meta.answer", "does not verify itself", "wrong", "too long"};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(rejected[i].at("line"), expected_lines[i]);
    EXPECT_EQ(rejected[i].at("file"), "in.jsonl");
    EXPECT_THAT(rejected[i].at("reason").get<std::string>(), HasSubstr(expected_reasons[i]));
  }
  const auto prompts = Dataset::load(out()).prompts;
  EXPECT_EQ(prompts[2].gold, "3.5");
  EXPECT_TRUE(prompts[2].demonstrations.empty());
}

TEST_F(Prepare, PoliciesKeepOrRefuseBadDemonstrations) {
  PrepareConfig config =
      mapped("{\"q\": \"x\", \"meta\": {\"answer\": 3}, \"solution\": \"#### 2\"}\n");
  config.demonstrations = DemonstrationPolicy::error;
  EXPECT_THAT(refused(config), testing::AllOf(HasSubstr("in.jsonl:1"), HasSubstr("wrong")));
  config.demonstrations = DemonstrationPolicy::keep;
  run(config);
  const auto prompts = Dataset::load(out()).prompts;
  ASSERT_EQ(prompts[0].demonstrations.size(), 1u);
  EXPECT_EQ(prompts[0].demonstrations[0].verdict.outcome, Outcome::wrong);
  EXPECT_EQ(prompts[0].demonstrations[0].verdict.answer, "2");
}

TEST_F(Prepare, MutatedLinesNameFileAndLine) {
  const std::string good = "{\"q\": \"x\", \"meta\": {\"answer\": 3}, \"solution\": \"3\"}";
  std::string deep = "{\"q\": ";
  for (int i = 0; i < 100000; ++i) deep += "[";
  for (int i = 0; i < 100000; ++i) deep += "]";
  const std::string bad[] = {good.substr(0, good.size() - 1),
                             good.substr(1),
                             "[1, 2]",
                             "3",
                             "nonsense",
                             good + good,
                             "{\"q\": \"\xff\"}",
                             "{\"q\": \"\\ud800\"}",
                             "{\"q\": 1e999999}",
                             deep + "}",
                             std::string("{\"q\": \"a\0b\"}", 12),
                             "{\"q\": \"" + std::string(17 << 20, 'a') + "\"}"};
  for (const std::string& line : bad)
    EXPECT_THAT(refused(mapped(good + "\n" + line + "\n" + good + "\n")), HasSubstr("in.jsonl:2: "))
        << line.substr(0, 60);
}

TEST_F(Prepare, EveryCutOfALineIsASentenceOrARow) {
  const std::string good =
      R"({"id": "a", "text": "x", "gold": "3", "verifier": "number", "demonstrations": [{"text": "3", "verdict": {"outcome": "right"}}]})";
  for (size_t length = 1; length < good.size(); ++length) {
    PrepareConfig config;
    config.source = "jsonl";
    config.from = {write("in.jsonl", good.substr(0, length))};
    EXPECT_THAT(refused(config), HasSubstr("in.jsonl:1")) << length;
  }
}

TEST_F(Prepare, OwnRowsAreStrict) {
  PrepareConfig config;
  config.source = "jsonl";
  const auto sentence = [&](const std::string& row) {
    config.from = {write("in.jsonl", row + "\n")};
    return refused(config);
  };
  EXPECT_THAT(sentence(R"({"id": "a", "text": "x", "verifier": "number"})"), HasSubstr("'gold'"));
  EXPECT_THAT(sentence(R"({"id": "a", "text": 3, "gold": "3", "verifier": "number"})"),
              HasSubstr("a string for 'text'"));
  EXPECT_THAT(
      sentence(R"({"id": "a", "text": "x", "gold": "3", "verifier": "number", "golld": ""})"),
      HasSubstr("unknown field 'golld'"));
  EXPECT_THAT(
      sentence(R"({"id": "a", "text": "x", "gold": "3", "verifier": "number", "hints": [3]})"),
      HasSubstr("hints"));
  EXPECT_THAT(refused<UserError>([&] {
                config.from = {write(
                    "in.jsonl", R"({"id": "a", "text": "x", "gold": "3", "verifier": "numbr"})")};
                return config;
              }()),
              HasSubstr("'number'"));
}

TEST_F(Prepare, EmptyOrUnusableSourcesAreDataErrors) {
  EXPECT_THAT(refused(mapped("")), HasSubstr("at least one usable row"));
  EXPECT_THAT(refused(mapped("{\"q\": \"x\"}\n")),
              testing::AllOf(HasSubstr("at least one usable row"), HasSubstr("in.jsonl:1")));
  PrepareConfig config = mapped("");
  config.from = {(folder_ / "absent.jsonl").string()};
  EXPECT_THAT(refused(config), HasSubstr("absent.jsonl"));
  config.from = {folder_.string()};
  EXPECT_THAT(refused(config), HasSubstr("required a data file"));
}

TEST_F(Prepare, WrongSettingsAreUserErrors) {
  PrepareConfig config;
  config.source = "leger";
  EXPECT_THAT(refused<UserError>(config), HasSubstr("'ledger'"));
  config.source = "gsm8k";
  EXPECT_THAT(refused<UserError>(config), HasSubstr("--from"));
  config = mapped("{}");
  config.map = {{"txt", "q"}, {"gold", "a"}};
  EXPECT_THAT(refused<UserError>(config), HasSubstr("'text'"));
  config.map = {{"text", "q"}};
  EXPECT_THAT(refused<UserError>(config), HasSubstr("'gold'"));
  config = mapped("{}");
  config.prompt_template = "no place";
  EXPECT_THAT(refused<UserError>(config), HasSubstr("{text}"));
  config = mapped("{}");
  config.verifier = "nobody";
  EXPECT_THAT(refused<UserError>(config), HasSubstr("verifier"));
}

TEST_F(Prepare, OverlapIsReportedBetweenSplitsAndAgainstOtherData) {
  PrepareConfig config = mapped(
      "{\"q\": \"One?\", \"meta\": {\"answer\": 1}, \"s\": \"train\"}\n{\"q\": \"Two?\", \"meta\": "
      "{\"answer\": 2}, \"s\": \"train\"}\n"
      "{\"q\": \"one?  \", \"meta\": {\"answer\": 1}, \"s\": \"test\"}\n");
  config.map = {{"text", "q"}, {"gold", "meta.answer"}, {"split", "s"}};
  config.against = {
      write("other.jsonl", "{\"q\": \"TWO?\", \"meta\": {\"answer\": 2}, \"s\": \"x\"}\n"),
      write("none.jsonl", "{\"q\": \"Three?\", \"meta\": {\"answer\": 3}, \"s\": \"x\"}\n")};
  const PreparedSummary summary = run(config);
  EXPECT_EQ(summary.overlapping, 2);
  std::map<std::string, int> rows;
  for (const json& entry : summary.manifest.at("overlap"))
    rows[entry.at("with")] = entry.at("rows");
  EXPECT_EQ(rows, (std::map<std::string, int>{
                      {"other.jsonl", 1}, {"none.jsonl", 0}, {"split train", 1}}));
  config.against = {out().string()};
  EXPECT_EQ(prepare(config, folder_ / "again").overlapping, 3);
}

TEST_F(Prepare, TheTemplateSurroundsThePrompt) {
  PrepareConfig config =
      mapped("{\"q\": \"1+1?\", \"meta\": {\"answer\": 2}, \"solution\": \"2\"}\n");
  config.prompt_template = "Question: {text}\nAnswer: ";
  run(config);
  EXPECT_EQ(Dataset::load(out()).prompts[0].text, "Question: 1+1?\nAnswer: ");
}

TEST_F(Prepare, DamageIsFoundOnLoading) {
  run(PrepareConfig{});
  std::string text;
  {
    std::ifstream stream(out() / kDataFile, std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(stream), {});
  }
  std::string changed = text;
  changed[changed.size() / 2] ^= 1;
  std::ofstream(out() / kDataFile, std::ios::binary) << changed;
  EXPECT_THROW(Dataset::load(out()), DataError);
  std::ofstream(out() / kDataFile, std::ios::binary) << text;
  EXPECT_NO_THROW(Dataset::load(out()));
  fs::remove(out() / kManifestFile);
  EXPECT_THROW(Dataset::load(out()), DataError);
  EXPECT_THROW(Dataset::load(folder_ / "nothing"), DataError);
}

TEST_F(Prepare, AnExistingFolderIsRefused) {
  run(PrepareConfig{});
  EXPECT_THROW(run(PrepareConfig{}), RefusedError);
}

TEST(Gsm8k, MarksAreStripped) {
  EXPECT_EQ(strip_calculations("48/2 = <<48/2=24>>24 clips, <<1+1=2>>2"), "48/2 = 24 clips, 2");
  EXPECT_EQ(strip_calculations("a << b"), "a << b");
  EXPECT_EQ(strip_calculations("<<>>"), "");
}

TEST_F(Prepare, Gsm8kIsCompleteAndEveryGoldVerifiesItself) {
  const fs::path source = fs::path(RLR_SHARED_DIR) / "data/gsm8k";
  if (!fs::exists(source / "train.jsonl")) GTEST_SKIP() << "no GSM8K files under " << source;
  PrepareConfig config;
  config.source = "gsm8k";
  config.from = {(source / "test.jsonl").string()};
  config.split = "test";
  PreparedSummary summary = prepare(config, folder_ / "test");
  EXPECT_EQ(summary.rows, 1319);
  EXPECT_EQ(summary.rejected, 0);
  EXPECT_EQ(summary.demonstrations, 1319);
  config.from = {(source / "train.jsonl").string()};
  config.split = "train";
  config.against = {(folder_ / "test").string()};
  summary = prepare(config, folder_ / "train");
  EXPECT_EQ(summary.rows, 7473);
  EXPECT_EQ(summary.rejected, 0);
  EXPECT_EQ(summary.manifest.at("sources").at(0).at("sha256"),
            "17f347dc51477c50d4efb83959dbb7c56297aba886e5544ee2aaed3024813465");
  EXPECT_THAT(summary.manifest.at("licence").get<std::string>(), HasSubstr("MIT"));
  for (const Prompt& prompt : Dataset::load(folder_ / "train").prompts)
    for (const Demonstration& demonstration : prompt.demonstrations)
      ASSERT_EQ(demonstration.text.find("<<"), std::string::npos);
  const auto first = Dataset::load(folder_ / "test").prompts[0];
  EXPECT_EQ(first.gold, "18");
  EXPECT_THAT(first.demonstrations[0].text, testing::EndsWith("\n#### 18"));
}

}  // namespace
}  // namespace rlreason::data
