// Run directories written by the real run log, and a folder that goes away, for the store's tests.
#pragma once

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "core/process/io.h"
#include "core/runlog/writer.h"
#include "core/store/store.h"

namespace rlreason::store {

using nlohmann::json;

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder = std::filesystem::temp_directory_path() / ("rlr_store_" + process::nonce());
    std::filesystem::create_directories(folder);
    file = folder / "rlreason.db";
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  static json run_json(const std::string& uid, uint64_t seed = 0) {
    return {{"uid", uid},
            {"name", "luffy-tiny"},
            {"kind", "train"},
            {"recipe", "luffy"},
            {"setting", "tiny"},
            {"seed", seed},
            {"identity", "id-luffy"},
            {"argv", {"rlreason", "train", "luffy"}},
            {"created_ms", 1000},
            {"build", "test"},
            {"config", {{"clip", {{"high", 0.28}}}, {"steps", 9007199254740993}, {"on", true}}},
            {"producers", {{{"role", "init"}, {"identity", "id-base"}, {"path", "runs/base"}}}}};
  }
  std::filesystem::path make_run(const std::string& name, const json& run) const {
    const auto directory = folder / name;
    process::make_directory(directory);
    process::write_file_atomic(directory / "run.json", run.dump());
    return directory;
  }
  static json hello(int64_t start = 0) {
    return {{"run_uid", "u"}, {"host", "h"},        {"pid", 1},
            {"threads", 2},   {"started_ms", 2000}, {"start_iteration", start}};
  }
  static json step(int64_t iteration, double loss) {
    return {{"iteration", iteration},
            {"values",
             {{"train/loss", runlog::number(loss)},
              {"time/tokens_per_s", 100.0 + static_cast<double>(iteration)}}}};
  }
  static json sample(int64_t number, const std::string& outcome, const std::string& answer) {
    return {{"sample", number}, {"outcome", outcome}, {"rule", "exact"}, {"reason", ""},
            {"answer", answer}, {"length", 5},        {"finish", "eos"}};
  }
  static json eval(const std::string& suite, int64_t iteration, const json& items) {
    return {{"suite", suite},
            {"iteration", iteration},
            {"protocol", {{"verifier", "exact@1"}, {"digest", "p1"}}},
            {"dataset_digest", "d1"},
            {"checkpoint", "last"},
            {"items", items},
            {"texts", "artifacts/t.gz"}};
  }

  std::filesystem::path folder, file;
};

}  // namespace rlreason::store
