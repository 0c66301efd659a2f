// YAML into nodes: YAML 1.2 core scalars, origins, and every kind of malformed or hostile text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/config/node.h"
#include "core/error.h"

namespace rlreason::config {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

json read(const std::string& yaml) { return to_json(parse_yaml(yaml, "f.yaml")); }

std::string refusal(const std::string& yaml) {
  try {
    parse_yaml(yaml, "f.yaml");
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Yaml, TypesPlainScalarsByTheCoreSchema) {
  EXPECT_EQ(read("[true, True, FALSE]"), json({true, true, false}));
  EXPECT_EQ(read("[yes, no, on, off, y]"), json({"yes", "no", "on", "off", "y"}));
  EXPECT_EQ(read("[null, ~, Null, ]"), json({nullptr, nullptr, nullptr}));
  EXPECT_EQ(read("[1, -2, +3, 007, 0o17, 0xfF]"), json({1, -2, 3, 7, 15, 255}));
  EXPECT_EQ(read("[1e-3, 1.5, .5, 5., -0.25, +1E2]"), json({0.001, 1.5, 0.5, 5.0, -0.25, 100.0}));
  EXPECT_EQ(read("[.inf, -.Inf, .NaN]"), json({"inf", "-inf", "nan"}));
  EXPECT_EQ(read("[1_000, 12:30, 1.2.3, 0x, 0o8, '-', e5, 1e, inf, nan, .]"),
            json({"1_000", "12:30", "1.2.3", "0x", "0o8", "-", "e5", "1e", "inf", "nan", "."}));
}

TEST(Yaml, KeepsQuotedScalarsAsStrings) {
  EXPECT_EQ(read("['1', \"true\", '', \"null\", !!str 5]"), json({"1", "true", "", "null", "5"}));
  EXPECT_EQ(read("|\n  1\n"), json("1\n"));
  EXPECT_EQ(read("a: |\n  1\n  # 2\nb: >-\n  x\n  y\n"),
            json::parse(R"({"a":"1\n# 2\n","b":"x y"})"));
}

TEST(Yaml, KeepsIntegersBeyondSixtyThreeBits) {
  EXPECT_EQ(read("[9223372036854775807, -9223372036854775808, 18446744073709551615]"),
            json({INT64_MAX, INT64_MIN, UINT64_MAX}));
  EXPECT_TRUE(read("99999999999999999999").is_number_float());
}

TEST(Yaml, RemembersOrderAndLines) {
  const Node root = parse_yaml("# comment\nz: 1\na:\n  - x\n  - {k: v}\n", "f.yaml");
  ASSERT_EQ(root.size(), 2u);
  EXPECT_EQ(root.entries()[0].key, "z");
  EXPECT_EQ(root.entries()[1].origin.text(), "f.yaml:3");
  EXPECT_EQ(root.at("a").items()[1].at("k").origin().text(), "f.yaml:5");
  EXPECT_EQ(root.origin().line(), 2);
}

TEST(Yaml, ExpandsAnchors) {
  EXPECT_EQ(read("a: &x {k: [1, 2]}\nb: *x\nc: &y hello\nd: *y"),
            json::parse(R"({"a":{"k":[1,2]},"b":{"k":[1,2]},"c":"hello","d":"hello"})"));
}

TEST(Yaml, EmptyTextIsANullNode) {
  EXPECT_TRUE(parse_yaml("", "f.yaml").is_null());
  EXPECT_TRUE(parse_yaml("# nothing\n", "f.yaml").is_null());
}

TEST(YamlRefusal, NamesTheLineOfMalformedText) {
  EXPECT_THAT(refusal("a: 1\nb: [1, 2\nc: 3\n"), StartsWith("f.yaml:"));
  EXPECT_THAT(refusal("a: 1\n\tb: 2\n"), StartsWith("f.yaml:2: required YAML, the parser says: "));
  EXPECT_THAT(refusal("a: 'x\n"), HasSubstr("required YAML"));
  EXPECT_THAT(refusal("a: 'x"), HasSubstr("required YAML"));
  EXPECT_THAT(refusal("a: \"x\n\n\n"), HasSubstr("required YAML"));
  EXPECT_THAT(refusal("a: b: c\n"), StartsWith("f.yaml:1: required YAML"));
  EXPECT_THAT(refusal("a: *missing\n"), StartsWith("f.yaml:1: "));
  EXPECT_THAT(refusal("%YAML 9.9\n---\na: 1"), HasSubstr("f.yaml:"));
}

TEST(YamlRefusal, DuplicateKeys) {
  EXPECT_EQ(refusal("a: 1\nb: 2\na: 3\n"),
            "f.yaml:3: key 'a' came twice (first in line 1); remove one");
  EXPECT_EQ(refusal("m: {x: 1, x: 2}\n"),
            "f.yaml:1: key 'x' came twice (first in line 1); remove one");
}

TEST(YamlRefusal, KeysThatAreNotPlain) {
  EXPECT_EQ(refusal("? [1, 2]\n: 3\n"),
            "f.yaml:1: required a plain key, a list came; a bracket may be left open");
  EXPECT_EQ(refusal("? {a: 1}\n: 3\n"),
            "f.yaml:1: required a plain key, a map came; a bracket may be left open");
  EXPECT_EQ(refusal("~: 3\n"), "f.yaml:1: required a plain key, none or a collection came");
  EXPECT_EQ(refusal("k: &a [1]\n*a : 3\n"),
            "f.yaml:1: required a plain key, none or a collection came");
}

TEST(YamlRefusal, TagsAndSecondDocuments) {
  EXPECT_THAT(refusal("a: !!binary aGk=\n"),
              StartsWith("f.yaml:1: required a value without a tag"));
  EXPECT_THAT(refusal("a: !mine {b: 1}\n"), StartsWith("f.yaml:1: required a value without a tag"));
  EXPECT_EQ(refusal("a: 1\n---\nb: 2\n"),
            "f.yaml:2: required one YAML document, a second one came; remove '---'");
}

TEST(YamlRefusal, DepthBeyondSixtyFourLevels) {
  EXPECT_EQ(refusal(std::string(63, '[') + "1" + std::string(63, ']')), "");
  EXPECT_THAT(refusal(std::string(64, '[') + "1" + std::string(64, ']')),
              HasSubstr("required at most 64 levels"));
  EXPECT_THAT(refusal(std::string(100000, '[')), StartsWith("f.yaml:1: required"));
  EXPECT_THAT(refusal(std::string(100000, '{')), StartsWith("f.yaml:1: required"));
  std::string nested;
  for (size_t i = 0; i < 200; ++i) nested += std::string(i, ' ') + "a:\n";
  EXPECT_THAT(refusal(nested), HasSubstr("required at most 64 levels"));
  // Depth through aliases: each level wraps the one before.
  std::string aliases = "a0: &a0 [1]\n";
  for (int i = 1; i < 80; ++i) aliases += fmt::format("a{0}: &a{0} [*a{1}]\n", i, i - 1);
  EXPECT_THAT(refusal(aliases), HasSubstr("required at most 64 levels"));
}

TEST(YamlRefusal, AnchorBombsAndCycles) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += fmt::format("a{0}: &a{0} [", i);
    for (int j = 0; j < 10; ++j) bomb += fmt::format("{}*a{}", j ? ", " : "", i - 1);
    bomb += "]\n";
  }
  EXPECT_THAT(refusal(bomb), HasSubstr("required at most 1000000 values"));
  EXPECT_EQ(refusal("a: &x [1, *x]\n"),
            "f.yaml:1: required an alias of a finished value, one of its own parent came");
}

TEST(YamlRefusal, BytesThatAreNotText) {
  EXPECT_EQ(refusal("a: 1\nb: \xff\n"), "f.yaml:2: required UTF-8 text, byte 0xff came");
  EXPECT_EQ(refusal(std::string("a: 1\n\n\0", 7)), "f.yaml:3: required UTF-8 text, byte 0x00 came");
}

// Every prefix and every single-byte change of a document parses or is refused as the user's error.
TEST(YamlRefusal, NothingElseEscapesForDamagedText) {
  const std::string yaml =
      "a: &x {b: [1, 'two', \"thr\\u0065e\"], c: |\n    text\n  }\nd: *x\n? e\n: - f\n  - - g\n";
  for (size_t i = 0; i < yaml.size(); ++i) {
    EXPECT_NO_FATAL_FAILURE(refusal(yaml.substr(0, i)));
    for (const char c : {'[', '}', ':', '&', '*', '\n', '"', '\x80', '!', '%', '-'}) {
      std::string damaged = yaml;
      damaged[i] = c;
      EXPECT_NO_THROW(refusal(damaged)) << i << c;
    }
  }
}

TEST(LoadYaml, NamesWhatIsWrongWithTheFile) {
  const auto file = std::filesystem::path(testing::TempDir()) / "rlreason_config_load.yaml";
  std::ofstream(file) << "a: [1, 2]\n";
  EXPECT_EQ(to_json(load_yaml(file)), json::parse(R"({"a":[1,2]})"));
  std::ofstream(file) << std::string((16 << 20) + 1, '#');
  EXPECT_THROW(load_yaml(file), UserError);
  std::filesystem::remove(file);
  EXPECT_THROW(load_yaml(file), UserError);
  EXPECT_THROW(load_yaml(testing::TempDir()), UserError);
}

}  // namespace
}  // namespace rlreason::config
