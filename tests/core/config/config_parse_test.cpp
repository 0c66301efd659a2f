// Described structs: strict parsing with places, defaults, rules, JSON, non-defaults, help and Markdown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/config/parse.h"

namespace rlreason::config {
namespace {

using nlohmann::json;

enum class Mode { fast, exact };
enum class Level : uint8_t { low = 10, high = 20 };

struct Clip {
  double low = 0.2, high = 0.2;
  static constexpr auto fields() {
    return std::tuple{
        field(&Clip::low, "clip_low", "ratio is clamped to >= 1 - clip_low", config::in(0.0, 1.0)),
        field(&Clip::high, "clip_high", "ratio is clamped to <= 1 + clip_high", at_least(0.0))};
  }
};
void check(const Clip& c) {
  if (c.high < c.low)
    throw UserError("required clip_high >= clip_low, {} < {} came", c.high, c.low);
}

struct Suite {
  std::string name;
  int64_t samples = 1;
  static constexpr auto fields() {
    return std::tuple{field(&Suite::name, "name", "which suite", not_empty()).required(),
                      field(&Suite::samples, "samples", "answers an item", at_least(1))};
  }
  static void check(const Suite& s) {
    if (s.name == "bad") throw UserError("required another name");
  }
};

struct Recipe {
  double rate = 1e-3;
  int64_t steps = 10;
  int threads = 2;
  uint64_t seed = 0;
  bool shuffle = true;
  std::string label = "none";
  std::string method = "grpo";
  std::filesystem::path data;
  Mode mode = Mode::fast;
  Level level = Level::low;
  double limit = std::numeric_limits<double>::infinity();
  std::optional<double> temperature;
  std::vector<int64_t> lengths = {1, 2};
  std::vector<Suite> suites;
  std::map<std::string, double> weights;
  Clip clip{.low = 0.1, .high = 0.3};
  std::optional<Clip> second_clip;
  Node block;

