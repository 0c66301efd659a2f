// Anchors of recipes: the runs they need are made once and shared, and what a recipe reads of them is derived from its pieces.
#include "trainers/catalog/anchors.h"

#include <gtest/gtest.h>

#include "trainers/catalog/recipe.h"
#include "trainers/catalog/recipe_facts.h"
#include "trainers/catalog/run_spec.h"

namespace rlreason::train {
namespace {

using Names = std::vector<std::string>;

TrainConfig config_of(const std::string& recipe, const std::vector<std::string>& sets = {}) {
  return resolve_config(recipe, "tiny", sets).config;
}

TrainRequest request_of(const std::string& recipe, uint64_t seed,
                        const std::vector<std::string>& sets = {}) {
  TrainRequest request;
  request.recipe = recipe;
  request.seed = seed;
  request.sets = sets;
  return request;
}

// The spec behind a role of a run; fails the test where there is none.
RunSpec producer_of(const Graph& graph, size_t node, const std::string& role) {
  for (const Producer& own : graph.specs[node].producers)
    if (own.role == role) return graph.specs[own.node];
  ADD_FAILURE() << "no producer " << role;
  return {};
}

TEST(AnchorCatalog, ATeacherIsARunThatIsSharedByAllWhoNeedIt) {
  Graph graph;
  const size_t luffy = resolve_train(graph, request_of("luffy", 3));
  const size_t before = graph.specs.size();
  const size_t opd = resolve_train(graph, request_of("opd", 3));
  const size_t kdrl = resolve_train(graph, request_of("kdrl", 3));
  EXPECT_EQ(graph.specs.size(), before + 2);
  for (const size_t node : {opd, kdrl}) {
    EXPECT_EQ(producer_of(graph, node, "anchor:teacher:0").identity, graph.specs[luffy].identity);
    EXPECT_EQ(producer_of(graph, node, "anchor:teacher:0").seed, 3u);
    EXPECT_GT(node, luffy) << "producers come first";
  }
}

TEST(AnchorCatalog, ASoupHasARunForEachOfItsModels) {
  Graph graph;
  const size_t salsa = resolve_train(graph, request_of("salsa", 2));
  const RunSpec first = producer_of(graph, salsa, "anchor:ref:0"),
                second = producer_of(graph, salsa, "anchor:ref:1"),
                init = producer_of(graph, salsa, "init");
  EXPECT_EQ(first.seed, 2u);
  EXPECT_EQ(second.seed, 1000u);
  EXPECT_EQ(first.identity, init.identity) << "it starts from one of them";
}

std::string identity_of(const std::string& recipe, const std::vector<std::string>& sets) {
  Graph graph;
  return graph.specs[resolve_train(graph, request_of(recipe, 0, sets))].identity;
}

TEST(AnchorCatalog, WhoTheTeacherIsAndHowItIsUsedAreIdentity) {
  const std::string own = identity_of("kdrl", {});
  EXPECT_EQ(own, identity_of("kdrl", {"anchors.teacher.temperature=1"}));
  EXPECT_NE(own, identity_of("kdrl", {"anchors.teacher.temperature=2"}));
  EXPECT_NE(own, identity_of("kdrl", {"anchors.teacher.runs.0.recipe=sft"}));
  EXPECT_NE(own, identity_of("kdrl", {"anchors.teacher.runs.0.set=[update.iterations=7]"}));
}

TEST(AnchorCatalog, WhatIsReadFollowsFromThePieces) {
  EXPECT_EQ(anchors_read(config_of("grpo")), Names{"ref"});
  EXPECT_EQ(anchors_read(config_of("luffy")), Names{});
  EXPECT_EQ(anchors_read(config_of("opd")), Names{"teacher"}) << "with lambda 1 there is no base";
  EXPECT_EQ(anchors_read(config_of("exopd")), (Names{"ref", "teacher"}));
  EXPECT_EQ(anchors_read(config_of("trrd")), (Names{"ref", "teacher"}));
  EXPECT_FALSE(needs_of(config_of("opd")).rewards);
  EXPECT_TRUE(needs_of(config_of("opd", {"token_advantage.reward=0.5"})).rewards);
  EXPECT_EQ(relative_cost(config_of("exopd")).forward, 3) << "own, teacher, base";
  EXPECT_EQ(relative_cost(config_of("exopd", {"update.epochs=4"})).forward, 6)
      << "anchors are asked once an iteration";
}

}  // namespace
}  // namespace rlreason::train
