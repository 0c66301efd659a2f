// The only place that writes files: full-write loops, checked sync and close, atomic replacement,
// faults for tests.
//
// Not a stream library: no buffering, so callers hand over whole records or large blocks.
// Every changing operation passes the seam of core/process/fault.h.
// Errors: DiskError naming the file, the bytes and the errno text.  After a failed write, sync or
// close the same file is never written, synced or closed again: what it holds is unknown, so it is
// abandoned. Thread safety: an OutputFile belongs to one thread at a time; the free functions are
// safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace rlreason::process {

class OutputFile {
 public:
  static OutputFile create(
      const std::filesystem::path& file);  // new; DiskError when the name exists
  static OutputFile append(const std::filesystem::path& file);  // made when absent; O_APPEND

  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  ~OutputFile();  // closes unchecked: without close() nothing is promised

  void write(std::string_view bytes);  // all of them; one system call unless the kernel takes fewer
  void sync();                         // fdatasync
  void close();                        // syncs what is not synced yet, then closes, both checked

  int64_t bytes() const { return bytes_; }  // written through this object
  const std::filesystem::path& file() const { return file_; }

 private:
  OutputFile(std::filesystem::path file, int flags);
  void usable(std::string_view action) const;
  [[noreturn]] void fail(std::string_view action, int error);

  std::filesystem::path file_;
  int fd_ = -1;
  int64_t bytes_ = 0;
  bool synced_ = true;
  bool failed_ = false;
};

// Readers see the old bytes or the new ones, also after a power loss: temporary beside it, sync,
// rename, sync of the parent.
void write_file_atomic(const std::filesystem::path& file, std::string_view bytes);

void make_directory(
    const std::filesystem::path& directory);  // DiskError when it exists; the parent must exist
void make_directories(
    const std::filesystem::path& directory);  // and its parents; fine when they exist
void rename(const std::filesystem::path& from, const std::filesystem::path& to);  // replaces a file
bool rename_new(const std::filesystem::path& from,
                const std::filesystem::path& to);             // false: `to` exists, nothing moved
void sync_directory(const std::filesystem::path& directory);  // makes names in it durable
void remove_file(const std::filesystem::path& file);          // fine when absent
void remove_tree(const std::filesystem::path& directory);  // fine when absent; never follows a link

// The whole file.  DataError when it is missing, unreadable, no regular file, or larger than
// `limit_bytes`.
std::string read_file(const std::filesystem::path& file, int64_t limit_bytes = int64_t{256} << 20);

// Throws the DiskError of a failed call: "file: required <what>, found <errno text>; <what to do>".
[[noreturn]] void fail_disk(const std::filesystem::path& file, std::string_view what, int error);

std::string nonce();  // 16 hex digits from the kernel, for names of temporaries
std::filesystem::path temporary_beside(
    const std::filesystem::path& final_path);   // final_path.tmp.<nonce>
bool is_temporary_name(std::string_view name);  // ends in .tmp.<16 hex digits>

}  // namespace rlreason::process
