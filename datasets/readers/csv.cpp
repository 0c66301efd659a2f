#include "datasets/readers/csv.h"

#include <set>

#include "core/error.h"
#include "core/process/io.h"
#include "core/utf8.h"

namespace rlreason::data {

CsvRecords::CsvRecords(const std::filesystem::path& file)
    : file_(file.filename().string()), text_(process::read_file(file)) {
  if (utf8::first_invalid(text_) != std::string::npos)
    throw DataError("{}: required UTF-8, other bytes came", file_);
  if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  if (!row(header_)) throw DataError("{}: required a header line, the file is empty", file_);
  std::set<std::string> names;
  for (const std::string& name : header_)
    if (name.empty() || !names.insert(name).second)
      throw DataError("{}: required a header of different names, '{}' came{}", where(), name,
                      name.empty() ? "" : " twice");
}

std::string CsvRecords::field() {
  std::string out;
  if (at_ < text_.size() && text_[at_] == '"') {
    for (++at_;; ++at_) {
      if (at_ >= text_.size())
        throw DataError("{}: required a closing quote, the file ended", where());
      if (text_[at_] == '\n') ++newlines_;
      if (text_[at_] != '"') {
        out += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        out += text_[at_++];
      } else {
        break;
      }
    }
    ++at_;
    if (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\r' && text_[at_] != '\n')
      throw DataError("{}: required a comma after a closing quote, '{}' came", where(), text_[at_]);
    return out;
  }
  while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\r' && text_[at_] != '\n')
    out += text_[at_++];
  return out;
}

// One row that is not blank; false at the end.
bool CsvRecords::row(std::vector<std::string>& fields) {
  while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r'))
    newlines_ += text_[at_++] == '\n';
  if (at_ >= text_.size()) return false;
  line_ = newlines_ + 1;
  fields = {field()};
  while (at_ < text_.size() && text_[at_] == ',') {
    ++at_;
    fields.push_back(field());
  }
  return true;
}

bool CsvRecords::next(nlohmann::json& object) {
  std::vector<std::string> fields;
  if (!row(fields)) return false;
  if (fields.size() > header_.size())
    throw DataError("{}: required at most {} fields as in the header, {} came", where(),
                    header_.size(), fields.size());
  object = nlohmann::json::object();
  for (size_t i = 0; i < fields.size(); ++i) object[header_[i]] = std::move(fields[i]);
  return true;
}

}  // namespace rlreason::data
