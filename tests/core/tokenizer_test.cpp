#include "core/tokenizer/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace rlreason::tokenizer {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class TokenizerFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void write(const char* name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  json read(const char* name) { return json::parse(std::ifstream(folder_ / name)); }
  // Saves `tokenizer`, changes its tokenizer.json and returns the sentence of the error that loading gives.
  std::string refused(const Tokenizer& tokenizer, const std::function<void(json&)>& change) {
    tokenizer.save(folder_);
    json file = read("tokenizer.json");
    change(file);
    write("tokenizer.json", file.dump());
    return refused();
  }
  std::string refused() {
    try {
      Tokenizer::load(folder_);
    } catch (const DataError& error) {
      return error.what();
    }
    return "nothing was refused";
  }
  std::filesystem::path folder_;
};

Tokenizer words() { return Tokenizer::word_level({"_", "$", "a", "b", "+1"}, "$", "_"); }
Tokenizer letters() { return Tokenizer::characters("ab \n"); }

TEST(WordLevel, SplitsAtSpacesOnly) {
  EXPECT_THAT(words().encode("a  b +1 "), ElementsAre(2, 3, 4));
  EXPECT_THAT(words().encode("a$b"),
              ElementsAre(2, 1, 3));  // special tokens are found anywhere, as in tokenizers
  EXPECT_TRUE(words().encode("").empty());
  EXPECT_THROW(words().encode("a\tb"), DataError);
  EXPECT_THROW(words().encode("c"), DataError);
  EXPECT_THAT(Tokenizer::word_level({"_", "$", "?", "a"}, "$", "_", "?").encode("zebra a"),
              ElementsAre(2, 3));
}

TEST(WordLevel, DecodesWithSpacesAndWithoutSpecialTokens) {
  const std::vector<int32_t> ids{2, 4, 1, 0};
  EXPECT_EQ(words().decode(ids), "a +1");
  EXPECT_EQ(words().decode(ids, false), "a +1 $ _");
  EXPECT_EQ(words().decode({}), "");
  EXPECT_THROW(words().decode(std::vector<int32_t>{5}), DataError);
  EXPECT_THROW(words().decode(std::vector<int32_t>{-1}), DataError);
}

TEST(Characters, AreBytesWithSpecialTokensFirst) {
  const Tokenizer tokenizer = letters();
  EXPECT_EQ(tokenizer.vocab_size(), 7);
  EXPECT_EQ(tokenizer.pad_id(), 0);
  EXPECT_EQ(tokenizer.eos_id(), 1);
  EXPECT_THAT(tokenizer.encode("a b\n"), ElementsAre(3, 5, 4, 6));
  EXPECT_THAT(tokenizer.encode("a<eos>b"), ElementsAre(3, 1, 4));
  EXPECT_THAT(tokenizer.encode("\xC3\xA9"), ElementsAre(2, 2));  // one unknown token a byte
  EXPECT_EQ(tokenizer.decode(std::vector<int32_t>{3, 5, 4, 6, 1}), "a b\n");
  EXPECT_EQ(tokenizer.decode(std::vector<int32_t>{3, 1}, false), "a<eos>");
}

TEST(Characters, AllBytesRoundTrip) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  const Tokenizer tokenizer = Tokenizer::characters(all);
  EXPECT_EQ(tokenizer.vocab_size(), 259);
  EXPECT_EQ(tokenizer.decode(tokenizer.encode(all)), all);
}

TEST_F(TokenizerFiles, RoundTrip) {
  for (const Tokenizer& tokenizer : {words(), letters()}) {
    tokenizer.save(folder_);
    const Tokenizer back = Tokenizer::load(folder_);
    EXPECT_EQ(back.digest(), tokenizer.digest());
    EXPECT_EQ(back.encode("a b"), tokenizer.encode("a b"));
    EXPECT_EQ(back.vocab_size(), tokenizer.vocab_size());
    EXPECT_EQ(back.eos_id(), tokenizer.eos_id());
    EXPECT_EQ(back.pad_id(), tokenizer.pad_id());
  }
  EXPECT_NE(words().digest(), letters().digest());
  EXPECT_NE(words().digest(), Tokenizer::word_level({"_", "$", "b", "a", "+1"}, "$", "_").digest());
}

TEST_F(TokenizerFiles, ReadsTheQwenFlavourWithoutMerges) {
  letters().save(folder_);
  json file = read("tokenizer.json");
  file["pre_tokenizer"] = {
      {"type", "Sequence"},
      {"pretokenizers",
       {{{"type", "Split"},
         {"pattern", {{"Regex", "\\s+"}}},
         {"behavior", "Isolated"},
         {"invert", false}},
        {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}}}};
  file["normalizer"] = {{"type", "NFC"}};
  write("tokenizer.json", file.dump());
  const Tokenizer tokenizer = Tokenizer::load(folder_);
  EXPECT_EQ(tokenizer.encode("a b"), letters().encode("a b"));
  EXPECT_THROW(tokenizer.encode("\xC3\xA9"), DataError);
}

