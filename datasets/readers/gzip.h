// A gzip file as bytes; at most 4 GiB of them.
//
// Errors: DataError naming the file for damage, a cut file, or more bytes than that.
#pragma once

#include <filesystem>
#include <memory>

#include "datasets/readers/bytes.h"

namespace rlreason::data {

std::unique_ptr<ByteSource> open_gzip(const std::filesystem::path& file);

}  // namespace rlreason::data
