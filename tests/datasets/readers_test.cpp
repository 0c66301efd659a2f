// Data files in every container: JSON arrays, zip archives, Parquet; what is refused and how it is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zip.h>

#include <fstream>

#include "core/error.h"
#include "datasets/dataset.h"
#include "datasets/prepare.h"
#include "datasets/readers/json_array.h"
#include "datasets/readers/jsonl.h"
#include "datasets/readers/parquet.h"
#include "datasets/readers/records.h"
#include "tests/datasets/reading.h"

namespace rlreason::data {
namespace {

using nlohmann::json;
using testing::HasSubstr;
namespace fs = std::filesystem;

class Readers : public ReadingTest {
 protected:
  std::string array(const std::string& text) { return refused(write("a.json", text)); }
  struct Member {
    std::string name, text;
    bool stored = false;
  };
  fs::path zipped(const std::vector<Member>& members) {
    const fs::path file = folder() / "a.zip";
    fs::remove(file);
    int code = 0;
    zip_t* archive = zip_open(file.c_str(), ZIP_CREATE, &code);
    for (const Member& member : members) {
      zip_source_t* source = zip_source_buffer(archive, member.text.data(), member.text.size(), 0);
      const auto index = zip_file_add(archive, member.name.c_str(), source, ZIP_FL_ENC_UTF_8);
      if (member.stored)
        zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
    }
    EXPECT_EQ(zip_close(archive), 0);
    return file;
  }
};

TEST_F(Readers, AnArrayIsReadElementByElement) {
  const auto file =
      write("a.json", "\xEF\xBB\xBF [ {\"a\": \"]}\\\"{\"},\n{\"a\": [1, {\"b\": 2}]} , {} ]\n ");
  EXPECT_EQ(read(file),
            (std::vector<json>{{{"a", "]}\"{"}}, {{"a", {1, {{"b", 2}}}}}, json::object()}));
  EXPECT_TRUE(read(write("b.json", "[]")).empty());
  EXPECT_TRUE(read(write("c.json", "")).empty());
  const auto records = open_records(file);
  json object;
  records->next(object);
  records->next(object);
  EXPECT_EQ(records->number(), 2);
  EXPECT_THAT(records->where(), HasSubstr("a.json: element 2 (line 2)"));
}

TEST_F(Readers, EveryCutOfAnArrayIsASentence) {
  const std::string good = R"([{"a": "x]", "b": [1, 2]}, {"a": {"c": null}}])";
  for (size_t length = 1; length < good.size(); ++length)
    EXPECT_THAT(array(good.substr(0, length)), HasSubstr("a.json: element ")) << length;
}

TEST_F(Readers, ArraysOfOtherThingsAreRefusedWithElementAndLine) {
  EXPECT_THAT(array("[{},\n 3]"), HasSubstr("element 2 (line 2)"));
  EXPECT_THAT(array("[{} {}]"), HasSubstr("is missing"));
  EXPECT_THAT(array("[{}] x"), HasSubstr("text follows"));
  EXPECT_THAT(array("[{},]"), HasSubstr("element 2"));
  EXPECT_THAT(array("[{\"a\": \"\xff\"}]"), HasSubstr("UTF-8"));
  EXPECT_THAT(array("[{\"a\": nonsense}]"), HasSubstr("malformed"));
  std::string deep = "[";
  for (int i = 0; i < 100'000; ++i) deep += "{\"a\":";
  EXPECT_THAT(array(deep), HasSubstr("ends inside"));
  EXPECT_THAT(array("[{\"a\": \"" + std::string(17 << 20, 'a') + "\"}]"), HasSubstr("larger than"));
}

TEST_F(Readers, AMemberOfAnArchiveIsReadLikeAFile) {
  const std::string lines = "{\"a\": 1}\n{\"a\": 2}\n", list = "[{\"a\": 3}]";
  EXPECT_EQ(read(zipped({{"x/d.jsonl", lines}, {"notes.txt", "hello"}})).size(), 2u);
  EXPECT_EQ(read(zipped({{"../../up.json", list}})),
            (std::vector<json>{{{"a", 3}}}));  // a name, not a path
  const fs::path both = zipped({{"one.json", list}, {"two.jsonl", lines}});
  EXPECT_THAT(refused(both), testing::AllOf(HasSubstr("one.json"), HasSubstr("two.jsonl")));
  EXPECT_EQ(read(both / "two.jsonl").size(), 2u);
  EXPECT_THAT(refused(both / "three.jsonl"), HasSubstr("a member 'three.jsonl'"));
  EXPECT_THAT(refused(zipped({{"notes.txt", "hello"}})), HasSubstr("found none"));
  EXPECT_THAT(refused(fs::path(write("plain.jsonl", lines)) / "x.json"), HasSubstr("zip archive"));
}

TEST_F(Readers, ArchivesThatUnpackToTooMuchAreRefused) {
  const std::string bomb = "[{\"a\": \"" + std::string(64 << 20, 'a') + "\"}]";
  EXPECT_THAT(refused(zipped({{"bomb.json", bomb}})), HasSubstr("200 times"));
}

TEST_F(Readers, DamagedArchivesAreSentences) {
  std::string text = "[";
  for (int i = 0; i < 300; ++i)
    text += fmt::format("{}{{\"a\": {}}}", i ? "," : "", i * 7919 % 10007);
  const std::string good = contents(zipped({{"x.json", text + "]"}}));
  int refusals = 0;
  for (size_t at = 0; at < good.size(); at += 3) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x41);
    refusals += refused(write("bad.zip", bad)) != "nothing was refused";
  }
  EXPECT_GT(refusals, static_cast<int>(good.size() / 3 * 8 / 10));  // time stamps may change
  for (size_t length = 4; length < good.size(); length += 7)
    EXPECT_NE(refused(write("cut.zip", good.substr(0, length))), "nothing was refused");
}

