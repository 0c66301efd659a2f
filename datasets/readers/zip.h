// One member of a zip archive as bytes, with guards against archives that unpack to more than they should.
//
// Nothing is unpacked to disk, so names inside the archive are only compared and printed, never used as paths.  Limits: 65,536
// members, 4 GiB unpacked, 200 times the packed size beyond the first MiB, and never more than the archive's own directory says.
// Errors: DataError for no archive, no such member, several candidates (named), encryption, a broken checksum, a limit.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "datasets/readers/bytes.h"

namespace rlreason::data {

// `member` empty: the only member whose name ends in .json, .jsonl or .ndjson.
std::unique_ptr<ByteSource> open_zip_member(const std::filesystem::path& archive, const std::string& member);

}  // namespace rlreason::data
