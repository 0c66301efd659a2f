// SHA-256 of bytes and files (OpenSSL), as lower-case hex.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace rlreason {

std::string sha256(std::string_view bytes);
std::string sha256_file(const std::filesystem::path& file);  // DataError when unreadable

}  // namespace rlreason
