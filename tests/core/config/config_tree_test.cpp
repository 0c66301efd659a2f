// Trees: access, JSON round trips, overlays and changes by path.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "core/config/describe.h"
#include "core/config/node.h"
#include "core/error.h"

namespace rlreason::config {
namespace {

using nlohmann::json;

template <class F>
std::string refusal(F&& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

Node yaml(const std::string& text) { return parse_yaml(text, "f.yaml"); }

TEST(Node, RefusesAccessOfTheWrongKindWithItsPlace) {
  const Node root = yaml("a: [1]\nb: {c: 2}\n");
  EXPECT_EQ(refusal([&] { root.at("a").entries(); }), "f.yaml:1: required a map, a list came");
  EXPECT_EQ(refusal([&] { root.at("b").items(); }), "f.yaml:2: required a list, a map came");
  EXPECT_EQ(refusal([&] { root.text(); }), "f.yaml:1: required a single value, a map came");
  EXPECT_EQ(refusal([&] { root.at("bb"); }),
            "f.yaml:1: required the key 'bb', found none; the nearest is 'b'");
  EXPECT_EQ(refusal([] { Node().at("x"); }), "configuration: required the key 'x', found none");
  EXPECT_EQ(root.find("zz"), nullptr);
  EXPECT_TRUE(Node().entries().empty());
}

TEST(Node, PutsAndErases) {
  Node node;
  node.put("a", Node::make_scalar("1", false));
  node.put("b", Node::make_list());
  node.put("a", Node::make_scalar("2", false));
  EXPECT_EQ(to_json(node), json::parse(R"({"a":2,"b":[]})"));
  EXPECT_TRUE(node.erase("a"));
  EXPECT_FALSE(node.erase("a"));
  EXPECT_EQ(node.size(), 1u);
}

TEST(NodeJson, RoundTripsEveryKindOfValue) {
  for (const char* text :
       {"null", "true", "\"true\"", "\"1\"", "1", "-7", "18446744073709551615", "0.1", "1.0",
        "1e-7", "1e300", "\"\"", "[]", "{}", R"({"b":[1,{"c":null}],"a":"x\ny","":0})"}) {
    const json value = json::parse(text);
    const json back = to_json(from_json(value));
    EXPECT_EQ(back, value) << text;
    EXPECT_EQ(back.is_number_float(), value.is_number_float()) << text;
  }
}

TEST(NodeJson, RefusesJsonThatIsTooDeep) {
  json deep = 1;
  for (int i = 0; i < 70; ++i) deep = json::array({std::move(deep)});
  EXPECT_THROW(from_json(deep), UserError);
}

TEST(Canonical, SortsKeysAndWritesShortNumbers) {
  EXPECT_EQ(
      canonical(json::parse(
          R"({ "b": 1.0, "a": [0.1, 1e-5, 100000000000000000000.0, -0.0, 3], "c": {"z": null, "y": true} })")),
      R"({"a":[0.1,1e-05,1e+20,0,3],"b":1,"c":{"y":true,"z":null}})");
  EXPECT_EQ(canonical(json::object()), "{}");
  EXPECT_EQ(canonical(json::array()), "[]");
  EXPECT_EQ(canonical(json("a\"\n\xC3\xA9")), "\"a\\\"\\n\xC3\xA9\"");
  EXPECT_EQ(canonical(json(std::numeric_limits<double>::infinity())), "\"inf\"");
}

TEST(Canonical, NumbersReadBackEqual) {
  for (const double x :
       {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, 123456.789, 9007199254740993.0, -2.5e-10})
    EXPECT_EQ(json::parse(canonical(json(x))).get<double>(), x);
}

TEST(Merge, MergesMapsAndReplacesEverythingElse) {
  Node base = yaml("a: {x: 1, y: [1, 2]}\nb: 1\nc: {k: v}\n");
  const Node overlay = parse_yaml("a: {y: [3], z: 4}\nb: {q: 1}\nc: ~\nd: new\n", "g.yaml");
  merge(base, overlay);
  EXPECT_EQ(to_json(base),
            json::parse(R"({"a":{"x":1,"y":[3],"z":4},"b":{"q":1},"c":null,"d":"new"})"));
  EXPECT_EQ(base.at("a").at("x").origin().text(), "f.yaml:1");
  EXPECT_EQ(base.at("a").at("y").origin().text(), "g.yaml:1");
  Node nothing;
  merge(nothing, overlay);
  EXPECT_EQ(to_json(nothing), to_json(overlay));
}

TEST(Set, ChangesByPath) {
  Node root = yaml("a: {b: [{c: 1}, {c: 2}]}\n");
  set(root, "a.b.1.c=7");
  set(root, "new.deep.key=[1, two, '3']");
  set(root, "text=a=b");
  set(root, "empty=");
  set(root, "map={x: 1}");
  EXPECT_EQ(
      to_json(root),
      json::parse(
          R"({"a":{"b":[{"c":1},{"c":7}]},"new":{"deep":{"key":[1,"two","3"]}},"text":"a=b","empty":null,"map":{"x":1}})"));
  EXPECT_EQ(root.at("map").at("x").origin().text(), "--set map={x: 1}");
}

TEST(Set, RefusesMalformedAssignments) {
  Node root = yaml("a: {b: [1, 2]}\ns: text\n");
  EXPECT_EQ(refusal([&] { set(root, "a.b"); }), "--set a.b: required key=value, 'a.b' came");
  EXPECT_EQ(refusal([&] { set(root, "=1"); }), "--set =1: required key=value, '=1' came");
  EXPECT_EQ(refusal([&] { set(root, "a..b=1"); }),
            "--set a..b=1: required a dotted path such as 'a.b', 'a..b' came");
  EXPECT_EQ(refusal([&] { set(root, "a.=1"); }),
            "--set a.=1: required a dotted path such as 'a.b', 'a.' came");
  EXPECT_EQ(refusal([&] { set(root, "a.b.2=1"); }),
            "--set a.b.2=1: a.b: required an index below 2, '2' came");
  EXPECT_EQ(refusal([&] { set(root, "a.b.x=1"); }),
            "--set a.b.x=1: a.b: required an index below 2, 'x' came");
  EXPECT_EQ(refusal([&] { set(root, "s.t=1"); }),
            "--set s.t=1: s: required a map or a list to go into, the value 'text' came");
  EXPECT_THAT(refusal([&] { set(root, "s=[1"); }), testing::StartsWith("--set s=[1: required"));
  EXPECT_THAT(refusal([&] { set(root, "s='1"); }),
              testing::StartsWith("--set s='1: required YAML, the parser says: "));
}

}  // namespace
}  // namespace rlreason::config