  static constexpr auto fields() {
    using C = Recipe;
    return std::tuple{field(&C::rate, "rate", "learning rate", above(0)),
                      field(&C::steps, "steps", "iterations", config::in(1, 1000000)),
                      field(&C::threads, "threads", "threads", at_least(1)),
                      field(&C::seed, "seed", "seed"),
                      field(&C::shuffle, "shuffle", "new order each epoch"),
                      field(&C::label, "label", "a name"),
                      field(&C::method, "method", "which method", choices({"grpo", "sft"})),
                      field(&C::data, "data", "a file"),
                      field(&C::mode, "mode", "speed or precision", one_of({"fast", "exact"})),
                      field(&C::level, "level", "how much",
                            names<Level>({{Level::low, "low"}, {Level::high, "high"}})),
                      field(&C::limit, "limit", "upper bound", at_least(0).allow_non_finite()),
                      field(&C::temperature, "temperature", "of sampling", config::in(0.0, 2.0)),
                      field(&C::lengths, "lengths", "prompt lengths", at_least(0)),
                      field(&C::suites, "suites", "what to evaluate"),
                      field(&C::weights, "weights", "mixture", at_least(0)),
                      field(&C::clip, "clip", "clipping"),
                      field(&C::second_clip, "second_clip", "another clip"),
                      field(&C::block, "block", "settings of a piece")};
  }
};

struct Empty {
  static constexpr auto fields() { return std::tuple{}; }
};

Recipe parsed(const std::string& yaml) { return parse<Recipe>(parse_yaml(yaml, "recipe.yaml")); }

std::string refusal(const std::string& yaml) {
  try {
    parsed(yaml);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Parse, GivesTheInitialisersForAnEmptyTree) {
  EXPECT_EQ(to_json(parsed("")), to_json(Recipe{}));
  EXPECT_EQ(non_defaults(parsed("{}")), json::object());
}

TEST(Parse, ReadsEveryKindOfMember) {
  const Recipe r = parsed(R"(
rate: 1e-4
steps: 2e3
threads: 0x10
seed: 18446744073709551615
shuffle: false
label: "1"
method: sft
data: a/b.jsonl
mode: exact
level: high
limit: 5
temperature: 0.7
lengths: [0, 7]
suites: [{name: hard, samples: 32}, {name: easy}]
weights: {a: 1, b: 0.5}
clip: {clip_high: 0.4}
second_clip: {clip_low: 0.05}
block: {anything: [yes, 1]}
)");
  EXPECT_EQ(r.rate, 1e-4);
  EXPECT_EQ(r.steps, 2000);
  EXPECT_EQ(r.threads, 16);
  EXPECT_EQ(r.seed, UINT64_MAX);
  EXPECT_FALSE(r.shuffle);
  EXPECT_EQ(r.label, "1");
  EXPECT_EQ(r.method, "sft");
  EXPECT_EQ(r.data, "a/b.jsonl");
  EXPECT_EQ(r.mode, Mode::exact);
  EXPECT_EQ(r.level, Level::high);
  EXPECT_EQ(r.limit, 5);
  EXPECT_EQ(r.temperature, 0.7);
  EXPECT_EQ(r.lengths, (std::vector<int64_t>{0, 7}));
  ASSERT_EQ(r.suites.size(), 2u);
  EXPECT_EQ(r.suites[0].samples, 32);
  EXPECT_EQ(r.suites[1].name, "easy");
  EXPECT_EQ(r.weights.at("b"), 0.5);
  EXPECT_EQ(r.clip.low, 0.1);  // the owner's initialiser, not Clip's
  EXPECT_EQ(r.clip.high, 0.4);
  ASSERT_TRUE(r.second_clip.has_value());
  EXPECT_EQ(r.second_clip->low, 0.05);
  EXPECT_EQ(to_json(r.block), json::parse(R"({"anything":["yes",1]})"));
}

TEST(Parse, NullMeansNothingForOptionalsAndDefaultsForStructs) {
  const Recipe r = parsed("temperature: ~\nclip:\nsecond_clip: null\n");
  EXPECT_FALSE(r.temperature.has_value());
  EXPECT_FALSE(r.second_clip.has_value());
  EXPECT_EQ(r.clip.high, 0.3);
}

TEST(Parse, RoundTripsThroughJson) {
  const Recipe r = parsed(
      "rate: 0.1\nlimit: .inf\nsuites: [{name: 'null'}]\nlabel: 'true'\nlevel: high\nweights: {x: "
      "1}\nblock: {a: '1', b: 1.0}\n");
  const json resolved = to_json(r);
  EXPECT_EQ(to_json(parse<Recipe>(from_json(resolved))), resolved);
  EXPECT_EQ(to_json(parse<Recipe>(from_json(json::parse(canonical(resolved))))), resolved);
  EXPECT_EQ(resolved.at("limit"), "inf");
  EXPECT_EQ(resolved.at("level"), "high");
  EXPECT_EQ(resolved.at("temperature"), nullptr);
  EXPECT_EQ(non_defaults(parse<Recipe>(from_json(to_json(Recipe{})))), json::object());
}

TEST(Parse, NonDefaultsKeepOnlyWhatDiffers) {
  const Recipe r = parsed(
      "rate: 0.001\nsteps: 11\nclip: {clip_high: 0.5, clip_low: 0.1}\nlengths: [1, 3]\nsuites: "
      "[{name: hard, samples: 1}]\n"
      "second_clip: {clip_low: 0.2}\nmode: exact\n");
  EXPECT_EQ(non_defaults(r),
            json::parse(
                R"({"steps":11,"clip":{"clip_high":0.5},"lengths":[1,3],"suites":[{"name":"hard"}],
                                             "second_clip":{},"mode":"exact"})"));
}

struct GoldenCase {
  const char* yaml;
  const char* sentence;
};

TEST(ParseRefusal, SaysWhereWhatWasRequiredAndWhatCame) {
  const GoldenCase kCases[] = {
      {"rate: 1\nclip:\n  clip_hihg: 1\n",
       "recipe.yaml:3: unknown key 'clip.clip_hihg'; did you mean 'clip.clip_high'?"},
      {"zzzzzzzzzzzzzz: 1\nclip: {}\n",
       "recipe.yaml:1: unknown key 'zzzzzzzzzzzzzz'; known here: rate, steps, threads, seed, "
       "shuffle, label, method, data, mode, "
       "level, limit, temperature, lengths, suites, weights, clip, second_clip, block"},
      {"suites:\n  - name: a\n  - nam: b\n",
       "recipe.yaml:3: unknown key 'suites.1.nam'; did you mean 'suites.1.name'?"},
      {"suites: [{samples: 2}]\n",
       "recipe.yaml:1: suites.0.name: required a value, found none; which suite"},
      {"suites: [{name: ''}]\n",
       "recipe.yaml:1: suites.0.name: required something, an empty value came"},
      {"suites: {name: x}\n", "recipe.yaml:1: suites: required a list, a map came"},
      {"steps: 1.5\n", "recipe.yaml:1: steps: required an integer in [1, 1000000], '1.5' came"},
      {"steps: 1.0\n", "recipe.yaml:1: steps: required an integer in [1, 1000000], '1.0' came"},
      {"steps: 15e-1\n", "recipe.yaml:1: steps: required an integer in [1, 1000000], '15e-1' came"},
      {"steps: '5'\n",
       "recipe.yaml:1: steps: required an integer in [1, 1000000], the string '5' came"},
      {"steps: 0\n", "recipe.yaml:1: steps: required an integer in [1, 1000000], '0' came"},
      {"steps: ~\n", "recipe.yaml:1: steps: required an integer in [1, 1000000], nothing came"},
      {"steps: [1]\n", "recipe.yaml:1: steps: required an integer in [1, 1000000], a list came"},
      {"threads: 3000000000\n",
       "recipe.yaml:1: threads: required an integer >= 1, '3000000000' came"},
      {"threads: 99999999999999999999\n",
       "recipe.yaml:1: threads: required an integer >= 1, '99999999999999999999' came"},
      {"seed: -1\n", "recipe.yaml:1: seed: required an integer >= 0, '-1' came"},
      {"seed: 18446744073709551616\n",
       "recipe.yaml:1: seed: required an integer >= 0, '18446744073709551616' came"},
      {"rate: 0\n", "recipe.yaml:1: rate: required a finite number > 0, '0' came"},
      {"rate: .inf\n", "recipe.yaml:1: rate: required a finite number > 0, '.inf' came"},
      {"rate: .nan\n", "recipe.yaml:1: rate: required a finite number > 0, '.nan' came"},
      {"rate: 1e999\n", "recipe.yaml:1: rate: required a finite number > 0, '1e999' came"},
      {"rate: fast\n", "recipe.yaml:1: rate: required a finite number > 0, 'fast' came"},
      {"rate: true\n", "recipe.yaml:1: rate: required a finite number > 0, 'true' came"},
      {"limit: -.inf\n", "recipe.yaml:1: limit: required a number >= 0, inf allowed, '-.inf' came"},
      {"limit: 1e999\n", "recipe.yaml:1: limit: required a number >= 0, inf allowed, '1e999' came"},
      {"shuffle: yes\n", "recipe.yaml:1: shuffle: required true or false, 'yes' came"},
      {"shuffle: 1\n", "recipe.yaml:1: shuffle: required true or false, '1' came"},
      {"label: [a]\n", "recipe.yaml:1: label: required a string, a list came"},
      {"label: ~\n", "recipe.yaml:1: label: required a string, nothing came"},
      {"method: gpro\n",
       "recipe.yaml:1: method: required one of grpo, sft, 'gpro' came; did you mean 'grpo'?"},
      {"mode: exactly\n",
       "recipe.yaml:1: mode: required one of fast, exact, 'exactly' came; did you mean 'exact'?"},
      {"level: enormous\n", "recipe.yaml:1: level: required one of low, high, 'enormous' came"},
      {"level: 10\n", "recipe.yaml:1: level: required one of low, high, '10' came"},
      {"temperature: 3\n",
       "recipe.yaml:1: temperature: required a finite number in [0, 2], '3' came"},
      {"lengths: [1, -1]\n", "recipe.yaml:1: lengths.1: required an integer >= 0, '-1' came"},
      {"lengths: 3\n", "recipe.yaml:1: lengths: required a list, '3' came"},
      {"weights: {a: -1}\n", "recipe.yaml:1: weights.a: required a finite number >= 0, '-1' came"},
      {"clip: [1]\n", "recipe.yaml:1: clip: required a map of settings, a list came"},
      {"clip: 3\n", "recipe.yaml:1: clip: required a map of settings, '3' came"},
      {"- 1\n", "recipe.yaml:1: required a map of settings, a list came"},
      {"rate: 1\nclip:\n  clip_high: 0.05\n",
       "recipe.yaml:3: clip: required clip_high >= clip_low, 0.05 < 0.1 came"},
      {"suites: [{name: bad}]\n", "recipe.yaml:1: suites.0: required another name"},
  };
  for (const auto& [yaml, sentence] : kCases) EXPECT_EQ(refusal(yaml), sentence) << yaml;
}

TEST(ParseRefusal, ShortensLongValues) {
  const std::string sentence = refusal("steps: " + std::string(5000, 'x') + "\n");
  EXPECT_LT(sentence.size(), 200u);
  EXPECT_THAT(sentence, testing::HasSubstr("xxx...' came"));
}

TEST(ParseRefusal, NamesTheOverlayThatCausedIt) {
  Node root = parse_yaml("rate: 1\nclip: {clip_low: 0.1}\n", "recipe.yaml");
  merge(root, parse_yaml("\n\nclip: {clip_low: 0.15}\n", "setting.yaml"));
  set(root, "clip.clip_high=-1");
  try {
    parse<Recipe>(root, "train");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_STREQ(
        error.what(),
        "--set clip.clip_high=-1: train.clip.clip_high: required a finite number >= 0, '-1' came");
  }
  set(root, "clip.clip_high=0.2");
  merge(root, parse_yaml("\n\nclip: {clip_low: 1.5}\n", "setting.yaml"));
  try {
    parse<Recipe>(root, "train");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_STREQ(
        error.what(),
        "setting.yaml:3: train.clip.clip_low: required a finite number in [0, 1], '1.5' came");
  }
}

TEST(ParseRefusal, AStructWithoutSettingsTakesNone) {
  EXPECT_NO_THROW(parse<Empty>(Node()));
  try {
    parse<Empty>(parse_yaml("a: 1", "f.yaml"), "loss");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "f.yaml:1: unknown key 'loss.a'; there are no settings here");
  }
}

TEST(Parse, AcceptsInfinityWhereTheRuleDoes) {
  EXPECT_TRUE(std::isinf(parsed("limit: .inf").limit));
  EXPECT_TRUE(std::isinf(parsed("limit: 'inf'").limit));
}

struct Documented {
  double rate = 0.001;
  std::string kind = "a";
  std::optional<int64_t> seed;
  std::vector<Suite> suites;
  Clip clip;
  Node extra;
  static constexpr auto fields() {
    using C = Documented;
    return std::tuple{field(&C::rate, "rate", "learning rate", above(0)),
                      field(&C::kind, "kind", "a | b, in words", choices({"a", "b"})),
                      field(&C::seed, "seed", "seed of the order"),
                      field(&C::suites, "suites", "what to evaluate"),
                      field(&C::clip, "clip", "clipping"),
                      field(&C::extra, "extra", "settings of a piece")};
  }
};

TEST(Help, ShowsDefaultRangeAndMeaning) {
  EXPECT_EQ(
      help<Documented>("train"),
      "  train.rate              learning rate [default 0.001; > 0]\n"
      "  train.kind              a | b, in words [default a; one of a, b]\n"
      "  train.seed              seed of the order [default none]\n"
      "  train.suites            what to evaluate [default []]\n"
      "  train.suites.N.name     which suite [required; not empty]\n"
      "  train.suites.N.samples  answers an item [default 1; >= 1]\n"
      "  train.clip.clip_low     ratio is clamped to >= 1 - clip_low [default 0.2; in [0, 1]]\n"
      "  train.clip.clip_high    ratio is clamped to <= 1 + clip_high [default 0.2; >= 0]\n"
      "  train.extra             settings of a piece [default none; a block]\n");
}

TEST(Markdown, IsATableWithEscapedBars) {
  EXPECT_EQ(markdown<Documented>(),
            "| Setting | Default | Values | Meaning |\n|---|---|---|---|\n"
            "| `rate` | `0.001` | > 0 | learning rate |\n"
            "| `kind` | `a` | one of a, b | a \\| b, in words |\n"
            "| `seed` | `none` |  | seed of the order |\n"
            "| `suites` | `[]` |  | what to evaluate |\n"
            "| `suites.N.name` | required | not empty | which suite |\n"
            "| `suites.N.samples` | `1` | >= 1 | answers an item |\n"
            "| `clip.clip_low` | `0.2` | in [0, 1] | ratio is clamped to >= 1 - clip_low |\n"
            "| `clip.clip_high` | `0.2` | >= 0 | ratio is clamped to <= 1 + clip_high |\n"
            "| `extra` | `none` | a block | settings of a piece |\n");
}

}  // namespace
}  // namespace rlreason::config
