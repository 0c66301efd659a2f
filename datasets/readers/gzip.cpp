#include "datasets/readers/gzip.h"

#include <zlib.h>

#include "core/error.h"

namespace rlreason::data {
namespace {

constexpr uint64_t kMostBytes = uint64_t{4} << 30;

class GzipBytes : public ByteSource {
 public:
  explicit GzipBytes(const std::filesystem::path& file)
      : name_(file.string()), stream_(gzopen(file.c_str(), "rb")) {
    if (!stream_) fail("it cannot be opened");
  }
  size_t read(char* to, size_t bytes) override {
    const int count = gzread(stream_.get(), to, static_cast<unsigned>(bytes));
    int error = Z_OK;
    const char* text = gzerror(stream_.get(), &error);
    if (count < 0 || (error != Z_OK && error != Z_STREAM_END)) fail(text);
    read_ += static_cast<uint64_t>(count);
    if (read_ > kMostBytes) fail(fmt::format("more than {} bytes", kMostBytes));
    return static_cast<size_t>(count);
  }

 private:
  struct Close {
    void operator()(gzFile_s* file) const { gzclose(file); }
  };
  [[noreturn]] void fail(const std::string& what) const {
    throw DataError("{}: required a readable gzip file, '{}' came; fetch it again", name_, what);
  }

  std::string name_;
  std::unique_ptr<gzFile_s, Close> stream_;
  uint64_t read_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> open_gzip(const std::filesystem::path& file) {
  return std::make_unique<GzipBytes>(file);
}

}  // namespace rlreason::data
