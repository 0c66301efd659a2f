#include "core/runlog/layout.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "core/error.h"
#include "core/runlog/reader.h"

namespace rlreason::runlog {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kClosed = ".rls";
constexpr std::string_view kOpen = ".rls.open";
constexpr size_t kDigits = 8;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::vector<fs::directory_entry> list(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error))
    entries.push_back(*at);
  if (error && error != std::errc::no_such_file_or_directory)
    throw DataError("{}: required a readable directory, found '{}'; check its permissions",
                    directory.string(), error.message());
  return entries;
}

}  // namespace

fs::path log_directory(const fs::path& run_dir) { return run_dir / "log"; }

std::string fragment_name(uint64_t number, bool open) {
  return fmt::format("{:08d}{}", number, open ? kOpen : kClosed);
}

std::optional<FragmentName> parse_fragment_name(std::string_view name) {
  FragmentName result{.open = name.ends_with(kOpen)};
  if (!result.open && !name.ends_with(kClosed)) return std::nullopt;
  name.remove_suffix(result.open ? kOpen.size() : kClosed.size());
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), result.number);
  if (name.size() < kDigits || error != std::errc{} || end != name.data() + name.size())
    return std::nullopt;
  return result;
}

uint64_t attempt_number(std::string_view uid) {
  uint64_t number = 0;
  std::from_chars(uid.data(), uid.data() + uid.size(), number);
  return number;
}

std::map<uint64_t, bool> list_fragments(const fs::path& attempt_directory) {
  std::map<uint64_t, bool> fragments;
  for (const auto& entry : list(attempt_directory))
    if (const auto name = parse_fragment_name(entry.path().filename().native())) {
      const auto [at, added] = fragments.emplace(name->number, name->open);
      if (!added) at->second = false;
    }
  return fragments;
}

std::vector<std::string> attempts(const fs::path& run_dir) {
  std::vector<std::string> uids;
  std::error_code ignored;  // an entry that vanishes is no attempt
  for (const auto& entry : list(log_directory(run_dir))) {
    const std::string name = entry.path().filename().string();
    if (!name.empty() && is_digit(name[0]) && fs::is_directory(entry.symlink_status(ignored)))
      uids.push_back(name);
  }
  std::ranges::sort(uids, [](const std::string& a, const std::string& b) {
    return std::pair(attempt_number(a), std::string_view(a)) <
           std::pair(attempt_number(b), std::string_view(b));
  });
  return uids;
}

}  // namespace rlreason::runlog
