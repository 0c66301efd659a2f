// Numbers made many at a time are those made one at a time.
#include <gtest/gtest.h>

#include "core/random_bulk.h"

namespace rlreason {
namespace {

constexpr RandomKey kKey{.seed = 17,
                         .purpose = Purpose::noise,
                         .iteration = 5,
                         .prompt = 0x123456789ABCDEFULL,
                         .sample = 3};

TEST(RandomBitsOfManyPositions, AreThoseOfEachPosition) {
  for (const size_t count : {0u, 1u, 7u, 8u, 9u, 64u, 250u}) {
    RandomKey key = kKey;
    key.position = 1000;
    std::vector<uint64_t> bits(count);
    random_bits(key, bits);
    for (const uint64_t number : bits) {
      EXPECT_EQ(number, random_bits(key));
      ++key.position;
    }
  }
}

// Also where the positions of a sample end.
TEST(BulkSequence, GivesTheNumbersOfSequence) {
  for (const uint32_t position : {0u, 0xFFFFFF00u, 0xFFFFFFFFu}) {
    RandomKey key = kKey;
    key.position = position;
    Sequence one(key);
    BulkSequence many(key);
    for (int i = 0; i < 3000; ++i) ASSERT_EQ(many.bits(), one.bits()) << position << " " << i;
  }
}

TEST(BelowRange, IsTheRemainderOfEveryNumberThatItTakes) {
  Sequence random(kKey);
  std::vector<uint64_t> widths{1,
                               2,
                               3,
                               5,
                               7,
                               100,
                               255,
                               256,
                               257,
                               UINT32_MAX,
                               UINT64_MAX - 1,
                               UINT64_MAX,
                               uint64_t{1} << 63,
                               (uint64_t{1} << 63) + 1};
  for (int i = 0; i < 200; ++i) widths.push_back((random.bits() >> (random.bits() % 64)) | 1);
  for (const uint64_t width : widths) {
    const BelowRange range(width);
    const uint64_t limit = UINT64_MAX - UINT64_MAX % width;
    std::vector<uint64_t> numbers{0, 1, width - 1, width, UINT64_MAX, limit, limit - 1};
    for (int i = 0; i < 100; ++i) numbers.push_back(random.bits());
    for (int i = 0; i < 100; ++i) numbers.push_back(random.bits() / width * width);
    for (const uint64_t number : numbers) {
      ASSERT_EQ(range.takes(number), number < limit) << width;
      ASSERT_EQ(range.reduced(number), number % width) << number << " % " << width;
    }
  }
}

TEST(BulkSequence, DrawsBelowAWidthAsSequenceDoes) {
  Sequence one(kKey);
  BulkSequence many(kKey);
  for (int i = 0; i < 5000; ++i) {
    // Wide ones reject half of the numbers.
    const int64_t width = i % 2 == 0 ? 1 + i % 97 : (int64_t{1} << 62) + i;
    ASSERT_EQ(many.below(BelowRange(static_cast<uint64_t>(width))),
              static_cast<uint64_t>(one.between(0, width - 1)));
  }
}

}  // namespace
}  // namespace rlreason
