// Parquet in and out: real files, folding, the round trip, and files that are damaged or lie.
#include "datasets/readers/parquet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/process/io.h"
#include "core/process/self.h"
#include "core/process/spawn.h"
#include "datasets/dataset.h"
#include "datasets/prepare.h"
#include "tests/datasets/reading.h"

namespace rlreason::data {
namespace {

using nlohmann::json;
using testing::HasSubstr;
namespace fs = std::filesystem;

class Parquet : public ReadingTest {
 protected:
  void SetUp() override {
    ScratchTest::SetUp();
    try {
      process::find_sibling("rlreason-parquet");
    } catch (const UserError&) {
      GTEST_SKIP() << "rlreason-parquet is not built";
    }
  }
  static fs::path shared(const std::string& name) {
    return fs::path(RLR_SHARED_DIR) / "data" / name;
  }
  fs::path prepared(const std::string& rows) {
    PrepareConfig config{.source = "jsonl", .name = "mine", .from = {write("rows.jsonl", rows)}};
    prepare(config, folder() / "dataset");
    return folder() / "dataset" / kDataFile;
  }
  fs::path exported(const std::string& rows, const ParquetExport& how = {.dataset_name = "mine"}) {
    export_parquet(prepared(rows), how, folder() / "out.parquet");
    return folder() / "out.parquet";
  }
};

const std::string kRows =
    R"({"id": "a", "text": "1+1?", "gold": "2", "verifier": "exact", "category": "sums", "split": "train", "demonstrations": [{"text": "2"}, {"text": " 2 "}]})"
    "\n"
    R"({"id": "b", "text": "Zwei und \"drei\"?\n", "gold": "fünf", "verifier": "exact"})"
    "\n";

TEST_F(Parquet, WrittenFilesHaveVerlsColumns) {
  const auto rows =
      read(exported(kRows, {.dataset_name = "mine", .ability = "math", .system = "Think."}));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0], (json{{"data_source", "sums"},
                           {"prompt",
                            {{{"content", "Think."}, {"role", "system"}},
                             {{"content", "1+1?"}, {"role", "user"}}}},
                           {"ability", "math"},
                           {"reward_model", {{"ground_truth", "2"}, {"style", "rule"}}},
                           {"extra_info", {{"index", 0}, {"split", "train"}}},
                           {"target",
                            {{{"content", "2"}, {"role", "assistant"}},
                             {{"content", " 2 "}, {"role", "assistant"}}}}}));
  EXPECT_EQ(rows[1]["data_source"], "mine");
  EXPECT_EQ(rows[1]["target"], nullptr);
  EXPECT_EQ(rows[1]["reward_model"]["ground_truth"], "fünf");
}

TEST_F(Parquet, WhatIsExportedComesBack) {
  PrepareConfig config{.source = "parquet", .from = {exported(kRows).string()}};
  config.verifier = "exact";
  prepare(config, folder() / "back");
  const auto before = Dataset::load(folder() / "dataset").prompts,
             after = Dataset::load(folder() / "back").prompts;
  ASSERT_EQ(after.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(after[i].text, before[i].text);
    EXPECT_EQ(after[i].gold, before[i].gold);
    EXPECT_EQ(after[i].split, before[i].split);
    EXPECT_EQ(json(after[i].demonstrations), json(before[i].demonstrations));
  }
  EXPECT_EQ(after[0].id, "sums-train-0");
  EXPECT_EQ(after[1].category, "mine");
}

TEST_F(Parquet, AnExistingTargetIsKept) {
  const auto data = prepared(kRows);
  const auto target = write("out.parquet", "mine");
  EXPECT_THROW(export_parquet(data, {.dataset_name = "x"}, target), RefusedError);
  EXPECT_EQ(contents(target), "mine");
  for (const auto& entry : fs::directory_iterator(folder()))
    EXPECT_FALSE(process::is_temporary_name(entry.path().string()));
}

TEST_F(Parquet, RealFilesAreWhole) {
  if (!fs::exists(shared("arc_challenge"))) GTEST_SKIP() << "no files under " << RLR_SHARED_DIR;
  EXPECT_EQ(read(shared("parquet_fixtures/arithmetic_sequence_train.parquet")).size(), 800u);
  const auto test = read(shared("parquet_fixtures/arithmetic_sequence_test.parquet"));
  EXPECT_EQ(test.size(), 200u);
  EXPECT_EQ(test.back(), json::parse(R"({"prompt": [{"content": "9,4:9,8", "role": "user"}]})"));
  PrepareConfig config{.source = "parquet",
                       .from = {shared("arc_challenge/valid.arc_c.parquet").string()}};
  config.verifier = "exact";
  config.prompt_template = "chatml";
  const PreparedSummary summary = prepare(config, folder() / "arc");
  EXPECT_EQ(summary.rows, 1172);
  EXPECT_EQ(summary.rejected, 0);
  const auto prompts = Dataset::load(folder() / "arc").prompts;
  EXPECT_EQ(prompts[0].category, "arc_c");
  EXPECT_EQ(prompts[0].split, "default");
  EXPECT_EQ(prompts[0].id, "arc_c-default-0");
  EXPECT_THAT(prompts[0].text, testing::StartsWith("<|im_start|>system\nYour task is"));
  EXPECT_THAT(prompts[0].text, testing::EndsWith("<|im_end|>\n<|im_start|>assistant\n"));
  EXPECT_EQ(std::count_if(prompts.begin(), prompts.end(),
                          [](const Prompt& p) {
                            return p.gold.size() == 1 && p.gold[0] >= '1' && p.gold[0] <= '4';
                          }),
            22);
}

