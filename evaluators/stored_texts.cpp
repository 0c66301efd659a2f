#include "evaluators/stored_texts.h"

#include <zlib.h>

#include <memory>

#include "core/config/describe.h"
#include "core/config/parse.h"
#include "core/error.h"
#include "core/json.h"
#include "core/process/io.h"

namespace rlreason::eval {
namespace {

using nlohmann::json;

constexpr size_t kLongestLine = size_t{64} << 20;
constexpr uint64_t kMostBytes = uint64_t{4} << 30;

struct CloseGz {
  void operator()(gzFile file) const { gzclose(file); }
};

std::string member(const json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return "";
  if (!found->is_string())
    throw DataError("{}: {}: required a text, {} came; evaluate again", where, key,
                    found->type_name());
  return found->get<std::string>();
}

StoredText text_of(const std::string& line, const std::string& where) {
  const json object = parse_untrusted_json(line, where);
  if (!object.is_object() || !object.contains("sample") || !object["sample"].is_number_integer())
    throw DataError("{}: required an object with id, sample and text; evaluate again", where);
  StoredText text{.id = member(object, "id", where),
                  .sample = object["sample"],
                  .gold = member(object, "gold", where),
                  .text = member(object, "text", where),
                  .prompt = member(object, "prompt", where),
                  .category = member(object, "category", where),
                  .choices = {},
                  .options = {}};
  if (object.contains("choices")) text.choices = object["choices"].get<std::vector<std::string>>();
  if (object.contains("options"))
    text.options = config::parse<data::AnswerOptions>(
        config::from_json(object["options"], config::Origin(where)));
  return text;
}

}  // namespace

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  RLR_ENSURE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK,
             "zlib cannot start");
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int code = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  RLR_ENSURE(code == Z_STREAM_END, "zlib ended with {}", code);
  return packed;
}

std::string to_line(const StoredText& text) {
  json object = {
      {"id", text.id}, {"sample", text.sample}, {"gold", text.gold}, {"text", text.text}};
  if (!text.prompt.empty()) object["prompt"] = text.prompt;
  if (!text.choices.empty()) object["choices"] = text.choices;
  if (!text.category.empty()) object["category"] = text.category;
  if (json options = config::non_defaults(text.options); !options.empty())
    object["options"] = std::move(options);
  return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

void write_texts(const std::filesystem::path& file, const std::vector<StoredText>& texts) {
  std::string lines;
  for (const StoredText& text : texts) lines += to_line(text);
  process::write_file_atomic(file, gzip(lines));
}

void for_each_text(const std::filesystem::path& file,
                   const std::function<void(StoredText)>& visit) {
  const std::unique_ptr<gzFile_s, CloseGz> stream(gzopen(file.c_str(), "rb"));
  if (!stream)
    throw DataError("{}: required the stored responses, the file cannot be opened; evaluate again",
                    file.string());
  std::string line;
  int64_t number = 0;
  uint64_t total = 0;
  std::vector<char> buffer(1 << 16);
  const auto take = [&] {
    ++number;
    if (!line.empty()) visit(text_of(line, fmt::format("{}:{}", file.string(), number)));
    line.clear();
  };
  for (;;) {
    const int count = gzread(stream.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
    int error = Z_OK;
    gzerror(stream.get(), &error);
    if (count < 0 || (count == 0 && error == Z_BUF_ERROR))
      throw DataError("{}: required whole stored responses, the file is damaged; evaluate again",
                      file.string());
    if (count == 0) break;
    total += static_cast<uint64_t>(count);
    for (int i = 0; i < count; ++i) {
      if (buffer[static_cast<size_t>(i)] == '\n')
        take();
      else
        line += buffer[static_cast<size_t>(i)];
    }
    if (line.size() > kLongestLine || total > kMostBytes)
      throw DataError(
          "{}: required lines of at most 64 MiB and 4 GiB in all, more came; evaluate in parts",
          file.string());
  }
  if (!line.empty()) take();
}

}  // namespace rlreason::eval
