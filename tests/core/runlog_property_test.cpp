// The reader against a plain model: whatever was appended comes back once, in order, unless its own bytes were damaged.
#include <gmock/gmock.h>

#include <set>

#include "core/random.h"
#include "core/runlog/layout.h"
#include "core/runlog/reader.h"
#include "core/runlog/writer.h"
#include "tests/core/process_support.h"

namespace rlreason::runlog {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using process::OutputFile;
using process::read_file;
using test::Scratch;

json random_payload(Sequence& random) {
  json payload = json::object();
  const int64_t fields = random.between(0, 6);
  for (int64_t i = 0; i < fields; ++i) {
    std::string text(static_cast<size_t>(random.between(0, 40)), ' ');
    for (char& c : text) c = static_cast<char>(random.between(0, 127));
    payload[fmt::format("f{}", i)] =
        random.uniform() < 0.5 ? json(text) : number(random.normal() * 1e30);
  }
  if (random.uniform() < 0.02) payload["large"] = std::string(200'000, 'x');
  return payload;
}

void replace_file(const fs::path& file, const std::string& bytes) {
  process::remove_file(file);
  auto output = OutputFile::create(file);
  output.write(bytes);
}

TEST(RunLogProperty, WhatIsAppendedIsReadOnceAndInOrder) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Sequence random({.seed = seed});
    const Scratch scratch;
    Reader reader(scratch.path());
    Cursor cursor;
    std::vector<json> expected, found;
    for (int attempt = 0; attempt < 3; ++attempt) {
      const json hello = random_payload(random);
      Writer writer(scratch.path(), next_attempt_uid(scratch.path()), hello,
                    {.fragment_bytes = random.between(50, 5000)});
      expected.push_back(hello);
      for (int64_t i = random.between(0, 60); i > 0; --i) {
        expected.push_back(random_payload(random));
        writer.append(static_cast<Kind>(random.between(2, 8)), expected.back());
        if (random.uniform() < 0.1) writer.publish();
        if (random.uniform() < 0.7) continue;
        for (auto& record : reader.read(cursor, static_cast<size_t>(random.between(1, 2000))))
          found.push_back(record.payload);
        ASSERT_TRUE(reader.problems().empty()) << seed << reader.problems()[0];
        cursor = Cursor::from_json(cursor.to_json());
      }
      if (random.uniform() < 0.5) {
        expected.push_back({{"bye", attempt}});
        writer.close(expected.back());
      }
    }
    for (auto records = reader.read(cursor); !records.empty(); records = reader.read(cursor))
      for (auto& record : records) found.push_back(record.payload);
    ASSERT_EQ(found, expected) << "seed " << seed;
  }
}

// A log of eight records in one fragment, and where each ends.
struct Sample {
  Scratch scratch;
  fs::path open, closed;
  std::string bytes;
  std::vector<size_t> ends;

  Sample() {
    Sequence random({.seed = 5});
    Writer writer(scratch.path(), "0001-abc", {{"run_uid", "r"}});
    open = scratch / "log/0001-abc/00000000.rls.open";
    closed = scratch / "log/0001-abc/00000000.rls";
    for (int i = 0; i < 8; ++i) {
      if (i > 0)
        writer.append(Kind::step, {{"iteration", i}, {"text", random_payload(random).dump()}});
      ends.push_back(fs::file_size(open));
    }
    bytes = read_file(open);
  }
  size_t whole_before(size_t size) const {
    return static_cast<size_t>(std::ranges::upper_bound(ends, size) - ends.begin());
  }
  size_t record_of(size_t byte) const { return whole_before(byte); }
};

TEST(RunLogProperty, ATornTailIsNotThereYet) {
  const Sample sample;
  for (size_t cut = 0; cut <= sample.bytes.size(); ++cut) {
    replace_file(sample.open, sample.bytes.substr(0, cut));
    Reader reader(sample.scratch.path());
    Cursor cursor;
    const size_t first = reader.read(cursor).size();
    ASSERT_EQ(first, sample.whole_before(cut)) << cut;
    ASSERT_TRUE(reader.problems().empty()) << "a tail being written is no damage";
    replace_file(sample.open, sample.bytes);
    const auto rest = reader.read(cursor);
    ASSERT_EQ(first + rest.size(), sample.ends.size()) << cut;
    for (size_t i = 0; i < rest.size(); ++i) ASSERT_EQ(rest[i].seq, first + i + 1);
  }
}

