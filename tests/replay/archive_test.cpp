// The replay store on disk: everything comes back bit for bit, damage is named, segments go when nothing refers to them.
#include "trainers/replay/archive.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "core/error.h"
#include "core/process/io.h"
#include "core/random.h"
#include "tests/support/program.h"
#include "trainers/replay/segment.h"

namespace rlreason::train {
namespace {

namespace fs = std::filesystem;
using testing_support::Scratch;
using testing_support::text_of;

JudgedGroup drawn_group(Sequence& random, int64_t iteration) {
  JudgedGroup group;
  data::Prompt& prompt = group.prompt.prompt;
  prompt.id = "p" + std::to_string(random.between(0, 40));
  prompt.text = "text of " + prompt.id + " \xc3\xa9\n";
  prompt.gold = "7";
  prompt.verifier = "exact";
  prompt.hints = {"a hint"};
  prompt.difficulty = 0.1;
  group.prompt.prompt_ids = {1, 2, 3};
  group.responses = 8;
  for (int i = 0; i < 8; ++i) {
    Experience own;
    const auto tokens = random.between(1, 12);
    for (int64_t t = 0; t < tokens; ++t) {
      own.response_ids.push_back(static_cast<int32_t>(random.between(0, 50)));
      own.behavior_logprob.push_back(static_cast<float>(std::log(random.uniform())));
      own.old_logprob.push_back(t % 5 == 4 ? std::numeric_limits<float>::quiet_NaN()
                                           : static_cast<float>(-3 * random.uniform()));
    }
    own.verdict = {.outcome = i < 4 ? data::Outcome::right : data::Outcome::wrong,
                   .rule = "exact",
                   .reason = "because",
                   .answer = "\xff no text",
                   .fuel = 12};
    own.reward = random.uniform();
    own.advantage = random.normal() / 3;
    own.iteration = iteration;
    own.policy_version = 2 * iteration + 1;
    own.finish = i % 2 ? FinishReason::length : FinishReason::eos;
    group.fresh.push_back(std::move(own));
  }
  group.right = 4;
  return group;
}

void work(ReplayStore& store, uint64_t seed, int64_t from, int64_t to) {
  for (int64_t iteration = from; iteration < to; ++iteration) {
    Sequence random({.seed = seed, .iteration = static_cast<uint64_t>(iteration)});
    store.expire(iteration);
    for (const std::string& key : store.draw_prompts(3, iteration))
      for (const int64_t id : store.pick(key, 1, iteration, {})) store.use(id);
    std::vector<double> rewards;
    for (int g = 0; g < 6; ++g) {
      store.collect(drawn_group(random, iteration));
      rewards.push_back(random.uniform());
    }
    store.end_iteration(random.uniform() * 0.5, rewards);
  }
}

void expect_same(const ReplayStore& a, const ReplayStore& b) {
  EXPECT_EQ(a.state(), b.state());
  ASSERT_EQ(a.entries().size(), b.entries().size());
  for (const auto& [id, own] : a.entries()) {
    Experience other = b.entries().at(id);
    EXPECT_TRUE(other.verdict.answer == own.verdict.answer ||
                other.verdict.answer == "\xef\xbf\xbd no text");
    other.verdict.answer =
        own.verdict.answer;  // what was no text is stored as replacement characters
    EXPECT_TRUE(own == other) << id;
    EXPECT_EQ(nlohmann::json(a.prompt(own.prompt).prompt),
              nlohmann::json(b.prompt(own.prompt).prompt));
    EXPECT_EQ(a.prompt(own.prompt).prompt_ids, b.prompt(own.prompt).prompt_ids);
  }
}

const ReplayConfig kConfig{.capacity = 300,
                           .evict = "most_used",
                           .max_age = 9,
                           .buckets = "normal",
                           .start_solve_rate = 0.4,
                           .advantage = "recent",
                           .recent_rewards = 25};

// Publishes an index as a checkpoint would hold it.
fs::path checkpoint(const Scratch& scratch, int64_t iteration, const nlohmann::json& index) {
  const fs::path folder = scratch.path() / "checkpoints" / std::to_string(iteration);
  process::make_directories(folder);
  process::write_file_atomic(folder / ReplayArchive::kIndexFile,
                             nlohmann::json{{"replay", index}}.dump());
  return folder;
}

TEST(ReplayArchive, AResumedStoreGoesOnBitIdentical) {
  const Scratch scratch;
  ReplayStore whole(kConfig, 5, 8);
  ReplayArchive archive(scratch.path());
  std::vector<nlohmann::json> indices;
  for (int64_t part = 0; part < 6; ++part) {
    work(whole, 9, 4 * part, 4 * part + 4);
    indices.push_back(archive.save(whole));
  }
  EXPECT_GT(indices.back().at("segments").size(), 1u);
  for (size_t part = 0; part < 6; ++part) {
    ReplayStore again(kConfig, 5, 8);
    ReplayArchive other(scratch.path());
    other.load(nlohmann::json::parse(indices[part].dump()), again, "index");
    // Checkpoints at other moments than in the whole run.
    for (int64_t iteration = 4 * static_cast<int64_t>(part) + 4; iteration < 24; iteration += 3) {
      work(again, 9, iteration, std::min<int64_t>(24, iteration + 3));
      other.save(again);
    }
    expect_same(whole, again);
  }
}

TEST(ReplayArchive, SegmentsGoWhenNoCheckpointRefersToThem) {
  const Scratch scratch;
  ReplayStore store({.max_age = 4}, 5, 8);
  ReplayArchive archive(scratch.path());
  const auto segments = [&] {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(scratch.path() / "replay"))
      names.insert(entry.path().filename());
    return names;
  };
  std::vector<fs::path> checkpoints;
  size_t most = 0;
  for (int64_t iteration = 0; iteration < 40; iteration += 2) {
    work(store, 3, iteration, iteration + 2);
    checkpoints.push_back(checkpoint(scratch, iteration, archive.save(store)));
    if (checkpoints.size() > 2) checkpoints.erase(checkpoints.begin());
    archive.remove_unreferenced(checkpoints);
    most = std::max(most, segments().size());
    for (const fs::path& own : checkpoints) EXPECT_EQ(archive.problem_of(own), std::nullopt);
  }
  EXPECT_LE(most, 6u) << "of 20 written";
  process::write_file_atomic(scratch.path() / "replay/other", "not ours");
  archive.remove_unreferenced({});
  EXPECT_EQ(segments(), std::set<std::string>{"other"});
}

TEST(ReplayArchive, WhatLivesIsWrittenAnewWhenMostIsGone) {
  const Scratch scratch;
  ReplayStore store({.capacity = 12, .evict = "lowest_advantage"}, 5, 8);
  ReplayArchive archive(scratch.path());
  nlohmann::json index;
  int64_t most = 0;
  for (int64_t iteration = 0; iteration < 200; ++iteration) {
    work(store, 3, iteration, iteration + 1);
    index = archive.save(store);
    int64_t entries = 0;
    for (const auto& own : index.at("segments")) entries += own.at("entries").get<int64_t>();
    most = std::max(most, entries);
  }
  EXPECT_LE(most, 300);
  ReplayStore again({.capacity = 12, .evict = "lowest_advantage"}, 5, 8);
  ReplayArchive(scratch.path()).load(index, again, "index");
  expect_same(store, again);
}

TEST(ReplayArchive, ADamagedOrMissingSegmentIsNamed) {
  const Scratch scratch;
  ReplayStore store({}, 5, 8);
  ReplayArchive archive(scratch.path());
  work(store, 3, 0, 3);
  const nlohmann::json index = archive.save(store);
  const fs::path folder = checkpoint(scratch, 3, index);
  const fs::path file = scratch.path() / "replay" / index.at("segments").at(0).at("file");
  const std::string good = text_of(file);
  EXPECT_EQ(archive.problem_of(folder), std::nullopt);
  for (const size_t at : {size_t{3}, size_t{20}, size_t{400}, good.size() - 1}) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 4);
    process::write_file_atomic(file, bad);
    ASSERT_NE(archive.problem_of(folder), std::nullopt) << at;
    EXPECT_NE(archive.problem_of(folder)->find("segment-"), std::string::npos);
    ReplayStore again({}, 5, 8);
    EXPECT_THROW(ReplayArchive(scratch.path()).load(index, again, "index"), DataError);
  }
  process::remove_file(file);
  EXPECT_NE(archive.problem_of(folder), std::nullopt);
  process::write_file_atomic(file, good);
  EXPECT_EQ(archive.problem_of(folder), std::nullopt);
  nlohmann::json escaping = index;
  escaping["segments"][0]["file"] = "../segment-1";
  EXPECT_NE(archive.problem_of(checkpoint(scratch, 4, escaping)), std::nullopt);
  EXPECT_NE(archive.problem_of(checkpoint(scratch, 5, nlohmann::json::array())), std::nullopt);
  nlohmann::json promised = index;
  promised["live"].push_back({123456, 0});
  ReplayStore again({}, 5, 8);
  EXPECT_THROW(ReplayArchive(scratch.path()).load(promised, again, "index"), DataError);
}

