#include "core/json.h"

#include "core/error.h"
#include "core/utf8.h"

namespace rlreason {
namespace {

struct TooDeep {};

}  // namespace

nlohmann::json parse_untrusted_json(std::string_view text, const std::string& where,
                                    JsonLimits limits) {
  using nlohmann::json;
  if (text.size() > limits.bytes)
    throw DataError(
        "{}: required at most {} bytes of JSON, {} came; check that this is the right file", where,
        limits.bytes, text.size());
  if (const size_t bad = utf8::first_invalid(text); bad != std::string_view::npos)
    throw DataError("{}: required UTF-8, byte {} is not; convert the file", where, bad + 1);
  try {
    return json::parse(text, [&](int depth, json::parse_event_t, json&) {
      if (depth > limits.depth) throw TooDeep{};
      return true;
    });
  } catch (const TooDeep&) {
    throw DataError("{}: required JSON of at most {} levels, a deeper value came; flatten it",
                    where, limits.depth);
  } catch (const json::parse_error& error) {
    throw DataError(
        "{}: required one JSON value, malformed text came at byte {}; repair or remove it", where,
        error.byte);
  } catch (const json::exception&) {
    throw DataError("{}: required one JSON value, a number out of range came; repair it", where);
  }
}

}  // namespace rlreason