TEST(RunLogProperty, ATornTailOfADeadAttemptIsNoDamage) {
  const Sample sample;
  Writer later(sample.scratch.path(), "0002-abc", {});
  for (size_t cut = 0; cut <= sample.bytes.size(); cut += 3) {
    replace_file(sample.open, sample.bytes.substr(0, cut));
    Reader reader(sample.scratch.path());
    Cursor cursor;
    ASSERT_EQ(reader.read(cursor).size(), sample.whole_before(cut) + 1);
    ASSERT_TRUE(reader.problems().empty());
  }
}

TEST(RunLogProperty, ACutClosedFragmentIsReportedOnce) {
  const Sample sample;
  process::remove_file(sample.open);
  for (size_t cut = 1; cut < sample.bytes.size(); ++cut) {
    replace_file(sample.closed, sample.bytes.substr(0, cut));
    Reader reader(sample.scratch.path());
    Cursor cursor;
    ASSERT_EQ(reader.read(cursor).size(), sample.whole_before(cut));
    const bool at_border = std::ranges::find(sample.ends, cut) != sample.ends.end();
    ASSERT_EQ(reader.problems().size(), at_border ? 0U : 1U) << cut;
    ASSERT_TRUE(reader.read(cursor).empty());
    ASSERT_TRUE(reader.problems().empty());
  }
}

void expect_one_record_lost(const Sample& sample, size_t byte, const std::vector<Record>& records) {
  std::set<uint64_t> seqs;
  for (const auto& record : records) seqs.insert(record.seq);
  ASSERT_EQ(seqs.size(), records.size()) << "nothing twice";
  ASSERT_EQ(records.size(), sample.ends.size() - 1) << "byte " << byte;
  ASSERT_FALSE(seqs.contains(sample.record_of(byte) + 1)) << "byte " << byte;
}

TEST(RunLogProperty, AFlippedBitCostsItsOwnRecordOnly) {
  const Sample sample;
  process::remove_file(sample.open);
  Sequence random({.seed = 6});
  for (size_t byte = 0; byte < sample.bytes.size(); ++byte) {
    std::string flipped = sample.bytes;
    flipped[byte] = static_cast<char>(flipped[byte] ^ (1 << random.between(0, 7)));
    replace_file(sample.closed, flipped);
    Reader reader(sample.scratch.path());
    Cursor cursor;
    const auto records = reader.read(cursor);
    ASSERT_NO_FATAL_FAILURE(expect_one_record_lost(sample, byte, records));
    ASSERT_EQ(reader.problems().size(), 1U) << byte;
    ASSERT_TRUE(reader.read(cursor).empty());
    ASSERT_TRUE(reader.problems().empty());
  }
}

// While its writer may be at work nothing behind the damage is read; once a later attempt exists, it is.
TEST(RunLogProperty, DamageInAnOpenFragmentIsJudgedAfterItsWriterIsGone) {
  const Sample sample;
  for (size_t byte = 0; byte < sample.ends[6]; byte += 7) {
    std::string flipped = sample.bytes;
    flipped[byte] = static_cast<char>(flipped[byte] ^ 4);
    replace_file(sample.open, flipped);
    Reader reader(sample.scratch.path());
    Cursor cursor;
    auto records = reader.read(cursor);
    ASSERT_EQ(records.size(), sample.record_of(byte));
    ASSERT_TRUE(reader.problems().empty());
    const fs::path later = sample.scratch / "log/0002-abc";
    fs::create_directory(later);
    for (auto& record : reader.read(cursor)) records.push_back(std::move(record));
    ASSERT_NO_FATAL_FAILURE(expect_one_record_lost(sample, byte, records));
    ASSERT_EQ(reader.problems().size(), 1U);
    fs::remove(later);
  }
}

TEST(RunLogProperty, RandomBytesNeverCrashTheReader) {
  const Sample sample;
  process::remove_file(sample.open);
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    Sequence random({.seed = seed});
    std::string bytes = sample.bytes;
    for (int64_t i = random.between(1, 60); i > 0; --i)
      bytes[static_cast<size_t>(random.between(0, static_cast<int64_t>(bytes.size()) - 1))] =
          static_cast<char>(random.between(0, 255));
    if (random.uniform() < 0.3) bytes = bytes.substr(static_cast<size_t>(random.between(0, 50)));
    replace_file(sample.closed, bytes);
    Reader reader(sample.scratch.path());
    Cursor cursor;
    uint64_t last = 0;
    for (const auto& record : reader.read(cursor)) {
      ASSERT_GT(record.seq, last);
      last = record.seq;
    }
    ASSERT_TRUE(reader.read(cursor).empty());
  }
}

}  // namespace
}  // namespace rlreason::runlog
