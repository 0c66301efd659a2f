#include "evaluators/choices.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "evaluators/choice_report.h"

namespace rlreason::eval {
namespace {

data::Prompt question(std::string id, size_t options, std::string gold) {
  data::Prompt prompt;
  prompt.id = std::move(id);
  prompt.text = "?";
  prompt.gold = std::move(gold);
  prompt.verifier = "exact";
  for (size_t i = 0; i < options; ++i) prompt.choices.push_back("option " + std::to_string(i));
  return prompt;
}

TEST(Choices, LabelsAndPositionsAgree) {
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(position_of(label(i, false), 10), i);
    EXPECT_EQ(position_of(label(i, true), 10), i);
  }
  EXPECT_EQ(position_of("c", 4), 2u);
  for (const char* none : {"", "E", "0", "5", "AB", "-", "12x", "99", "\xC3"})
    EXPECT_FALSE(position_of(none, 4)) << none;
  EXPECT_TRUE(is_choice(question("q", 3, "C")));
  EXPECT_FALSE(is_choice(question("q", 3, "D")));
  EXPECT_TRUE(is_choice(question("q", 1, "A")));  // MMLU-Pro has a few
  EXPECT_FALSE(is_choice(question("q", 0, "A")));
}

TEST(Choices, TheOrderDependsOnSeedAndItemAlone) {
  const auto a = option_order(7, "item", 6, true, 0);
  EXPECT_EQ(a, option_order(7, "item", 6, true, 0));
  std::set<std::vector<size_t>> seen;
  std::map<size_t, int> first;
  for (int i = 0; i < 600; ++i) {
    auto order = option_order(7, "item-" + std::to_string(i), 4, true, 0);
    ++first[order[0]];
    seen.insert(order);
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, (std::vector<size_t>{0, 1, 2, 3}));
  }
  EXPECT_EQ(seen.size(), 24u);  // all 4! orders occur
  for (const auto& [position, count] : first) EXPECT_NEAR(count, 150, 45) << position;
  EXPECT_NE(option_order(8, "item", 6, true, 0), a);
  EXPECT_EQ(option_order(8, "item", 3, false, 0), (std::vector<size_t>{0, 1, 2}));
}

TEST(Choices, RotationsPutEveryOptionEverywhereOnce) {
  for (const bool shuffled : {false, true}) {
    std::set<std::pair<size_t, size_t>> places;
    for (int64_t rotation = 0; rotation < 5; ++rotation) {
      const auto order = option_order(1, "x", 5, shuffled, rotation);
      for (size_t place = 0; place < 5; ++place) places.emplace(place, order[place]);
    }
    EXPECT_EQ(places.size(), 25u);
  }
}

TEST(Choices, ReorderingKeepsTheRightOption) {
  for (const char* gold : {"B", "2"})
    for (int64_t rotation = 0; rotation < 4; ++rotation) {
      data::Prompt prompt = question("q", 4, gold);
      reorder(prompt, option_order(3, prompt.id, 4, true, rotation));
      EXPECT_EQ(prompt.choices[*position_of(prompt.gold, 4)], "option 1");
      EXPECT_EQ(has_digit_labels(prompt), gold[0] == '2');
    }
}

TEST(Choices, GuessingAndItsCorrection) {
  EXPECT_DOUBLE_EQ(chance({question("a", 4, "A"), question("b", 5, "A")}), (0.25 + 0.2) / 2);
  EXPECT_EQ(chance({question("a", 4, "A"), question("b", 0, "5")}), 0);
  EXPECT_EQ(chance({}), 0);
  EXPECT_DOUBLE_EQ(chance_corrected(0.25, 0.25), 0);
  EXPECT_DOUBLE_EQ(chance_corrected(1, 0.25), 1);
  EXPECT_LT(chance_corrected(0.182, 0.25), 0);  // a base model below guessing
}

TEST(Choices, TheReportCountsByPlace) {
  store::EvalFacts facts;
  facts.row.protocol = {{"chance", 0.5}};
  const auto sample = [](int64_t n, bool right, int gold, int place) {
    nlohmann::json flags = {{"gold_place", gold}, {"loglik_raw", right}, {"loglik_byte", !right}};
    if (place >= 0) flags["place"] = place;
    return store::SampleFact{.sample = n, .outcome = right ? "right" : "wrong", .flags = flags};
  };
  facts.items = {{"a", {sample(0, true, 0, 0), sample(1, false, 1, 0)}},
                 {"b", {sample(0, true, 0, 0), sample(1, false, 1, -1)}}};
  const ChoiceReport report = choice_report(facts);
  EXPECT_DOUBLE_EQ(report.corrected, 0);  // half right of two options
  EXPECT_EQ(report.gold_count, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(report.right_at, (std::vector<double>{1, 0}));
  EXPECT_EQ(report.chosen, (std::vector<double>{1}));  // always the first: its bias
  EXPECT_EQ(report.likelihood.at("loglik_byte"), 0.5);
  nlohmann::json damaged = facts.items[0].samples[0].flags;
  damaged["place"] = 1LL << 60;  // a damaged log costs no memory
  facts.items[0].samples[0].flags = damaged;
  EXPECT_NO_THROW(choice_report(facts));
  facts.row.protocol = nullptr;
  EXPECT_FALSE(choice_report(facts).any());
}

}  // namespace
}  // namespace rlreason::eval
