#include "datasets/readers/json_array.h"

#include "core/error.h"
#include "core/json.h"

namespace rlreason::data {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool white(int byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; }

}  // namespace

std::string JsonArrayReader::where() const {
  return fmt::format("{}: element {} (line {})", file_, element_, line_);
}

void JsonArrayReader::fail(std::string_view what) const {
  throw DataError("{}: required one JSON array of objects, {}; repair the file", where(), what);
}

int JsonArrayReader::get() {
  const int byte = bytes_.get();
  line_ += byte == '\n';
  return byte;
}

int JsonArrayReader::next_visible() {
  while (white(bytes_.peek())) get();
  return bytes_.peek();
}

bool JsonArrayReader::next(nlohmann::json& object) {
  if (done_) return false;
  if (element_ == 0) {
    if (bytes_.ahead(kByteOrderMark.size()) == kByteOrderMark)
      for (size_t i = 0; i < kByteOrderMark.size(); ++i) bytes_.get();
    if (next_visible() != '[') fail("it does not begin with '['");
    get();
  }
  const int before = next_visible();
  if (before == ']') {
    finish();
    return false;
  }
  if (element_ > 0) {
    if (before != ',')
      fail(before == BufferedBytes::kEnd ? "its end is missing"
                                         : "',' or ']' is missing after this element");
    get();
  }
  ++element_;
  const int first = next_visible();
  if (first == BufferedBytes::kEnd) fail("its end is missing");
  if (first != '{') fail("this element is none");
  element_text();
  object = parse_untrusted_json(text_, where(), {.bytes = kMostRecordBytes});
  return true;
}

void JsonArrayReader::element_text() {
  text_.clear();
  int depth = 0;
  bool quoted = false, escaped = false;
  do {
    const int byte = get();
    if (byte == BufferedBytes::kEnd) fail("the file ends inside it");
    if (text_.size() >= kMostRecordBytes)
      fail(fmt::format("this one is larger than {} bytes", kMostRecordBytes));
    text_ += static_cast<char>(byte);
    if (escaped) {
      escaped = false;
    } else if (byte == '\\') {
      escaped = quoted;
    } else if (byte == '"') {
      quoted = !quoted;
    } else if (!quoted) {
      depth += (byte == '{' || byte == '[') - (byte == '}' || byte == ']');
    }
  } while (depth > 0);
}

void JsonArrayReader::finish() {
  get();
  if (next_visible() != BufferedBytes::kEnd) fail("text follows its end");
  done_ = true;
}

}  // namespace rlreason::data
