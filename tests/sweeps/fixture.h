// Graphs built by hand, a folder that goes away, and the stand-in engine, for the tests of sweeps.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "core/digest.h"
#include "core/process/io.h"
#include "core/process/self.h"
#include "core/runlog/reader.h"
#include "core/store/store.h"
#include "sweeps/pool/local.h"

namespace rlreason::sweep {

namespace fs = std::filesystem;
using nlohmann::json;

class SweepTest : public ::testing::Test {
 protected:
  SweepTest() : root_(fs::temp_directory_path() / ("rlr_sweeps_" + process::nonce())) {
    fs::create_directories(root_);
  }
  ~SweepTest() override { fs::remove_all(root_); }

  size_t add(train::RunKind kind, const std::string& recipe, uint64_t seed, const json& fake,
             const std::vector<train::Producer>& producers = {}) {
    train::RunSpec spec;
    spec.kind = kind;
    spec.label = spec.recipe = recipe;
    spec.setting = "tiny";
    spec.seed = seed;
    spec.config = {{"fake", fake.is_null() ? json::object() : fake}};
    spec.identity = sha256(recipe);
    spec.producers = producers;
    return graph_.add(spec);
  }
  size_t train(const std::string& recipe, const json& fake = json::object(),
               std::vector<train::Producer> needs = {}) {
    return add(train::RunKind::train, recipe, 0, fake, std::move(needs));
  }

  PoolOptions options(int64_t slots = 2) const {
    PoolOptions pool;
    pool.launch.runs_dir = root_ / "runs";
    pool.launch.engine = process::find_sibling("rlr_fake_engine");
    pool.slots = slots;
    pool.key = "test";
    pool.show_progress = false;
    return pool;
  }
  LaunchOptions launch() const { return options().launch; }
  fs::path directory(size_t node) const { return root_ / "runs" / graph_.specs[node].directory(); }

  // Iterations in the log of a node, over all attempts.
  std::vector<int64_t> iterations(size_t node) const {
    runlog::Cursor cursor;
    std::vector<int64_t> found;
    for (const runlog::Record& record : runlog::Reader(directory(node)).read(cursor))
      if (record.kind == runlog::Kind::step) found.push_back(record.payload["iteration"]);
    return found;
  }

  fs::path root_;
  train::Graph graph_;
};

template <class E, class F>
std::string sentence_of(F&& act) {
  try {
    act();
  } catch (const E& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("another error: ") + error.what();
  }
  return "no error";
}

}  // namespace rlreason::sweep
