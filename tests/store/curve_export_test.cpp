// Curves for other programs, read back by readers written here from the formats' descriptions alone.
#include "core/store/curve_export.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "tests/store/fixture.h"

namespace rlreason::store {
namespace {

// Bit by bit, polynomial 0x1EDC6F41 reflected (RFC 3720 B.4); nothing of the product's table.
uint32_t slow_crc32c(const std::string& bytes) {
  uint32_t crc = 0xffffffffu;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0u);
  }
  return ~crc;
}
uint32_t unmask(uint32_t masked) {
  const uint32_t rotated = masked - 0xa282ead8u;
  return (rotated >> 17) | (rotated << 15);
}

struct Bytes {
  std::string text;
  size_t at = 0;
  bool done() const { return at == text.size(); }
  std::string take(size_t n) {
    if (text.size() - at < n) throw std::runtime_error("short");
    at += n;
    return text.substr(at - n, n);
  }
  template <class T>
  T fixed() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
  }
};

struct Point {
  std::string tag;
  int64_t step;
  float value;
  double wall;
};
struct Events {
  std::string version;
  std::vector<Point> points;
};

Events read_events(const std::string& file) {
  Events events;
  Bytes in{file};
  while (!in.done()) {
    const std::string length = in.take(8);
    EXPECT_EQ(unmask(in.fixed<uint32_t>()), slow_crc32c(length));
    const std::string data = in.take(static_cast<size_t>(Bytes{length}.fixed<uint64_t>()));
    EXPECT_EQ(unmask(in.fixed<uint32_t>()), slow_crc32c(data));
    double wall = 0;
    int64_t step = 0;
    std::string summary;
    for (Bytes event{data}; !event.done();) {
      switch (event.varint()) {
        case 1 << 3 | 1:
          wall = event.fixed<double>();
          break;
        case 2 << 3 | 0:
          step = static_cast<int64_t>(event.varint());
          break;
        case 3 << 3 | 2:
          events.version = event.take(event.varint());
          break;
        case 5 << 3 | 2:
          summary = event.take(event.varint());
          break;
        default:
          throw std::runtime_error("unknown field");
      }
    }
    for (Bytes values{summary}; !values.done();) {
      if (values.varint() != (1 << 3 | 2)) throw std::runtime_error("not a value");
      Bytes value{values.take(values.varint())};
      Point point{"", step, 0, wall};
      while (!value.done()) switch (value.varint()) {
          case 1 << 3 | 2:
            point.tag = value.take(value.varint());
            break;
          case 2 << 3 | 5:
            point.value = value.fixed<float>();
            break;
          default:
            throw std::runtime_error("unknown field");
        }
      events.points.push_back(point);
    }
  }
  return events;
}

TEST(TensorBoard, AnIndependentReaderFindsEveryPoint) {
  const double inf = std::numeric_limits<double>::infinity();
  const Curves curves = {
      {"train/loss", {{0, 0.5}, {1, std::nan("")}, {300, -inf}, {1LL << 40, 1e-3}}},
      {"time/iteration_s", {{0, 2.0}, {1, 3.0}, {300, 0.5}}},
      {std::string(300, 'n'), {{1, 7}}}};
  const Events events = read_events(tensorboard_events(curves, 1000.25));
  EXPECT_EQ(events.version, "brain.Event:2");
  ASSERT_EQ(events.points.size(), 8u);
  std::map<std::pair<std::string, int64_t>, Point> found;
  for (const auto& point : events.points) found[{point.tag, point.step}] = point;
  EXPECT_EQ((found.at({"train/loss", 0}).value), 0.5f);
  EXPECT_TRUE((std::isnan(found.at({"train/loss", 1}).value)));
  EXPECT_TRUE((std::isinf(found.at({"train/loss", 300}).value)));
  EXPECT_EQ((found.at({"train/loss", 1LL << 40}).value), 1e-3f);
  EXPECT_EQ((found.at({std::string(300, 'n'), 1}).value), 7.0f);
  EXPECT_EQ((found.at({"train/loss", 0}).wall), 1002.25);
  EXPECT_EQ((found.at({"train/loss", 300}).wall), 1005.75);
  double before = 0;
  for (const auto& point : events.points) {
    EXPECT_GE(point.wall, before);
    before = point.wall;
  }
  EXPECT_EQ(read_events(tensorboard_events({}, 1)).points.size(), 0u);
}

TEST(CurveCsv, KeepsEveryDigitAndDefusesFormulas) {
  EXPECT_EQ(csv_cell("plain"), "plain");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"x\"\n"), "\"say \"\"x\"\"\n\"");
  for (const std::string formula : {"=1+1", "+1", "-1", "@sum", "\tx"})
    EXPECT_EQ(csv_cell(formula)[0], '\'') << formula;
  const double odd = 0.1 + 0.2, inf = std::numeric_limits<double>::infinity();
  const std::string text =
      curves_csv("=run", {{"m", {{-3, odd}, {4, inf}, {5, -inf}, {6, std::nan("")}, {7, -0.0}}}});
  EXPECT_EQ(text,
            "'=run,m,-3,0.30000000000000004\n'=run,m,4,inf\n'=run,m,5,-inf\n'=run,m,6,nan\n'=run,m,"
            "7,-0\n");
  EXPECT_EQ(std::stod("0.30000000000000004"), odd);
}

}  // namespace
}  // namespace rlreason::store
