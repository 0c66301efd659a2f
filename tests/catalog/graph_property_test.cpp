// Equal nodes are one node, however many there are: as by comparing with every spec there is.
#include <gtest/gtest.h>

#include "core/random.h"
#include "trainers/catalog/run_spec.h"

namespace rlreason::train {
namespace {

size_t by_comparing(const std::vector<RunSpec>& specs, const RunSpec& spec) {
  for (size_t i = 0; i < specs.size(); ++i)
    if (specs[i].kind == spec.kind && specs[i].identity == spec.identity &&
        specs[i].seed == spec.seed)
      return i;
  return specs.size();
}

TEST(Graph, AddFindsTheEqualNode) {
  Sequence random({.seed = 2, .purpose = Purpose::data});
  Graph graph;
  for (int i = 0; i < 3000; ++i) {
    RunSpec spec;
    spec.kind = static_cast<RunKind>(random.between(0, 2));
    spec.identity = "id" + std::to_string(random.between(0, 99));
    spec.seed = static_cast<uint64_t>(random.between(0, 4));
    spec.label = std::to_string(i);
    const size_t expected = by_comparing(graph.specs, spec), before = graph.specs.size();
    if (random.between(0, 9) == 0 && expected == before) {
      graph.specs.push_back(spec);  // as bundles do
      continue;
    }
    if (random.between(0, 199) == 0) graph = Graph(graph);
    ASSERT_EQ(graph.add(spec), expected);
    ASSERT_EQ(graph.specs.size(), expected == before ? before + 1 : before);
  }
  EXPECT_GT(graph.specs.size(), 1000u);
}

}  // namespace
}  // namespace rlreason::train