TEST_F(Parquet, RepeatedRowsAreFoldedAndCounted) {
  std::string rows;
  int number = 0;
  const auto add = [&](const std::string& source, const std::string& text, int times) {
    for (int i = 0; i < times; ++i)
      rows += fmt::format(
          R"({{"id": "r{}", "text": "{}", "gold": "1", "verifier": "exact", "category": "{}"}})"
          "\n",
          number++, text, source);
  };
  for (int i = 0; i < 3; ++i) add("aime", fmt::format("a{}", i), 8);
  add("math", "m", 1);
  add("amc", "a0", 32);  // the text of another source's item is another item
  PrepareConfig config{.source = "parquet", .from = {exported(rows).string()}};
  config.verifier = "exact";
  const PreparedSummary summary = prepare(config, folder() / "folded");
  EXPECT_EQ(summary.rows, 5);
  EXPECT_EQ(summary.manifest.at("folded"), json::parse(R"({"repeated_rows": 52, "sources": {
      "aime": {"items": 3, "fewest": 8, "most": 8}, "amc": {"items": 1, "fewest": 32, "most": 32}, "math": {"items": 1, "fewest": 1, "most": 1}}})"));
}

TEST_F(Parquet, OtherColumnsAreMapped) {
  PrepareConfig config{.source = "jsonl", .from = {exported(kRows).string()}};
  config.map = {{"text", "prompt.0.content"},
                {"gold", "reward_model.ground_truth"},
                {"id", "extra_info.index"}};
  prepare(config, folder() / "mapped");
  EXPECT_EQ(Dataset::load(folder() / "mapped").prompts[0].id, "0");
  config.map["gold"] = "reward_model.style2";
  try {
    prepare(config, folder() / "wrong");
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("out.parquet: row 1: no value at 'reward_model.style2'"));
  }
}

// Every eighth byte of a real file, and what a forger would touch: the end (footer with sizes and counts) byte by byte.
TEST_F(Parquet, DamagedFilesAreSentencesOrRows) {
  const std::string good = contents(exported(kRows));
  std::vector<std::string> files;
  for (size_t length = 4; length < good.size(); length += good.size() / 12)
    files.push_back(good.substr(0, length));
  for (size_t at = 4; at < good.size(); at += good.size() / 30) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0xff);
    files.push_back(bad);
  }
  std::string footer = good;
  for (size_t i = 0; i < 4; ++i) footer[good.size() - 8 + i] = '\x7f';  // a footer of 2 GiB
  files.push_back(footer);
  files.push_back("PAR1PAR1");
  files.push_back("PAR1");
  files.push_back("PAR1" + std::string(300, '\0') + "PAR1");
  int refusals = 0;
  for (const std::string& text : files) {
    const std::string sentence = refused(write("bad.parquet", text));
    if (sentence.empty()) continue;
    ++refusals;
    EXPECT_THAT(sentence, HasSubstr("bad.parquet: "));
    EXPECT_THAT(sentence, testing::AnyOf(HasSubstr("unreadable"), HasSubstr("UTF-8"),
                                         HasSubstr("data file"), HasSubstr("required")))
        << sentence;
  }
  EXPECT_GT(refusals, static_cast<int>(files.size() / 2));
}

TEST_F(Parquet, TheReaderLimitsItself) {
  if (!fs::exists(shared("arc_challenge"))) GTEST_SKIP() << "no files under " << RLR_SHARED_DIR;
  const auto run = [&](std::vector<std::string> options) {
    std::vector<std::string> argv = {process::find_sibling("rlreason-parquet").string(), "read",
                                     shared("arc_challenge/valid.arc_c.parquet").string()};
    argv.insert(argv.end(), options.begin(), options.end());
    auto child = process::spawn({.argv = argv,
                                 .out = process::Output::to(folder() / "out"),
                                 .err = process::Output::to(folder() / "err")});
    return child.wait();
  };
  EXPECT_TRUE(run({}).ok());
  EXPECT_EQ(run({"--most-bytes", "100000"}).code, 3);
  EXPECT_THAT(contents(folder() / "err"), HasSubstr("at most 100000 bytes"));
}

}  // namespace
}  // namespace rlreason::data
