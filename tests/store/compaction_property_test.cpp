// Columns hold what the tail held: the same curves, bit for bit, whatever attempts repeat and whenever compaction comes.
#include <bit>
#include <cmath>
#include <map>

#include "core/error.h"
#include "core/process/lock.h"
#include "core/random.h"
#include "core/store/chunk_codec.h"
#include "core/store/internal.h"
#include "tests/store/fixture.h"

namespace rlreason::store {
namespace {

using runlog::Kind;
using runlog::Writer;

uint64_t bits(double value) { return std::bit_cast<uint64_t>(value); }

double odd_value(Sequence& random) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const double kinds[] = {std::nan(""),      kInf, -kInf, -0.0, 0.0, 5e-324, 1.7976931348623157e308,
                          9007199254740993.0};
  const double pick = random.uniform();
  if (pick < 0.2) return kinds[static_cast<size_t>(random.uniform() * 8)];
  if (pick < 0.4) return 1.0;
  return std::ldexp(random.uniform() - 0.5, static_cast<int>(random.uniform() * 200) - 100);
}

TEST(ChunkCodec, GivesBackEveryBit) {
  Sequence random({.seed = 11});
  std::map<int64_t, int> codecs;
  for (int round = 0; round < 300; ++round) {
    const auto n = static_cast<size_t>(random.uniform() * (round % 3 == 0 ? 5000 : 20));
    std::vector<int64_t> iterations(n);
    std::vector<double> values(n);
    for (size_t i = 0; i < n; ++i) {
      iterations[i] = round % 2 ? static_cast<int64_t>(i) : static_cast<int64_t>(random.bits());
      values[i] = round % 5 == 0 ? std::bit_cast<double>(random.bits()) : odd_value(random);
    }
    if (n > 1 && round % 4 == 0) iterations[0] = INT64_MIN, iterations[1] = INT64_MAX;
    const EncodedColumn encoded = encode_column(iterations, values);
    const Column back = decode_column(encoded.codec, n, encoded.bytes);
    ASSERT_EQ(back.iterations, iterations);
    for (size_t i = 0; i < n; ++i) ASSERT_EQ(bits(back.values[i]), bits(values[i]));
    EXPECT_LE(encoded.bytes.size(), 16 * n + 16);
    ++codecs[encoded.codec];
    if (encoded.codec != 2) continue;
    EXPECT_THROW(decode_column(2, n, encoded.bytes.substr(1)), StoreError);
    EXPECT_THROW(decode_column(2, n + 1, encoded.bytes), StoreError);
  }
  EXPECT_EQ(codecs.size(), 3u);
  std::vector<int64_t> steps(4096);
  for (size_t i = 0; i < steps.size(); ++i) steps[i] = static_cast<int64_t>(i);
  EXPECT_LT(encode_column(steps, std::vector<double>(4096, 0.5)).bytes.size(), 1024u);
}

TEST(ChunkCodec, DamageIsAnErrorNeverAWrongCurveOrACrash) {
  Sequence random({.seed = 12});
  std::vector<int64_t> iterations(500);
  std::vector<double> values(500, 0.25);
  for (size_t i = 0; i < 500; ++i) iterations[i] = static_cast<int64_t>(i);
  const EncodedColumn good = encode_column(iterations, values);
  ASSERT_EQ(good.codec, 1);
  for (size_t at = 0; at < good.bytes.size(); ++at) {
    std::string bytes = good.bytes;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << static_cast<int>(random.uniform() * 8)));
    try {  // zlib's checksum finds a flipped bit unless it is one that means nothing
      const Column back = decode_column(good.codec, 500, bytes);
      EXPECT_EQ(back.values, values) << at;
      EXPECT_EQ(back.iterations, iterations) << at;
    } catch (const StoreError&) {
    }
    EXPECT_THROW(decode_column(good.codec, 500, good.bytes.substr(0, at)), StoreError);
  }
  EXPECT_THROW(decode_column(1, 499, good.bytes), StoreError);
  EXPECT_THROW(decode_column(0, 500, good.bytes), StoreError);
  EXPECT_THROW(decode_column(7, 500, good.bytes), StoreError);
  EXPECT_THROW(decode_column(1, SIZE_MAX / 32, good.bytes), StoreError);
}

class Compaction : public StoreTest {
 protected:
  static int64_t rows(Store& store, const std::string& table) {
    return store.connection().integer("SELECT COUNT(*) FROM " + table);
  }
};

