// Questions over many runs against the same computed here, one run after the other.
#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/random.h"
#include "core/store/board.h"
#include "tests/store/fixture.h"

namespace rlreason::store {
namespace {

TEST_F(StoreTest, BoardAgreesWithOneRunAfterTheOther) {
  auto store = Store::open(file);
  Sequence random({.seed = 8});
  const double inf = std::numeric_limits<double>::infinity();
  std::map<std::string, double> last;
  std::map<std::string, std::vector<double>> by_variant;
  std::map<std::string, std::map<std::string, json>> flat;
  store.register_experiment({.name = "plan"});
  for (int i = 0; i < 60; ++i) {
    const std::string uid = fmt::format("u{}", i), variant = fmt::format("v{}", i % 7);
    json run = run_json(uid, static_cast<uint64_t>(i));
    run["config"] = {{"same", 1}, {"lr", 0.1 * (i % 3)}, {"name", i % 2 ? "x" : "y"}};
    flat[uid] = {{"same", 1}, {"lr", 0.1 * (i % 3)}, {"name", i % 2 ? "x" : "y"}};
    if (i % 5 == 0) run["config"]["extra"] = true, flat[uid]["extra"] = true;
    const auto directory = make_run(uid, run);
    runlog::Writer writer(directory, "0001-a", hello());
    const double kinds[] = {std::nan(""),      inf, -inf, random.uniform(), random.uniform(),
                            -random.uniform(), 0.5};
    const double value = kinds[static_cast<size_t>(random.uniform() * 7)];
    writer.append(runlog::Kind::step, step(0, 3.0));
    writer.append(runlog::Kind::step, step(1, value));
    writer.close({{"exit_code", 0}, {"reason", ""}});
    store.ingest(directory);
    store.register_variant("plan", {.label = variant, .identity = "id-luffy"});
    store.register_cell("plan", variant, uid);
    if (std::isfinite(value)) last[uid] = value, by_variant[variant].push_back(value);
  }
  for (const bool highest : {true, false}) {
    std::vector<double> values;
    for (const auto& [uid, value] : last) values.push_back(highest ? -value : value);
    std::sort(values.begin(), values.end());
    const auto rows = best_runs(store, "train/loss", 10, highest);
    ASSERT_EQ(rows.size(), 10u);
    for (size_t i = 0; i < 10; ++i) {
      EXPECT_EQ(rows[i].value, highest ? -values[i] : values[i]);
      EXPECT_EQ(last.at(rows[i].uid), rows[i].value);
    }
  }
  EXPECT_TRUE(best_runs(store, "absent", 5).empty());
  const auto means = variant_means(store, "train/loss", "plan");
  ASSERT_EQ(means.size(), by_variant.size());
  for (const auto& row : means) {
    const auto& values = by_variant.at(row.variant);
    double sum = 0, squares = 0;
    for (const double value : values) sum += value;
    const double mean = sum / static_cast<double>(values.size());
    for (const double value : values) squares += (value - mean) * (value - mean);
    EXPECT_EQ(row.n, static_cast<int64_t>(values.size()));
    EXPECT_NEAR(row.mean, mean, 1e-12);
    if (values.size() > 1)
      EXPECT_NEAR(row.variance, squares / static_cast<double>(values.size() - 1), 1e-12);
    else
      EXPECT_TRUE(std::isnan(row.variance));
  }
  EXPECT_TRUE(variant_means(store, "train/loss", "absent").empty());
  for (const auto& [a, b] :
       std::vector<std::pair<std::string, std::string>>{{"u0", "u1"}, {"u3", "u6"}, {"u4", "u4"}}) {
    std::set<std::string> expected;
    for (const auto& own : {flat[a], flat[b]})
      for (const auto& [path, value] : own)
        if (!flat[a].contains(path) || !flat[b].contains(path) ||
            flat[a].at(path) != flat[b].at(path))
          expected.insert(path);
    std::set<std::string> got;
    for (const auto& row : config_difference(store, a, b)) {
      got.insert(row.path);
      EXPECT_EQ(row.a, flat[a].contains(row.path) ? flat[a].at(row.path) : json());
      EXPECT_EQ(row.b, flat[b].contains(row.path) ? flat[b].at(row.path) : json());
    }
    EXPECT_EQ(got, expected) << a << b;
  }
  const auto varying = varying_params(store, {"u0", "u1", "u3"});
  EXPECT_EQ(varying,
            (std::vector<std::pair<std::string, int64_t>>{{"extra", 2}, {"lr", 2}, {"name", 2}}));
  EXPECT_TRUE(varying_params(store, {"u1"}).empty());
  EXPECT_THROW(config_difference(store, "u0", "nobody"), UserError);
}

}  // namespace
}  // namespace rlreason::store
