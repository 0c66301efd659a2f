#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.h"
#include "core/process/io.h"
#include "datasets/parquet/cells.h"
#include "datasets/parquet/files.h"

namespace rlreason::data {
namespace {

using nlohmann::json;

constexpr int64_t kBatchRows = 256;
constexpr size_t kBlockBytes = 256 << 10;
constexpr std::string_view kPandasIndex = "__index_level_";  // what pandas adds of its own

[[noreturn]] void unreadable(const std::string& file, const std::string& why) {
  const std::string line = why.substr(0, why.find('\n')).substr(0, 300);
  throw DataError("{}: required a readable Parquet file, it is unreadable: {}; write it again",
                  file, line);
}

template <class T>
T value_or_fail(arrow::Result<T> result, const std::string& file) {
  if (!result.ok()) unreadable(file, result.status().ToString());
  return std::move(result).ValueUnsafe();
}

// Lines to a descriptor in blocks, up to a number of bytes.
class Lines {
 public:
  Lines(std::string file, int descriptor, int64_t most)
      : file_(std::move(file)), descriptor_(descriptor), most_(most) {}
  void add(const std::string& line) {
    written_ += static_cast<int64_t>(line.size()) + 1;
    if (written_ > most_)
      throw DataError("{}: required at most {} bytes of rows, more came; split the file", file_,
                      most_);
    block_ += line;
    block_ += '\n';
    if (block_.size() >= kBlockBytes) flush();
  }
  void flush() {
    for (size_t begin = 0; begin < block_.size();) {
      const ssize_t count = ::write(descriptor_, block_.data() + begin, block_.size() - begin);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) process::fail_disk("standard output", "all of the rows written", errno);
      begin += static_cast<size_t>(count);
    }
    block_.clear();
  }

 private:
  std::string file_, block_;
  int descriptor_;
  int64_t most_, written_ = 0;
};

std::string row_text(const std::string& file, const arrow::RecordBatch& batch, int64_t row,
                     int64_t number) {
  try {
    json object = json::object();
    for (int i = 0; i < batch.num_columns(); ++i)
      if (!batch.column_name(i).starts_with(kPandasIndex))
        object[batch.column_name(i)] = cell_json(*batch.column(i), row);
    std::string text = object.dump();
    if (text.size() > kMostRecordBytes)
      throw DataError("required at most {} bytes a row, {} came; split it", kMostRecordBytes,
                      text.size());
    return text;
  } catch (const DataError& error) {
    throw DataError("{}: row {}: {}", file, number, error.what());
  } catch (const json::exception&) {
    throw DataError("{}: row {}: required names of columns in UTF-8, others came; rename them",
                    file, number);
  }
}

std::unique_ptr<parquet::arrow::FileReader> open_reader(const std::string& file) {
  parquet::ReaderProperties properties(arrow::system_memory_pool());
  properties.enable_buffered_stream();
  parquet::ArrowReaderProperties arrow_properties(false);
  arrow_properties.set_batch_size(kBatchRows);
  arrow_properties.set_pre_buffer(false);
  auto input =
      value_or_fail(arrow::io::ReadableFile::Open(file, arrow::system_memory_pool()), file);
  parquet::arrow::FileReaderBuilder builder;
  if (const arrow::Status status = builder.Open(std::move(input), properties); !status.ok())
    unreadable(file, status.ToString());
  builder.memory_pool(arrow::system_memory_pool())->properties(arrow_properties);
  return value_or_fail(builder.Build(), file);
}

}  // namespace

void parquet_to_jsonl(const std::filesystem::path& path, const ParquetLimits& limits,
                      int descriptor) {
  const std::string file = path.string();
  try {
    const auto reader = open_reader(file);
    const auto batches = value_or_fail(reader->GetRecordBatchReader(), file);
    Lines lines(file, descriptor, limits.output_bytes);
    int64_t number = 0;
    for (;;) {
      std::shared_ptr<arrow::RecordBatch> batch;
      if (const arrow::Status status = batches->ReadNext(&batch); !status.ok())
        unreadable(file, status.ToString());
      if (!batch) break;
      if (const arrow::Status status = batch->ValidateFull(); !status.ok() && !status.IsInvalid())
        unreadable(file, status.ToString());
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        if (number >= limits.rows)
          throw DataError("{}: required at most {} rows, more came; split it", file, limits.rows);
        lines.add(row_text(file, *batch, row, ++number));
      }
    }
    lines.flush();
  } catch (const parquet::ParquetException& error) {
    unreadable(file, error.what());
  } catch (const std::bad_alloc&) {
    unreadable(file,
               fmt::format("it asks for more than {} MiB of memory", limits.address_bytes >> 20));
  } catch (const std::length_error&) {
    unreadable(file, "it asks for more memory than there can be");
  }
}

}  // namespace rlreason::data
