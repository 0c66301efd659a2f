// Facts out of many records of many attempts are those of a map that later records write over.
#include "core/random.h"
#include "tests/store/fixture.h"

namespace rlreason::store {
namespace {

using runlog::Kind;
using runlog::Writer;

json random_sample(Sequence& random, int64_t number) {
  constexpr const char* kOutcomes[] = {"right", "wrong", "unscored"};
  return {{"sample", number},
          {"outcome", kOutcomes[random.between(0, 2)]},
          {"rule", "exact"},
          {"reason", random.between(0, 3) == 0 ? "no number" : ""},
          {"answer", std::to_string(random.between(0, 99))},
          {"length", random.between(1, 400)},
          {"finish", random.between(0, 1) == 0 ? "eos" : "length"},
          {"flags", {{"number", random.between(0, 200)}}}};
}

json as_json(const SampleFact& fact) {
  return {{"sample", fact.sample}, {"outcome", fact.outcome}, {"rule", fact.rule},
          {"reason", fact.reason}, {"answer", fact.answer},   {"length", fact.length},
          {"finish", fact.finish}, {"flags", *fact.flags}};
}

using Expected =
    std::map<std::string, std::map<std::string, std::map<int64_t, json>>>;  // suite, item

class Facts : public StoreTest {
 protected:
  // Writes records into attempts until `records` are there; what they come to.
  Expected write(const std::filesystem::path& directory, uint64_t seed, int records) {
    Sequence random({.seed = seed, .purpose = Purpose::data});
    Expected expected;
    for (int r = 0; r < records;) {
      Writer writer(directory, fmt::format("{:04d}-a", r + 1), {{"run_uid", "u1"}});
      for (int64_t left = random.between(1, 3); left > 0 && r < records; --left, ++r) {
        const std::string suite = random.between(0, 3) == 0 ? "easy" : "hard";
        json items = json::array();
        for (int64_t i = random.between(0, 6); i > 0; --i) {
          const std::string id = fmt::format("q{}", random.between(0, 12));
          json samples = json::array();
          for (int64_t n = random.between(0, 5), at = random.between(0, 4); n > 0; --n, ++at) {
            samples.push_back(random_sample(random, at));
            expected[suite][id][at] = samples.back();
          }
          items.push_back({{"id", id}, {"samples", samples}});
        }
        writer.append(Kind::eval, {{"suite", suite},
                                   {"iteration", 0},
                                   {"protocol", {{"digest", "p"}}},
                                   {"dataset_digest", "d"},
                                   {"checkpoint", "c"},
                                   {"texts", ""},
                                   {"items", items}});
      }
    }
    return expected;
  }
};

TEST_F(Facts, AreTheNewestOfEverySample) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const std::string uid = fmt::format("u{}", seed);
    const auto directory = make_run(uid, run_json(uid));
    const Expected expected = write(directory, seed, 6);
    auto store = Store::open(file);
    ASSERT_TRUE(store.ingest(directory).problems.empty());
    Expected found;
    for (const EvalFacts& facts : store.all_facts(uid)) {
      EXPECT_TRUE(std::is_sorted(facts.items.begin(), facts.items.end(),
                                 [](auto& a, auto& b) { return a.id < b.id; }));
      int64_t samples = 0;
      for (const ItemFact& item : facts.items)
        for (const SampleFact& fact : item.samples) {
          found[facts.row.key.suite][item.id][fact.sample] = as_json(fact);
          ++samples;
        }
      EXPECT_EQ(facts.row.n_samples, samples);
      EXPECT_EQ(facts.row.n_items, static_cast<int64_t>(facts.items.size()));
    }
    EXPECT_EQ(found, expected) << seed;
  }
}

TEST_F(Facts, ASelectionLeavesOutWhatItDoesNotName) {
  const auto directory = make_run("u1", run_json("u1"));
  write(directory, 4, 9);
  auto store = Store::open(file);
  store.ingest(directory);
  const auto whole = store.all_facts("u1");
  const auto part = store.all_facts("u1", {.suites = {{"hard"}}, .texts = false});
  ASSERT_EQ(whole.size(), 2u);
  ASSERT_EQ(part.size(), 2u);
  EXPECT_EQ(part[0].row.key, whole[0].row.key);  // easy: what there is, without its items
  EXPECT_TRUE(part[0].items.empty());
  ASSERT_EQ(part[1].items.size(), whole[1].items.size());
  for (size_t i = 0; i < whole[1].items.size(); ++i) {
    ASSERT_EQ(part[1].items[i].id, whole[1].items[i].id);
    ASSERT_EQ(part[1].items[i].samples.size(), whole[1].items[i].samples.size());
    for (size_t s = 0; s < whole[1].items[i].samples.size(); ++s) {
      SampleFact expected = whole[1].items[i].samples[s];
      EXPECT_FALSE(expected.answer.empty());
      expected.rule = expected.reason = expected.answer = "";
      EXPECT_EQ(as_json(part[1].items[i].samples[s]), as_json(expected));
    }
  }
}

}  // namespace
}  // namespace rlreason::store