// The curve by the rule as it is said: attempts in order, each forgets what earlier ones had from its first step on.
TEST_F(Compaction, TheCurveIsTheSameBeforeAndAfter) {
  Sequence random({.seed = 5});
  for (int round = 0; round < 25; ++round) {
    const std::string uid = fmt::format("u{}", round);
    const auto directory = make_run(uid, run_json(uid));
    auto store = Store::open(file);
    std::map<std::string, std::map<int64_t, double>> expected;
    const int attempts = 1 + static_cast<int>(random.uniform() * 4);
    int64_t at = 0;
    for (int n = 1; n <= attempts; ++n) {
      Writer writer(directory, fmt::format("{:04d}-a", n), hello(at));
      for (auto& [name, points] : expected) points.erase(points.lower_bound(at), points.end());
      const int steps = 1 + static_cast<int>(random.uniform() * 60);
      for (int i = 0; i < steps; ++i, ++at) {
        json values;
        for (const char* name : {"train/loss", "train/kl", "eval/x"}) {
          if (name[0] == 'e' && at % 7 != 0) continue;
          const double value = odd_value(random);
          values[name] = runlog::number(value);
          expected[name][at] = value;
        }
        writer.append(Kind::step, {{"iteration", at}, {"values", values}});
        if (random.uniform() < 0.05) store.ingest(directory);
        if (random.uniform() < 0.03)
          compact(store.connection(), *run_id(store.connection(), uid), true);
      }
      if (n < attempts && random.uniform() < 0.5)
        writer.close({{"exit_code", 75}, {"reason", "preempted"}, {"iteration", at - 1}});
      if (n == attempts) writer.close({{"exit_code", 0}, {"reason", ""}, {"iteration", at - 1}});
      if (n < attempts)
        at -= static_cast<int64_t>(random.uniform() * 20) * (random.uniform() < 0.7);
      at = std::max<int64_t>(at, 0);
    }
    const auto check = [&] {
      const auto curves = store.curves(uid);
      for (const auto& [name, points] : expected) {
        if (points.empty()) continue;
        const auto& curve = curves.at(name);
        ASSERT_EQ(curve.size(), points.size()) << round << name;
        size_t i = 0;
        for (const auto& [iteration, value] : points) {
          ASSERT_EQ(curve[i].iteration, iteration) << round << name;
          if (std::isnan(value))
            ASSERT_TRUE(std::isnan(curve[i].value));
          else
            ASSERT_EQ(bits(curve[i].value), bits(value)) << round << name << iteration;
          ++i;
        }
        const auto one = store.curve(uid, name);
        ASSERT_EQ(one.size(), curve.size());
        for (size_t k = 0; k < one.size(); ++k) ASSERT_EQ(bits(one[k].value), bits(curve[k].value));
      }
    };
    store.ingest(directory);
    check();
    EXPECT_EQ(rows(store, "tail"), 0);  // the run has ended
    compact(store.connection(), *run_id(store.connection(), uid), true);
    check();
    for (const auto& m : store.detail(uid).metrics) {
      int64_t finite = 0, other = 0;
      for (const auto& [iteration, value] : expected.at(m.metric))
        ++(std::isfinite(value) ? finite : other);
      EXPECT_EQ(m.n, finite);
      EXPECT_EQ(m.n_nonfinite, other);
    }
  }
}

TEST_F(Compaction, ALongTailIsCompactedWhileTheRunGoesOn) {
  const auto directory = make_run("u1", run_json("u1"));
  Writer writer(directory, "0001-a", hello());
  auto store = Store::open(file);
  const process::DirectoryLock running(directory);
  for (int64_t i = 0; i < 2 * kPieceSteps + 10; ++i)
    writer.append(Kind::step, step(i, static_cast<double>(i)));
  EXPECT_EQ(store.ingest(directory).state, RunState::running);
  EXPECT_EQ(rows(store, "tail"), 10);
  EXPECT_EQ(rows(store, "chunk"), 2 * 2);
  const auto curve = store.curve("u1", "train/loss");
  ASSERT_EQ(curve.size(), static_cast<size_t>(2 * kPieceSteps + 10));
  for (size_t i = 0; i < curve.size(); ++i) ASSERT_EQ(curve[i].value, static_cast<double>(i));
}

TEST_F(Compaction, RowsThatALaterAttemptReplacesAreKept) {
  const auto directory = make_run("u1", run_json("u1"));
  {
    Writer first(directory, "0001-a", hello());
    for (int64_t i = 0; i < 10; ++i) first.append(Kind::step, step(i, 1));
    Writer second(directory, "0002-b", hello(5));
    for (int64_t i = 5; i < 10; ++i) second.append(Kind::step, step(i, 2));
    second.close({{"exit_code", 0}, {"reason", ""}, {"iteration", 9}});
  }
  auto store = Store::open(file);
  store.ingest(directory);
  EXPECT_EQ(store.connection().integer("SELECT SUM(n) FROM chunk"), 2 * 15);
  const auto curve = store.curve("u1", "train/loss");
  ASSERT_EQ(curve.size(), 10u);
  EXPECT_EQ(curve[4].value, 1);
  EXPECT_EQ(curve[5].value, 2);
}

TEST_F(Compaction, ADamagedChunkIsNamedWithTheStore) {
  const auto directory = make_run("u1", run_json("u1"));
  {
    Writer writer(directory, "0001-a", hello());
    for (int64_t i = 0; i < 50; ++i) writer.append(Kind::step, step(i, 1));
    writer.close({{"exit_code", 0}, {"reason", ""}, {"iteration", 49}});
  }
  auto store = Store::open(file);
  store.ingest(directory);
  {
    WriteTransaction transaction(store.connection());
    store.connection().execute("UPDATE chunk SET data = x'00'");
    transaction.commit();
  }
  try {
    store.curve("u1", "train/loss");
    FAIL();
  } catch (const StoreError& error) {
    EXPECT_NE(std::string(error.what()).find(file.string()), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace rlreason::store
