#include "datasets/readers/bytes.h"

#include <algorithm>
#include <cstring>
#include <fstream>

#include "core/error.h"

namespace rlreason::data {
namespace {

constexpr size_t kBufferBytes = 64 << 10;

class FileBytes : public ByteSource {
 public:
  explicit FileBytes(const std::filesystem::path& file) : file_(file.string()) {
    std::error_code failure;
    if (!std::filesystem::is_regular_file(file, failure))
      throw DataError("{}: required a data file, found none; check the path", file_);
    stream_.open(file, std::ios::binary);
    if (!stream_)
      throw DataError("{}: required a readable file, it cannot be opened; check its permissions",
                      file_);
  }
  size_t read(char* to, size_t bytes) override {
    stream_.read(to, static_cast<std::streamsize>(bytes));
    if (stream_.bad())
      throw DataError("{}: required a readable file, reading failed; check the disk", file_);
    return static_cast<size_t>(stream_.gcount());
  }

 private:
  std::string file_;
  std::ifstream stream_;
};

class TextBytes : public ByteSource {
 public:
  explicit TextBytes(std::string text) : text_(std::move(text)) {}
  size_t read(char* to, size_t bytes) override {
    const size_t count = std::min(bytes, text_.size() - position_);
    std::memcpy(to, text_.data() + position_, count);
    position_ += count;
    return count;
  }

 private:
  std::string text_;
  size_t position_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> open_file(const std::filesystem::path& file) {
  return std::make_unique<FileBytes>(file);
}

std::unique_ptr<ByteSource> bytes_of(std::string text) {
  return std::make_unique<TextBytes>(std::move(text));
}

// Keeps what is unread, so that ahead() can ask for more.
bool BufferedBytes::fill() {
  if (buffer_.empty()) buffer_.resize(kBufferBytes);
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const size_t count =
      end_ < buffer_.size() ? source_->read(buffer_.data() + end_, buffer_.size() - end_) : 0;
  end_ += count;
  return count > 0;
}

std::string_view BufferedBytes::ahead(size_t bytes) {
  while (end_ - begin_ < bytes && fill()) {
  }
  return {buffer_.data() + begin_, std::min(bytes, end_ - begin_)};
}

BufferedBytes::Line BufferedBytes::line(std::string& text, size_t most_bytes) {
  text.clear();
  if (peek() == kEnd) return Line::end;
  while (peek() != kEnd) {
    const char* begin = buffer_.data() + begin_;
    const void* newline = std::memchr(begin, '\n', end_ - begin_);
    const size_t count =
        newline ? static_cast<size_t>(static_cast<const char*>(newline) - begin) : end_ - begin_;
    if (text.size() + count > most_bytes) return Line::too_long;
    text.append(begin, count);
    begin_ += count + (newline != nullptr);
    if (newline != nullptr) break;
  }
  return Line::read;
}

}  // namespace rlreason::data
