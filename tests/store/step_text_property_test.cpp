// Steps read from their text: the same as through a JSON parser, or left to it.
#include <bit>
#include <cmath>

#include "core/error.h"
#include "core/random.h"
#include "core/store/step_text.h"
#include "tests/store/fixture.h"

namespace rlreason::store {
namespace {

uint64_t bits(double value) { return std::bit_cast<uint64_t>(value); }

// The same with the right names, with others and with fewer as the ones to expect.
void expect_guesses_change_nothing(const std::string& text, bool taken, const StepText& step) {
  std::vector<std::string> names(step.names.begin(), step.names.end());
  std::vector<std::vector<std::string>> guesses{names, {"train/a_0", "train/b_1"}};
  if (!names.empty()) {
    guesses.push_back({names.begin(), names.end() - 1});
    guesses.push_back({names.begin() + 1, names.end()});
    names.back() += "~";
    guesses.push_back(names);
  }
  for (const std::vector<std::string>& guess : guesses) {
    if (!are_plain_names(guess)) continue;
    StepText other;
    ASSERT_EQ(scan_step(text, other, guess), taken) << text;
    if (!taken) continue;
    EXPECT_EQ(other.iteration, step.iteration);
    EXPECT_EQ(other.names, step.names) << text;
    EXPECT_EQ(other.as_expected,
              std::equal(guess.begin(), guess.end(), step.names.begin(), step.names.end()));
    ASSERT_EQ(other.values.size(), step.values.size());
    for (size_t i = 0; i < step.values.size(); ++i)
      EXPECT_EQ(bits(other.values[i]), bits(step.values[i])) << text;
  }
}

// What the scanner says, when it says something, is what a parser would have said.
bool agrees(const std::string& text) {
  StepText step;
  const bool taken = scan_step(text, step);
  expect_guesses_change_nothing(text, taken, step);
  if (!taken) return false;
  const json parsed = runlog::parse_payload(text);  // throws when the scanner took what is no JSON
  EXPECT_EQ(parsed.size(), 2u) << text;
  EXPECT_EQ(parsed.at("iteration").get<int64_t>(), step.iteration) << text;
  const json& values = parsed.at("values");
  EXPECT_EQ(values.size(), step.names.size()) << text;
  for (size_t i = 0; i < step.names.size(); ++i) {
    const double expected = runlog::to_double(values.at(std::string(step.names[i])));
    EXPECT_TRUE(bits(expected) == bits(step.values[i]) ||
                (std::isnan(expected) && std::isnan(step.values[i])))
        << text;
  }
  return true;
}

TEST(StepText, NamesThatNeedEscapesAreNotPlain) {
  const std::vector<std::string> fine{"a", "b c", "train/x"};
  EXPECT_TRUE(are_plain_names(fine));
  for (const char* name : {"a\"b", "a\\b", "a\nb", "\xc3\xa9", "a\x7f"})
    EXPECT_FALSE(are_plain_names(std::vector<std::string>{name})) << name;
  EXPECT_FALSE(are_plain_names(std::vector<std::string>{"b", "a"}));
  EXPECT_FALSE(are_plain_names(std::vector<std::string>{"a", "a"}));
}

TEST(StepText, OurOwnRecordsAreReadBitForBit) {
  Sequence random({.seed = 4});
  for (int round = 0; round < 3000; ++round) {
    json values = json::object();
    const int n = static_cast<int>(random.uniform() * 12);
    for (int i = 0; i < n; ++i) {
      const auto name =
          fmt::format("train/{}_{}", "abcdefgh"[static_cast<size_t>(random.uniform() * 8)], i);
      const double pick = random.uniform();
      if (pick < 0.1)
        values[name] = static_cast<int64_t>(random.bits());
      else if (pick < 0.2)
        values[name] = random.bits();
      else
        values[name] =
            runlog::number(pick < 0.3 ? std::nan("") : std::bit_cast<double>(random.bits()));
    }
    const json record = {{"iteration", static_cast<int64_t>(random.bits())}, {"values", values}};
    EXPECT_TRUE(agrees(runlog::payload_text(record))) << record;
  }
}

json any_json(Sequence& random, int depth) {
  const double pick = random.uniform() * (depth > 3 ? 6 : 8);
  if (pick < 1) return std::bit_cast<double>(random.bits());
  if (pick < 2)
    return random.uniform() < 0.5 ? json(static_cast<int64_t>(random.bits())) : json(random.bits());
  if (pick < 3)
    return std::ldexp(std::floor(random.uniform() * 100),
                      static_cast<int>(random.uniform() * 80) - 10);
  if (pick < 4) {
    std::string text;
    for (int i = 0; i < 6; ++i) text += static_cast<char>(random.bits());
    return text;
  }
  if (pick < 5) return random.uniform() < 0.5;
  if (pick < 6) return nullptr;
  json value = pick < 7 ? json::array() : json::object();
  const int n = static_cast<int>(random.uniform() * 4);
  for (int i = 0; i < n; ++i)
    if (pick < 7)
      value.push_back(any_json(random, depth + 1));
    else
      value[std::string(1, static_cast<char>(random.bits()))] = any_json(random, depth + 1);
  return value;
}

TEST(StepText, PayloadsAreWrittenAsTheLibraryWould) {
  Sequence random({.seed = 21});
  const auto read = [](const std::string& text) { return json::parse(text, nullptr, false); };
  for (int round = 0; round < 5000; ++round) {
    const json value = any_json(random, 0);
    const json ours = read(runlog::payload_text(value)),
               library = read(value.dump(-1, ' ', false, json::error_handler_t::replace));
    ASSERT_FALSE(ours.is_discarded()) << runlog::payload_text(value);
    EXPECT_EQ(ours, library);
    EXPECT_EQ(ours.type(), library.type());
  }
  EXPECT_EQ(runlog::payload_text(
                {{"a", 1.0}, {"b", -0.0}, {"c", 1e22}, {"d", "nan"}, {"e", json::array()}}),
            R"({"a":1.0,"b":-0.0,"c":1e+22,"d":"nan","e":[]})");
}

TEST(StepText, OtherFormsAreLeftToTheParser) {
  for (const std::string text : {"",
                                 "{}",
                                 "{\"iteration\":1}",
                                 "{\"values\":{},\"iteration\":1}",
                                 "{\"iteration\":1,\"values\":{}} ",
                                 "{ \"iteration\":1,\"values\":{}}",
                                 "{\"iteration\":1,\"values\":{},\"x\":1}",
                                 "{\"iteration\":01,\"values\":{}}",
                                 "{\"iteration\":1.0,\"values\":{}}",
                                 "{\"iteration\":1,\"values\":{\"a\":01}}",
                                 "{\"iteration\":1,\"values\":{\"a\":1.}}",
                                 "{\"iteration\":1,\"values\":{\"a\":.5}}",
                                 "{\"iteration\":1,\"values\":{\"a\":+1}}",
                                 "{\"iteration\":1,\"values\":{\"a\":inf}}",
                                 "{\"iteration\":1,\"values\":{\"a\":0x1}}",
                                 "{\"iteration\":1,\"values\":{\"a\":1e}}",
                                 "{\"iteration\":1,\"values\":{\"a\":1e999}}",
                                 "{\"iteration\":1,\"values\":{\"a\":-0}}",
                                 "{\"iteration\":1,\"values\":{\"a\":\"NaN\"}}",
                                 "{\"iteration\":1,\"values\":{\"a\":null}}",
                                 "{\"iteration\":1,\"values\":{\"b\":1,\"a\":2}}",
                                 "{\"iteration\":1,\"values\":{\"a\":1,\"a\":2}}",
                                 "{\"iteration\":1,\"values\":{\"\\u0061\":1}}",
                                 "{\"iteration\":1,\"values\":{\"\xff\":1}}",
                                 "{\"iteration\":1,\"values\":{\"a\":1,}}",
                                 "{\"iteration\":1,\"values\":{\"a\":[1]}}",
                                 "{\"iteration\":99999999999999999999,\"values\":{}}"}) {
    StepText step;
    EXPECT_FALSE(scan_step(text, step)) << text;
  }
}

TEST(StepText, NoMutationMakesItSaySomethingElse) {
  Sequence random({.seed = 9});
  const std::string good = runlog::payload_text(
      {{"iteration", 17}, {"values", {{"a", 0.25}, {"b/c", -1e-7}, {"d", "nan"}, {"e", 12}}}});
  ASSERT_TRUE(agrees(good));
  int read = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text = good;
    const int changes = 1 + static_cast<int>(random.uniform() * 3);
    for (int i = 0; i < changes; ++i) {
      const auto at = static_cast<size_t>(random.uniform() * static_cast<double>(text.size()));
      const char pool[] = "0123456789.-+eE\"{}[],:abn \\";
      if (random.uniform() < 0.5)
        text[at] = pool[static_cast<size_t>(random.uniform() * 27)];
      else if (random.uniform() < 0.5)
        text.erase(at, 1);
      else
        text.insert(at, 1, static_cast<char>(random.bits()));
    }
    try {
      read += agrees(text);
    } catch (const DataError& error) {
      ADD_FAILURE() << text << ": " << error.what();
    }
  }
  EXPECT_GT(read, 100);
}

// What is not our own form still arrives, and what is no JSON is a problem with its place.
TEST_F(StoreTest, StepsOfOtherFormsArriveAndMalformedOnesAreNamed) {
  const auto directory = make_run("r", run_json("u1"));
  {
    runlog::Writer writer(directory, "0001-a", hello());
    writer.append(runlog::Kind::step,
                  {{"iteration", 0}, {"values", {{"\xC3\xBC/x", 1.5}}}, {"more", 1}});
    writer.append(runlog::Kind::step, {{"iteration", 1}, {"values", {{"a", "high"}}}});
    writer.append(runlog::Kind::step, {{"iteration", 2}, {"values", {{"\xC3\xBC/x", 2.5}}}});
    writer.close({{"exit_code", 0}, {"reason", ""}, {"iteration", 9}});
  }
  auto store = Store::open(file);
  const auto report = store.ingest(directory);
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_NE(report.problems[0].find("record 3"), std::string::npos) << report.problems[0];
  EXPECT_EQ(store.curve("u1", "\xC3\xBC/x").size(), 2u);
  EXPECT_EQ(store.detail("u1").attempts.at(0).end_iteration,
            9);  // the end says more than the last step
}

}  // namespace
}  // namespace rlreason::store
