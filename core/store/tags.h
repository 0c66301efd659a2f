// Tags and notes that people put on runs, and events that programs put there.
//
// A tag is a short word for filters ([A-Za-z0-9._:/+-], at most 64 characters); the tag `pin` keeps a run from gc.
// A note is free text with a time and an author.  Both survive export and import.
// Errors: UserError (no such run, ill-formed tag or note), StoreError.
// Thread safety: as Store.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/store/store.h"

namespace rlreason::store {

inline constexpr const char* kPinTag = "pin";

struct NoteRow {
  int64_t t_ms = 0;
  std::string author, text;
};

void add_tag(Store& store, const std::string& run_uid, const std::string& tag);  // again: nothing
bool remove_tag(Store& store, const std::string& run_uid,
                const std::string& tag);  // false: was not there
std::vector<std::string> tags(const Store& store, const std::string& run_uid);  // sorted
std::map<std::string, std::vector<std::string>> all_tags(const Store& store);   // by run uid

void add_note(Store& store, const std::string& run_uid, const std::string& text,
              const std::string& author = "");
std::vector<NoteRow> notes(const Store& store, const std::string& run_uid);  // oldest first

// Something that happened to a run and that no log of it says: a health rule fired, a coordinator took it for dead.
void add_event(Store& store, const std::string& run_uid, const std::string& kind,
               const nlohmann::json& payload);

}  // namespace rlreason::store
