// The identity of a plain checkpoint folder follows its weights, not only its shape.
#include "trainers/catalog/existing.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "core/error.h"
#include "tests/support/scratch.h"

namespace rlreason::train {
namespace {

using testing_support::Scratch;

void write(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

// Eight bytes of header length, a header, zeros.
std::string weights(size_t zeros) {
  const std::string header = R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size());
  return bytes + header + std::string(zeros, '\0');
}

TEST(ExistingIdentity, FollowsNameSizeAndContentOfTheWeights) {
  const Scratch folder;
  std::set<std::string> seen;
  const auto expect_new = [&] {
    EXPECT_TRUE(seen.insert(existing_identity(folder.path())).second);
  };
  write(folder / "config.json", "{}");
  expect_new();
  write(folder / "model.safetensors", weights(64));
  expect_new();
  std::string changed = weights(64);
  changed.back() = 1;
  write(folder / "model.safetensors", changed);
  expect_new();
  write(folder / "model.safetensors", weights(65));
  expect_new();
  write(folder / "model-2.safetensors", weights(64));
  expect_new();
  write(folder / "config.json", "{\"a\": 1}");
  expect_new();
  write(folder / "notes.txt", "not of the checkpoint");
  EXPECT_FALSE(seen.insert(existing_identity(folder.path())).second);
}

TEST(ExistingIdentity, LargeWeightsAreSampledFromTheFirstByteToTheLast) {
  const Scratch folder;
  write(folder / "config.json", "{}");
  const std::string plain = weights(40'000'000);  // more than all blocks together
  std::set<std::string> seen;
  const auto with = [&](std::string bytes) {
    write(folder / "model.safetensors", bytes);
    return existing_identity(folder.path(), 1000);
  };
  seen.insert(with(plain));
  EXPECT_FALSE(seen.insert(with(plain)).second);
  for (const size_t place : {size_t{12}, size_t{70}, plain.size() - 1}) {
    std::string changed = plain;
    changed[place] ^= 1;
    EXPECT_TRUE(seen.insert(with(changed)).second) << "byte " << place;
  }
  std::string trained = plain;  // training moves nearly all of them
  for (size_t i = 1000; i < trained.size(); i += 3) trained[i] ^= 1;
  EXPECT_TRUE(seen.insert(with(trained)).second);
}

TEST(ExistingIdentity, DamagedWeightsAndNoCheckpointAtAll) {
  const Scratch folder;
  EXPECT_THROW(existing_identity(folder.path()), DataError);
  write(folder / "config.json", "{}");
  write(folder / "model.safetensors",
        "xyz");  // shorter than a header; reading it is the loader's business
  EXPECT_NE(existing_identity(folder.path(), 1), "");
  write(folder / "model.safetensors", std::string(64, '\xff'));  // a header longer than the file
  EXPECT_NE(existing_identity(folder.path(), 1), "");
}

}  // namespace
}  // namespace rlreason::train
