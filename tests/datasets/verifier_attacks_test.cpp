// Attacks on the default verifier: none is paid, each fools a weak verifier, each weak verifier is fooled.
#include <gtest/gtest.h>

#include <time.h>

#include <map>
#include <set>

#include "datasets/verifiers/math/fuel.h"
#include "datasets/verifiers/verifier.h"
#include "tests/datasets/attacks/items_structure.h"
#include "tests/datasets/attacks/items_value.h"
#include "tests/datasets/attacks/weak_verifiers.h"

namespace rlreason::data {
namespace {

using attacks::Attack;
using attacks::Gold;

const std::vector<Attack>& corpus() {
  static const std::vector<Attack> all = [] {
    std::vector<Attack> out;
    for (const auto& item : {attacks::nothing(), attacks::broken_boxes(), attacks::revised(), attacks::sprays(), attacks::echoes(), attacks::extremes(), attacks::characters(),
                             attacks::latex(), attacks::tolerance(), attacks::tags(), attacks::persuasion(), attacks::sizes()})
      out.insert(out.end(), item.begin(), item.end());
    return out;
  }();
  return all;
}

// Calls visit(attack, gold, response) for all that apply; a large attack meets every 16th gold.
template <class Visit>
void for_each_pair(Visit visit) {
  for (const Attack& attack : corpus()) {
    size_t number = 0;
    for (const Gold& gold : attacks::golds())
      if ((!attack.large || number++ % 16 == 0) && attack.applies(gold)) visit(attack, gold, attack.response(gold));
  }
}

std::string shown(const std::string& text) { return text.size() < 200 ? text : text.substr(0, 90) + " ... " + text.substr(text.size() - 90); }

Verdict judged(const Attack& attack, const Gold& gold, std::string_view response) {
  const std::vector<std::string> choices = gold.choices();
  return verify("math", {.gold = gold.text, .choices = choices, .options = attack.options}, response);
}

TEST(Attacks, AreThreeHundredOnHundredGoldsWithNamesOfTheirOwn) {
  EXPECT_GE(corpus().size(), 300U);
  EXPECT_GE(attacks::golds().size(), 100U);
  std::set<std::string> names, texts;
  std::set<int> items;
  for (const Attack& attack : corpus()) {
    EXPECT_TRUE(names.insert(attack.name).second) << attack.name;
    items.insert(attack.item);
  }
  EXPECT_EQ(items.size(), 12U);
  for (const Gold& gold : attacks::golds()) EXPECT_TRUE(texts.insert(gold.text).second) << gold.text;
}

TEST(Attacks, GoldsAreRightAndTheirWrongAnswersWrong) {
  for (const Gold& gold : attacks::golds()) {
    const std::vector<std::string> choices = gold.choices();
    const Question question{.gold = gold.text, .choices = choices};
    EXPECT_TRUE(verify("math", question, "\\boxed{" + gold.text + "}").right()) << gold.text;
    EXPECT_EQ(verify("math", question, "\\boxed{" + gold.wrong + "}").outcome, Outcome::wrong) << gold.text << " | " << gold.wrong;
  }
}

TEST(Attacks, NoneIsPaid) {
  size_t pairs = 0;
  std::map<std::string, std::vector<std::string>> paid;
  for_each_pair([&](const Attack& attack, const Gold& gold, const std::string& response) {
    ++pairs;
    const Verdict verdict = judged(attack, gold, response);
    if (verdict.right()) paid[attack.name].push_back(gold.text + "  <-  " + shown(response) + "  by " + verdict.rule);
    EXPECT_LE(verdict.fuel, math::kFuel + static_cast<int64_t>(response.size())) << attack.name << " | " << gold.text;
  });
  for (const auto& [name, golds] : paid) ADD_FAILURE() << name << " is paid for " << golds.size() << " golds, as " << golds.front();
  EXPECT_GE(pairs, 30'000U);
}

TEST(Attacks, NoneTakesLong) {
  const auto now = [] {  // processor time of this thread: other work of the machine does not count
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  };
  for_each_pair([&](const Attack& attack, const Gold& gold, const std::string& response) {
    double best = 1e9;
    for (int i = 0; i < 3 && best > 0.02; ++i) {
      const double start = now();
      (void)judged(attack, gold, response);
      best = std::min(best, now() - start);
    }
    EXPECT_LT(best, 0.02) << attack.name << " | " << gold.text;
  });
}

TEST(Attacks, EachFoolsAWeakVerifierAndEachWeakVerifierIsFooled) {
  std::set<std::string> fooling, fooled;
  for_each_pair([&](const Attack& attack, const Gold& gold, const std::string& response) {
    if (attack.large && fooling.contains(attack.name)) return;
    for (const attacks::WeakVerifier& weak : attacks::weak_verifiers())
      if (!(fooling.contains(attack.name) && fooled.contains(weak.name)) && weak.accepts(gold.text, response)) {
        fooling.insert(attack.name);
        fooled.insert(weak.name);
      }
  });
  for (const Attack& attack : corpus()) EXPECT_TRUE(fooling.contains(attack.name)) << attack.name << " fools nobody";
  for (const attacks::WeakVerifier& weak : attacks::weak_verifiers()) EXPECT_TRUE(fooled.contains(weak.name)) << weak.name << " is fooled by nothing";
}

}  // namespace
}  // namespace rlreason::data