// Whatever bytes come, a DataError or a segment: never a crash or another error.
TEST(ReplaySegment, AnyBytesAreDecodedOrRefused) {
  ReplayStore store({}, 5, 8);
  work(store, 3, 0, 1);
  Segment segment;
  for (const auto& [id, own] : store.entries()) {
    segment.entries.push_back(own);
    segment.prompts.try_emplace(own.prompt, store.prompt(own.prompt));
  }
  const std::string good = encode_segment(segment);
  EXPECT_EQ(decode_segment(good, "s").entries.size(), segment.entries.size());
  Sequence random({.seed = 4});
  for (int i = 0; i < 3000; ++i) {
    std::string bad = good.substr(
        0, static_cast<size_t>(i < 500 ? random.between(0, static_cast<int64_t>(good.size()) - 1)
                                       : static_cast<int64_t>(good.size())));
    for (int64_t flips = random.between(i < 500 ? 0 : 1, 3); flips > 0 && !bad.empty(); --flips)
      bad[static_cast<size_t>(random.between(0, static_cast<int64_t>(bad.size()) - 1))] =
          static_cast<char>(random.between(0, 255));
    try {
      decode_segment(bad, "s");
    } catch (const DataError&) {
    }
  }
}

}  // namespace
}  // namespace rlreason::train
