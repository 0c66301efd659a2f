#include "core/store/curve_export.h"

#include <fmt/core.h>

#include <bit>
#include <cmath>
#include <cstdint>

#include "core/runlog/frame.h"

namespace rlreason::store {
namespace {

constexpr const char* kSeconds = "time/iteration_s";

std::string csv_number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return fmt::format("{}", value);
}

template <class T>
void put_fixed(std::string& out, T value) {  // little-endian
  for (size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>((value >> (8 * i)) & 0xff);
}

void put_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  out += static_cast<char>(value);
}

enum Wire : uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
void put_key(std::string& out, uint64_t field, Wire wire) { put_varint(out, field << 3 | wire); }

void put_bytes(std::string& out, uint64_t field, std::string_view bytes) {
  put_key(out, field, kBytes);
  put_varint(out, bytes.size());
  out += bytes;
}

std::string event(double wall_time) {
  std::string out;
  put_key(out, 1, kFixed64);
  put_fixed(out, std::bit_cast<uint64_t>(wall_time));
  return out;
}

uint32_t masked_crc(std::string_view bytes) {
  const uint32_t crc = runlog::crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

void put_record(std::string& out, std::string_view data) {
  std::string length;
  put_fixed(length, uint64_t{data.size()});
  out += length;
  put_fixed(out, masked_crc(length));
  out += data;
  put_fixed(out, masked_crc(data));
}

// Iteration -> seconds since the start, from the recorded durations.
std::map<int64_t, double> clock_of(const Curves& curves) {
  std::map<int64_t, double> clock;
  const auto it = curves.find(kSeconds);
  if (it == curves.end()) return clock;
  double at = 0;
  for (const auto& point : it->second) {
    if (std::isfinite(point.value) && point.value > 0) at += point.value;
    clock[point.iteration] = at;
  }
  return clock;
}

double time_at(const std::map<int64_t, double>& clock, int64_t iteration) {
  auto it = clock.upper_bound(iteration);
  return it == clock.begin() ? 0 : std::prev(it)->second;
}

}  // namespace

std::string csv_cell(std::string_view text) {
  std::string cell(text);
  if (!cell.empty() && std::string_view("=+-@\t\r").find(cell[0]) != std::string_view::npos)
    cell.insert(0, 1, '\'');
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

std::string csv_header() { return "run,metric,iteration,value\n"; }

std::string curves_csv(const std::string& run, const Curves& curves) {
  std::string out;
  for (const auto& [metric, points] : curves) {
    const std::string begin = csv_cell(run) + ',' + csv_cell(metric) + ',';
    for (const auto& point : points)
      out += begin + std::to_string(point.iteration) + ',' + csv_number(point.value) + '\n';
  }
  return out;
}

std::string tensorboard_events(const Curves& curves, double start_s) {
  std::string out, first = event(start_s);
  put_bytes(first, 3, "brain.Event:2");
  put_record(out, first);
  const auto clock = clock_of(curves);
  std::map<int64_t, std::string> summaries;  // by iteration: all its values in one event
  for (const auto& [metric, points] : curves)
    for (const auto& point : points) {
      std::string value;
      put_bytes(value, 1, metric);
      put_key(value, 2, kFixed32);
      put_fixed(value, std::bit_cast<uint32_t>(static_cast<float>(point.value)));
      put_bytes(summaries[point.iteration], 1, value);
    }
  for (const auto& [iteration, summary] : summaries) {
    std::string one = event(start_s + time_at(clock, iteration));
    put_key(one, 2, kVarint);
    put_varint(one, static_cast<uint64_t>(iteration));
    put_bytes(one, 5, summary);
    put_record(out, one);
  }
  return out;
}

}  // namespace rlreason::store
