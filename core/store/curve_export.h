// Curves for other programs: CSV, and TensorBoard's event files.
//
// CSV: run,metric,iteration,value, one row a point, doubles with every digit that matters, NaN and infinities as nan, inf,
// -inf; a text that a spreadsheet would take for a formula gets an apostrophe in front.
// Events: TFRecords (length, masked CRC-32C of it, data, masked CRC-32C of the data) of protocol buffers Event{wall_time = 1,
// step = 2, file_version = 3, summary = 5}, Summary{value = 1}, Value{tag = 1, simple_value = 2}; values become f32 there.
// Format: tensorflow/tensorflow core/lib/io/record_writer and core/util/event.proto.  A point's wall time is the run's start
// plus the recorded time/iteration_s so far: the log has no clock of its own.
// Errors: none of content; writing is the caller's (core/process/io.h).
// Thread safety: pure functions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/records.h"

namespace rlreason::store {

using Curves = std::map<std::string, std::vector<CurvePoint>>;

std::string csv_cell(std::string_view text);
std::string csv_header();
std::string curves_csv(const std::string& run, const Curves& curves);

std::string tensorboard_events(const Curves& curves, double start_s);

}  // namespace rlreason::store