TEST_F(Readers, RealArchivesAndArraysAreWhole) {
  const fs::path data = fs::path(RLR_SHARED_DIR) / "data";
  if (!fs::exists(data)) GTEST_SKIP() << "no files under " << data;
  EXPECT_EQ(read(data / "math/math500.json").size(), 500u);
  const auto records =
      open_records(data / "mmlu_pro/model_outputs_Phi-3-mini-4k-instruct_5shots.zip");
  json object;
  while (records->next(object)) {
  }
  EXPECT_EQ(records->number(), 12032);
}

TEST_F(Readers, NullGoldsAreRejectedRowsWithTheirElement) {
  const fs::path file = fs::path(RLR_SHARED_DIR) / "data/math/train.json";
  if (!fs::exists(file)) GTEST_SKIP() << "no " << file;
  PrepareConfig config{.source = "jsonl", .from = {file.string()}};
  config.map = {
      {"text", "problem"}, {"gold", "answer"}, {"difficulty", "difficulty"}, {"category", "type"}};
  config.verifier = "exact";
  const PreparedSummary summary = prepare(config, folder() / "out");
  EXPECT_EQ(summary.read, 7474);
  EXPECT_EQ(summary.rejected, 4);  // two are null, two are empty texts
  int nulls = 0;
  for (const json& row : read(folder() / "out/rejected.jsonl")) {
    nulls += row.at("reason").get<std::string>().starts_with("no value at 'answer'");
    EXPECT_GT(row.at("element"), 0);
  }
  EXPECT_EQ(nulls, 2);
  EXPECT_EQ(Dataset::load(folder() / "out").prompts[0].difficulty, 5.0);
}

TEST_F(Readers, WrongPathsSayWhatTheRowHas) {
  PrepareConfig config{.source = "jsonl",
                       .from = {write("in.json", "[{\"problem\": \"p\", \"answer\": 3}]")}};
  config.map = {{"text", "problm"}, {"gold", "answer"}};
  try {
    prepare(config, folder() / "out");
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("in.json: element 1"), HasSubstr("'problm'"),
                                             HasSubstr("answer, problem")));
  }
  EXPECT_FALSE(fs::exists(folder() / "out"));
}

TEST_F(Readers, NumbersThatADoubleCannotHoldAreNoGolds) {
  PrepareConfig config{
      .source = "jsonl",
      .from = {write(
          "in.jsonl",
          "{\"q\": \"a\", \"a\": 123456789012345678901234567890}\n{\"q\": \"b\", \"a\": 2.5}\n")}};
  config.map = {{"text", "q"}, {"gold", "a"}};
  const PreparedSummary summary = prepare(config, folder() / "out");
  EXPECT_EQ(summary.rejected, 1);
  EXPECT_EQ(Dataset::load(folder() / "out").prompts.at(0).gold, "2.5");
}

}  // namespace
}  // namespace rlreason::data
