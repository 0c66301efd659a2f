// safetensors: round trips, and every way a file can lie.
#include "core/engine/checkpoint/safetensors.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "core/error.h"

namespace rlreason::engine {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Safetensors : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              fmt::format("rlr-safetensors-{}-{}", getpid(),
                          testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path raw(const std::string& header, size_t data_bytes, uint64_t length_field) {
    const fs::path file = folder_ / "raw.safetensors";
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(&length_field), 8);
    out << header << std::string(data_bytes, '\0');
    return file;
  }
  fs::path raw(const std::string& header, size_t data_bytes) {
    return raw(header, data_bytes, header.size());
  }

  void refused(const fs::path& file, const std::string& part) {
    try {
      read_safetensors(file);
      FAIL() << "accepted; expected: " << part;
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr(part));
      EXPECT_THAT(error.what(), HasSubstr(file.filename().string()));
    }
  }

  fs::path folder_;
};

TEST_F(Safetensors, RoundTripKeepsNamesShapesValuesAndMetadata) {
  NamedTensors tensors;
  for (const auto type : {at::kByte, at::kFloat, at::kDouble, at::kHalf, at::kBFloat16, at::kLong,
                          at::kInt, at::kBool})
    tensors.emplace_back(fmt::format("t{}", static_cast<int>(type)),
                         at::arange(6, at::kFloat).reshape({2, 3}).to(type));
  tensors.emplace_back("scalar", at::zeros({}, at::kDouble).fill_(2.5));
  tensors.emplace_back("empty", at::zeros({0, 4}, at::kFloat));
  tensors.emplace_back("transposed", at::arange(6, at::kFloat).reshape({2, 3}).t());
  write_safetensors(folder_ / "a.safetensors", tensors, {{"format", "pt"}, {"note", "x"}});
  std::map<std::string, std::string> metadata;
  const NamedTensors read = read_safetensors(folder_ / "a.safetensors", &metadata);
  EXPECT_EQ(metadata, (std::map<std::string, std::string>{{"format", "pt"}, {"note", "x"}}));
  ASSERT_EQ(read.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    const auto found = std::find_if(read.begin(), read.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    ASSERT_NE(found, read.end()) << name;
    EXPECT_EQ(found->second.scalar_type(), tensor.scalar_type()) << name;
    EXPECT_EQ(found->second.sizes(), tensor.sizes()) << name;
    EXPECT_TRUE(at::equal(found->second, tensor)) << name;
  }
}

TEST_F(Safetensors, BytesAreThoseOfTheFormat) {
  write_safetensors(folder_ / "a.safetensors", {{"w", at::zeros({2}, at::kFloat).fill_(1.0)}});
  std::ifstream in(folder_ / "a.safetensors", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ(length % 8, 0u);
  EXPECT_THAT(bytes.substr(8, length),
              HasSubstr(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})"));
  EXPECT_EQ(bytes.substr(8 + length), std::string("\x00\x00\x80\x3f\x00\x00\x80\x3f", 8));
}

TEST_F(Safetensors, AnyHeaderOrderIsFineWhenTheRangesTile) {
  const auto read = read_safetensors(raw(
      R"({"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
      6));
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].first, "a");
  EXPECT_EQ(read[1].first, "b");
}

TEST_F(Safetensors, RefusesMissingAndTruncatedFiles) {
  refused(folder_ / "absent.safetensors", "cannot open");
  std::ofstream(folder_ / "short.safetensors") << "abc";
  refused(folder_ / "short.safetensors", "truncated");
  refused(raw("{}", 0, 1000), "its length field says 1000");
  refused(raw("{}", 0, UINT64_MAX), "its length field says 18446744073709551615");
  refused(raw("{}", 0, 100'000'001), "its length field says");
  refused(raw(R"({"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})", 12), "truncated");
}

TEST_F(Safetensors, RefusesMalformedHeaders) {
  refused(raw("{\"w\":", 0), "malformed JSON");
  refused(raw(std::string(50'000, '['), 0), "malformed JSON");
  refused(raw("[]", 0), "JSON object");
  refused(raw(R"({"w":3})", 0), "an object with dtype");
  refused(raw(R"({"w":{"shape":[1],"data_offsets":[0,4]}})", 4), "'dtype'");
  refused(raw(R"({"w":{"dtype":"F32","data_offsets":[0,4]}})", 4), "'shape'");
  refused(raw(R"({"w":{"dtype":"F32","shape":[1]}})", 4), "'data_offsets'");
  refused(raw(R"({"w":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}})", 4),
          "required a dtype of");
  refused(raw(R"({"w":{"dtype":7,"shape":[1],"data_offsets":[0,4]}})", 4), "required a dtype of");
  refused(raw(R"({"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4), "whole numbers");
  refused(raw(R"({"w":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4), "whole numbers");
  refused(raw(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4),
          "data_offsets [begin, end]");
  refused(raw(R"({"__metadata__":{"a":1}})", 0), "as a string");
  refused(
      raw(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
          2),
      "'w' came twice");
}

TEST_F(Safetensors, RefusesSizesAndRangesThatLie) {
  const auto one = [](const char* shape, const char* offsets) {
    return fmt::format(R"({{"w":{{"dtype":"F32","shape":{},"data_offsets":{}}}}})", shape, offsets);
  };
  refused(raw(one("[2]", "[0,4]"), 4), "required 8 bytes");
  refused(raw(one("[1]", "[4,0]"), 4), "required data_offsets inside");
  refused(raw(one("[1]", "[0,18446744073709551615]"), 4), "required data_offsets inside");
  refused(raw(one("[4294967296,4294967296]", "[0,4]"), 4), "overflows");
  refused(raw(one("[9223372036854775807]", "[0,4]"), 4), "overflows");
  refused(raw(one("[18446744073709551615]", "[0,4]"), 4), "below 2^63");
  refused(raw(one("[1]", "[4,8]"), 8), "a gap");
  refused(raw(one("[1]", "[0,4]"), 8), "the file has 8");
  refused(
      raw(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
          6),
      "overlap");
  refused(
      raw(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
          4),
      "overlap");
}

TEST_F(Safetensors, RefusesBoolsThatAreNeither) {
  const fs::path file = raw(R"({"w":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}})", 0);
  std::ofstream(file, std::ios::binary | std::ios::app) << '\x02';
  refused(file, "0 or 1");
}

// Every truncation and every flipped header byte of a good file is read or refused with DataError, nothing else.
TEST_F(Safetensors, DamagedCopiesAreReadOrRefused) {
  write_safetensors(folder_ / "good.safetensors",
                    {{"a", at::arange(5, at::kFloat)}, {"b", at::arange(3, at::kLong)}},
                    {{"k", "v"}});
  std::ifstream in(folder_ / "good.safetensors", std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(in), {}};
  const auto survives = [&](const std::string& bytes) {
    const fs::path file = folder_ / "bad.safetensors";
    std::ofstream(file, std::ios::binary) << bytes;
    try {
      read_safetensors(file);
      return true;
    } catch (const DataError&) {
      return false;
    }
  };
  for (size_t n = 0; n < good.size(); ++n) EXPECT_FALSE(survives(good.substr(0, n))) << n;
  for (size_t i = 0; i < good.size(); ++i)
    for (const char flip : {'\x01', '\x10', '\x80'}) {
      std::string bytes = good;
      bytes[i] = static_cast<char>(bytes[i] ^ flip);
      survives(bytes);
    }
}

}  // namespace
}  // namespace rlreason::engine
