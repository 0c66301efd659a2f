#include "core/config/yaml_once.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace rlreason::config {
namespace {

TEST(YamlOnce, IsWhatAParserSays) {
  const std::string text = "a: 1\nb: [x, {c: null}]\n";
  for (int again = 0; again < 2; ++again) {
    const Node node = parse_yaml_once(text, "f.yaml");
    EXPECT_EQ(to_json(node), to_json(parse_yaml(text, "f.yaml")));
    EXPECT_EQ(node.at("b").origin().text(), "f.yaml:2");
  }
}

TEST(YamlOnce, AChangedFileIsReadAgainAndACopyIsTheCallers) {
  Node mine = parse_yaml_once("a: 1", "f.yaml");
  set(mine, "a=7");
  EXPECT_EQ(parse_yaml_once("a: 1", "f.yaml").at("a").text(), "1");
  EXPECT_EQ(parse_yaml_once("a: 2", "f.yaml").at("a").text(), "2");
  EXPECT_EQ(parse_yaml_once("a: 1", "g.yaml").at("a").origin().text(), "g.yaml:1");
}

TEST(YamlOnce, AnErrorStaysAnError) {
  for (int again = 0; again < 2; ++again)
    EXPECT_THROW(parse_yaml_once("a: [", "f.yaml"), UserError);
}

}  // namespace
}  // namespace rlreason::config
