// Bytes from somewhere, one pass: a file, a member of a zip archive, a child's pipe; and a bounded buffer over them.
//
// Not a parser.  Errors: DataError naming the file when it is missing, no regular file, unreadable or damaged.
// Thread safety: one user.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rlreason::data {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual size_t read(char* to, size_t bytes) = 0;  // how many came; 0: the end
};

std::unique_ptr<ByteSource> open_file(const std::filesystem::path& file);
std::unique_ptr<ByteSource> bytes_of(std::string text);

// One byte or one line at a time over a source.
class BufferedBytes {
 public:
  static constexpr int kEnd = -1;

  explicit BufferedBytes(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}
  int peek() { return begin_ < end_ || fill() ? static_cast<unsigned char>(buffer_[begin_]) : kEnd; }
  int get() {
    const int byte = peek();
    begin_ += byte != kEnd;
    return byte;
  }
  enum class Line { read, end, too_long };
  Line line(std::string& text, size_t most_bytes);  // without the newline
  std::string_view ahead(size_t bytes);             // up to that many of the next bytes (at most 64 KiB), not consumed

 private:
  bool fill();

  std::unique_ptr<ByteSource> source_;
  std::vector<char> buffer_;
  size_t begin_ = 0, end_ = 0;
};

}  // namespace rlreason::data