TEST_F(TokenizerFiles, OtherKindsAreNamed) {
  EXPECT_THAT(refused(letters(),
                      [](json& file) {
                        file["model"]["merges"] = {{"a", "b"}};
                      }),
              HasSubstr("model with merges"));
  EXPECT_THAT(refused(letters(), [](json& file) { file["model"]["type"] = "Unigram"; }),
              HasSubstr("Unigram"));
  EXPECT_THAT(refused(letters(), [](json& file) { file["model"]["ignore_merges"] = true; }),
              HasSubstr("ignore_merges"));
  EXPECT_THAT(
      refused(letters(), [](json& file) { file["pre_tokenizer"]["add_prefix_space"] = true; }),
      HasSubstr("pre_tokenizer"));
  EXPECT_THAT(refused(letters(), [](json& file) { file["decoder"] = nullptr; }),
              HasSubstr("decoder"));
  EXPECT_THAT(refused(letters(),
                      [](json& file) {
                        file["normalizer"] = {{"type", "Lowercase"}};
                      }),
              HasSubstr("normalizer"));
  EXPECT_THAT(refused(words(),
                      [](json& file) {
                        file["pre_tokenizer"] = {{"type", "Whitespace"}};
                      }),
              HasSubstr("pre_tokenizer"));
  EXPECT_THAT(refused(words(), [](json& file) { file["pre_tokenizer"] = nullptr; }),
              HasSubstr("pre_tokenizer"));
  EXPECT_THAT(refused(words(), [](json& file) { file["added_tokens"][0]["lstrip"] = true; }),
              HasSubstr("added token"));
}

TEST_F(TokenizerFiles, MalformedTablesAreDataErrors) {
  EXPECT_THAT(refused(words(), [](json& file) { file["model"]["vocab"]["a"] = 9; }),
              HasSubstr("without gaps"));
  EXPECT_THAT(refused(words(), [](json& file) { file["model"]["vocab"]["a"] = 3; }),
              HasSubstr("one token for id 3"));
  EXPECT_THAT(refused(words(), [](json& file) { file["model"]["vocab"]["a"] = -1; }),
              HasSubstr("required an id"));
  EXPECT_THAT(refused(words(), [](json& file) { file["model"]["vocab"]["a"] = 1e18; }),
              HasSubstr("required an id"));
  EXPECT_THAT(refused(words(), [](json& file) { file["model"]["vocab"]["a"] = 4000000000u; }),
              HasSubstr("required an id"));
  EXPECT_THAT(refused(words(), [](json& file) { file["model"]["vocab"]["a"] = "x"; }),
              HasSubstr("required an id"));
  EXPECT_THAT(refused(words(), [](json& file) { file["model"]["vocab"] = json::array(); }),
              HasSubstr("required a model vocab"));
  EXPECT_THAT(refused(words(),
                      [](json& file) {
                        file["model"]["vocab"] = json::object(),
                        file["added_tokens"] = json::array();
                      }),
              HasSubstr("empty"));
  EXPECT_THAT(refused(words(), [](json& file) { file["added_tokens"] = 3; }),
              HasSubstr("added_tokens"));
  EXPECT_THAT(refused(words(), [](json& file) { file["added_tokens"][0]["content"] = 3; }),
              HasSubstr("added_tokens"));
  EXPECT_THAT(refused(words(), [](json& file) { file = json::array(); }), HasSubstr("JSON object"));
}

TEST_F(TokenizerFiles, BrokenFilesAreDataErrors) {
  EXPECT_THAT(refused(), HasSubstr("tokenizer.json"));
  words().save(folder_);
  write("tokenizer_config.json", "{}");
  EXPECT_THAT(refused(), HasSubstr("end-of-sequence"));
  write("tokenizer_config.json", R"({"eos_token": {"content": "$"}})");
  EXPECT_EQ(Tokenizer::load(folder_).pad_id(), 1);  // no padding token: the end token
  write("tokenizer_config.json", R"({"eos_token": "$", "pad_token": "nobody"})");
  EXPECT_THAT(refused(), HasSubstr("padding"));
  write("tokenizer.json", "{\"model\":");
  EXPECT_THAT(refused(), HasSubstr("tokenizer.json"));
  std::string deep = "{\"model\":";
  for (int i = 0; i < 200000; ++i) deep += "[";
  for (int i = 0; i < 200000; ++i) deep += "]";
  deep += "}";
  write("tokenizer.json", deep);
  EXPECT_THAT(refused(), HasSubstr("levels"));
}

TEST_F(TokenizerFiles, EveryTruncationAndManyFlipsEndInAnErrorOrATokenizer) {
  words().save(folder_);
  std::string text;
  {
    std::ifstream stream(folder_ / "tokenizer.json", std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(stream), {});
  }
  for (size_t length = 0; length + 2 < text.size(); length += 7) {
    write("tokenizer.json", text.substr(0, length));
    EXPECT_NE(refused(), "nothing was refused") << length;
  }
  for (size_t at = 0; at < text.size(); at += 11)
    for (const char c : {'\0', '"', '{', '9', '\xff'}) {
      std::string changed = text;
      changed[at] = c;
      write("tokenizer.json", changed);
      refused();  // must not crash
    }
}

}  // namespace
}  // namespace rlreason::tokenizer
