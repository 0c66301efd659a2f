#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <parquet/arrow/writer.h>

#include "core/error.h"
#include "core/process/io.h"
#include "datasets/parquet/files.h"
#include "datasets/prompt.h"
#include "datasets/readers/jsonl.h"

namespace rlreason::data {
namespace {

constexpr int64_t kGroupRows = 1 << 16;
constexpr size_t kBatchRows = 1024;

void require(const arrow::Status& status) {
  if (!status.ok())
    throw DataError("required a row that Parquet can hold, '{}' came; shorten it",
                    status.ToString());
}

// All bytes go through the seam of core/process/io.h.
class SeamStream : public arrow::io::OutputStream {
 public:
  explicit SeamStream(const std::filesystem::path& file)
      : file_(process::OutputFile::create(file)) {}
  arrow::Status Write(const void* data, int64_t bytes) override {
    file_.write({static_cast<const char*>(data), static_cast<size_t>(bytes)});
    return arrow::Status::OK();
  }
  arrow::Status Close() override {
    if (!closed_) file_.close();
    closed_ = true;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> Tell() const override { return file_.bytes(); }
  bool closed() const override { return closed_; }

 private:
  process::OutputFile file_;
  bool closed_ = false;
};

std::shared_ptr<arrow::DataType> message_list() {
  return arrow::list(
      arrow::field("element", arrow::struct_({arrow::field("content", arrow::utf8()),
                                              arrow::field("role", arrow::utf8())})));
}

std::shared_ptr<arrow::Schema> verl_schema() {
  return arrow::schema(
      {arrow::field("data_source", arrow::utf8()), arrow::field("prompt", message_list()),
       arrow::field("ability", arrow::utf8()),
       arrow::field("reward_model", arrow::struct_({arrow::field("ground_truth", arrow::utf8()),
                                                    arrow::field("style", arrow::utf8())})),
       arrow::field("extra_info", arrow::struct_({arrow::field("index", arrow::int64()),
                                                  arrow::field("split", arrow::utf8())})),
       arrow::field("target", message_list())});
}

// One column of messages.
class Messages {
 public:
  explicit Messages(arrow::ArrayBuilder& column)
      : list_(static_cast<arrow::ListBuilder&>(column)),
        message_(static_cast<arrow::StructBuilder&>(*list_.value_builder())) {}
  void begin() { require(list_.Append()); }
  void none() { require(list_.AppendNull()); }
  void add(const std::string& role, const std::string& content) {
    require(message_.Append());
    require(static_cast<arrow::StringBuilder&>(*message_.field_builder(0)).Append(content));
    require(static_cast<arrow::StringBuilder&>(*message_.field_builder(1)).Append(role));
  }

 private:
  arrow::ListBuilder& list_;
  arrow::StructBuilder& message_;
};

void add_text(arrow::ArrayBuilder& column, const std::string& text) {
  require(static_cast<arrow::StringBuilder&>(column).Append(text));
}

void add_row(arrow::RecordBatchBuilder& batch, const Prompt& prompt, const ParquetExport& how,
             int64_t index) {
  add_text(*batch.GetField(0), prompt.category.empty() ? how.dataset_name : prompt.category);
  Messages messages(*batch.GetField(1));
  messages.begin();
  if (!how.system.empty()) messages.add("system", how.system);
  messages.add("user", prompt.text);
  add_text(*batch.GetField(2), how.ability);
  auto& reward = static_cast<arrow::StructBuilder&>(*batch.GetField(3));
  require(reward.Append());
  add_text(*reward.field_builder(0), prompt.gold);
  add_text(*reward.field_builder(1), "rule");
  auto& extra = static_cast<arrow::StructBuilder&>(*batch.GetField(4));
  require(extra.Append());
  require(static_cast<arrow::Int64Builder&>(*extra.field_builder(0)).Append(index));
  add_text(*extra.field_builder(1), prompt.split);
  Messages target(*batch.GetField(5));
  if (prompt.demonstrations.empty()) return target.none();
  target.begin();
  for (const Demonstration& demonstration : prompt.demonstrations)
    target.add("assistant", demonstration.text);
}

int64_t write_rows(JsonlReader& rows, const ParquetExport& how,
                   parquet::arrow::FileWriter& writer) {
  auto batch =
      arrow::RecordBatchBuilder::Make(verl_schema(), arrow::default_memory_pool()).ValueOrDie();
  int64_t count = 0;
  size_t pending = 0;
  const auto flush = [&] {
    auto built = batch->Flush();
    require(built.status());
    require(writer.WriteRecordBatch(**built));
    pending = 0;
  };
  for (nlohmann::json object; rows.next(object);) {
    add_row(*batch, prompt_from_json(object, rows.where()), how, count++);
    if (++pending == kBatchRows) flush();
  }
  if (pending > 0) flush();
  return count;
}

}  // namespace

int64_t jsonl_to_parquet(const std::filesystem::path& data_jsonl, const ParquetExport& how,
                         const std::filesystem::path& target) {
  const std::filesystem::path temporary = process::temporary_beside(target);
  int64_t count = 0;
  try {
    JsonlReader rows(data_jsonl);
    auto stream = std::make_shared<SeamStream>(temporary);
    const auto properties = parquet::WriterProperties::Builder()
                                .compression(parquet::Compression::SNAPPY)
                                ->max_row_group_length(kGroupRows)
                                ->created_by("rlreason")
                                ->build();
    auto writer = parquet::arrow::FileWriter::Open(*verl_schema(), arrow::default_memory_pool(),
                                                   stream, properties);
    require(writer.status());
    count = write_rows(rows, how, **writer);
    require((*writer)->Close());
    require(stream->Close());
    if (!process::rename_new(temporary, target))
      throw RefusedError("{}: required a new file, one of this name exists; name another",
                         target.string());
  } catch (...) {
    process::remove_file(temporary);
    throw;
  }
  return count;
}

}  // namespace rlreason::data
