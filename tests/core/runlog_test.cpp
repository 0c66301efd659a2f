#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "core/runlog/checksum.h"
#include "core/runlog/layout.h"
#include "core/runlog/reader.h"
#include "core/runlog/writer.h"
#include "tests/core/process_support.h"

namespace rlreason::runlog {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using nlohmann::json;
using process::read_file;
using process::write_file_atomic;
using test::Scratch;
using test::sentence_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<uint64_t> seqs(const std::vector<Record>& records) {
  std::vector<uint64_t> result;
  for (const auto& record : records) result.push_back(record.seq);
  return result;
}

TEST(Frame, ChecksumIsCastagnolis) {
  // RFC 3720 B.4 and the classical check value of CRC-32C.
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43U);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), 0xE3069283U);
  EXPECT_EQ(crc32c_by_tables("123456789"), 0xE3069283U);
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    for (const size_t cut : {size_t{0}, bytes.size() / 3, bytes.size()}) {
      const std::string_view text = bytes;
      EXPECT_EQ(crc32c(text.substr(cut), crc32c(text.substr(0, cut))), crc32c_by_tables(text));
    }
    bytes += static_cast<char>(i * 89 + 7);
  }
}

TEST(Frame, LayoutIsAsDocumented) {
  const std::string frame = encode_frame(Kind::step, 0x0102030405060708, "{}");
  ASSERT_EQ(frame.size(), 20U);
  EXPECT_EQ(frame.substr(0, 4), std::string("\2\0\0\0", 4));
  EXPECT_EQ(frame.substr(8, 2), std::string("\2\0", 2));
  EXPECT_EQ(frame.substr(10, 8), "\x08\x07\x06\x05\x04\x03\x02\x01");
  EXPECT_EQ(frame.substr(18), "{}");
  Frame decoded;
  ASSERT_EQ(decode_frame(frame + "rest", decoded), FrameState::complete);
  EXPECT_EQ(decoded.seq, 0x0102030405060708U);
  EXPECT_EQ(decoded.bytes, 20U);
}

TEST(Frame, EveryFlippedBitAndEveryCutIsNoticed) {
  const std::string frame = encode_frame(Kind::eval, 5, R"({"a":[1,2,3]})");
  Frame decoded;
  for (size_t bit = 0; bit < 8 * frame.size(); ++bit) {
    std::string flipped = frame;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(decode_frame(flipped, decoded), FrameState::complete) << bit;
  }
  for (size_t size = 0; size < frame.size(); ++size)
    EXPECT_EQ(decode_frame(frame.substr(0, size), decoded), FrameState::incomplete);
}

TEST(Frame, TooLargePayloadsAreRefused) {
  EXPECT_THROW(encode_frame(Kind::event, 1, std::string(kMaxPayloadBytes + 1, ' ')), DataError);
  Frame decoded;
  EXPECT_EQ(decode_frame(std::string(4, '\xff') + std::string(100, '\0'), decoded),
            FrameState::corrupt);
}

TEST(Frame, NumbersRoundTrip) {
  const double inf = std::numeric_limits<double>::infinity();
  for (const double value :
       {0.0, -0.0, 1.0 / 3, 5e-324, 1.7976931348623157e308, 9007199254740993.0, inf, -inf}) {
    const double back = to_double(parse_payload(payload_text(number(value))));
    EXPECT_EQ(back, value);
    EXPECT_EQ(std::signbit(back), std::signbit(value));
  }
  EXPECT_TRUE(std::isnan(to_double(parse_payload(payload_text(number(std::nan("")))))));
  EXPECT_EQ(to_double(json(7)), 7.0);
  for (const json& bad : {json("1"), json("NaN"), json(nullptr), json::array(), json(true)})
    EXPECT_THROW(to_double(bad), DataError) << bad;
}

TEST(Frame, PayloadsOfAnyBytesSurvive) {
  const json text = {{"text", std::string("a\0b\x1b[31m\n\"\\", 11)}, {"utf8", "\u00d7 \u2212"}};
  EXPECT_EQ(parse_payload(payload_text(text)), text);
  EXPECT_EQ(parse_payload(payload_text({{"bad", "\xff\xc3"}})).at("bad"),
            "\xef\xbf\xbd\xef\xbf\xbd");
  for (const char c : payload_text(text))
    EXPECT_GE(static_cast<unsigned char>(c), 0x20) << "no raw control character";
  EXPECT_THROW(parse_payload(std::string(65, '[') + std::string(65, ']')), DataError);
  EXPECT_NO_THROW(parse_payload(std::string(64, '[') + std::string(64, ']')));
  EXPECT_THROW(parse_payload(std::string(1 << 20, '[')), DataError);
  EXPECT_NO_THROW(parse_payload(
      R"({"text": "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\""})"));
  EXPECT_THROW(parse_payload("{"), DataError);
}

TEST(RunLog, WhatIsAppendedIsRead) {
  const Scratch scratch;
  Writer writer(scratch.path(), "0001-abc", {{"run_uid", "r"}});
  EXPECT_EQ(writer.append(Kind::step, {{"iteration", 1}}), 2U);
  Reader reader(scratch.path());
  Cursor cursor;
  auto records = reader.read(cursor);
  ASSERT_EQ(records.size(), 2U) << "the open fragment is read";
  EXPECT_EQ(records[0].kind, Kind::hello);
  EXPECT_EQ(records[0].attempt, "0001-abc");
  EXPECT_EQ(records[1].payload.at("iteration"), 1);
  EXPECT_TRUE(reader.read(cursor).empty());
  writer.append(Kind::eval, {});
  writer.close({{"exit_code", 0}});
  records = reader.read(cursor);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[1].kind, Kind::bye);
  EXPECT_TRUE(reader.problems().empty());
  EXPECT_TRUE(fs::exists(scratch / "log/0001-abc/00000000.rls"));
  EXPECT_FALSE(fs::exists(scratch / "log/0001-abc/00000000.rls.open"));
  EXPECT_THROW(writer.append(Kind::step, {}), BugError);
}

TEST(RunLog, AnAttemptHasOneWriterForEver) {
  const Scratch scratch;
  Writer(scratch.path(), "0001-abc", {}).close({});
  EXPECT_THROW(Writer(scratch.path(), "0001-abc", {}), RefusedError);
  for (const char* bad : {"", "../x", "abc", "0/1", ".1"})
    EXPECT_THROW(Writer(scratch.path(), bad, {}), BugError) << bad;
}

TEST(RunLog, FragmentsRotateBySizeAndByAge) {
  const Scratch scratch;
  Writer writer(scratch.path(), "0001-abc", {}, {.fragment_bytes = 200, .fragment_age = 1h});
  for (int i = 0; i < 40; ++i) writer.append(Kind::step, {{"iteration", i}});
  const auto fragments = list_fragments(scratch / "log/0001-abc");
  EXPECT_GT(fragments.size(), 5U);
  EXPECT_TRUE(fragments.rbegin()->second) << "the last one is open";
  Writer quick(scratch.path(), "0002-abc", {}, {.fragment_bytes = 1 << 20, .fragment_age = 0ms});
  quick.append(Kind::step, {});
  quick.append(Kind::step, {});
  EXPECT_EQ(list_fragments(scratch / "log/0002-abc").size(), 3U);
  quick.publish();
  quick.publish();
  quick.close({});
  EXPECT_EQ(list_fragments(scratch / "log/0002-abc").size(), 4U);
  Reader reader(scratch.path());
  Cursor cursor;
  EXPECT_EQ(reader.read(cursor).size(), 45U);
  EXPECT_THAT(reader.problems(), ElementsAre());
}

TEST(RunLog, AttemptsComeInOrderOfCreation) {
  const Scratch scratch;
  std::vector<std::string> uids;
  for (int i = 0; i < 11; ++i) {
    uids.push_back(next_attempt_uid(scratch.path()));
    Writer(scratch.path(), uids.back(), {{"attempt", i}});  // left open, as by SIGKILL
  }
  EXPECT_THAT(uids[10], ::testing::MatchesRegex("0011-[0-9a-f]{12}"));
  EXPECT_EQ(attempts(scratch.path()), uids);
  Reader reader(scratch.path());
  Cursor cursor;
  const auto records = reader.read(cursor);
  ASSERT_EQ(records.size(), uids.size());
  for (size_t i = 0; i < uids.size(); ++i) {
    EXPECT_EQ(records[i].attempt, uids[i]);
    EXPECT_EQ(records[i].payload.at("attempt"), i);
  }
  EXPECT_TRUE(attempts(scratch / "absent").empty());
}

TEST(RunLog, TheCursorSurvivesAsJson) {
  const Scratch scratch;
  Writer writer(scratch.path(), "0001-abc", {});
  Cursor cursor;
  Reader reader(scratch.path());
  reader.read(cursor);
  const Cursor back = Cursor::from_json(json::parse(cursor.to_json().dump()));
  EXPECT_EQ(back, cursor);
  EXPECT_EQ(back.attempts.at("0001-abc").seq, 1U);
  EXPECT_EQ(Cursor::from_json(json::object()), Cursor{});
  for (const char* bad : {"[]", "3", R"({"a": 1})", R"({"a": [1, 2]})", R"({"a": [1, 2, -3]})",
                          R"({"a": [1, 2, "3"]})"})
    EXPECT_THROW(Cursor::from_json(json::parse(bad)), DataError) << bad;
}

TEST(RunLog, ReadingInSmallBitesLosesNothing) {
  const Scratch scratch;
  Writer writer(scratch.path(), "0001-abc", {}, {.fragment_bytes = 300});
  for (int i = 0; i < 50; ++i) writer.append(Kind::step, {{"iteration", i}});
  Writer second(scratch.path(), "0002-abc", {});
  Reader reader(scratch.path());
  Cursor cursor;
  std::vector<uint64_t> all;
  for (int calls = 0; calls < 1000; ++calls) {
    const auto records = reader.read(cursor, 1);
    EXPECT_LE(records.size(), 2U);
    if (records.empty()) break;
    cursor = Cursor::from_json(cursor.to_json());
    for (const auto seq : seqs(records)) all.push_back(seq);
  }
  ASSERT_EQ(all.size(), 52U);
  for (size_t i = 0; i < 51; ++i) EXPECT_EQ(all[i], i + 1);
}

TEST(RunLog, KindsOfLaterVersionsArePassedOn) {
  const Scratch scratch;
  process::make_directories(scratch / "log/0001-abc");
  write_file_atomic(scratch / "log/0001-abc/00000000.rls",
                    encode_frame(static_cast<Kind>(77), 1, "[1]"));
  Cursor cursor;
  const auto records = Reader(scratch.path()).read(cursor);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(to_string(records[0].kind), "kind_77");
}

TEST(RunLog, HostileFragmentsDoNoHarm) {
  const Scratch scratch;
  const fs::path attempt = scratch / "log/0001-abc";
  process::make_directories(attempt);
  const std::string good = encode_frame(Kind::step, 9, "{}");
  const std::string deep =
      encode_frame(Kind::step, 10, std::string(1000, '[') + std::string(1000, ']'));
  const std::string nothing = encode_frame(Kind::step, 11, "not json");
  const std::string again = encode_frame(Kind::step, 9, "{}");
  write_file_atomic(attempt / "00000000.rls", std::string(4, '\xff') + std::string(500, '\0') +
                                                  good + deep + nothing + again);
  write_file_atomic(attempt / "00000001.rls",
                    std::string("\0\0\0\4", 4) + std::string(30, 'x'));  // claims 64 MiB
  write_file_atomic(attempt / "00000003.rls", encode_frame(Kind::step, 12, "{}"));
  write_file_atomic(attempt / "x.rls", "not ours");
  write_file_atomic(attempt / "00000002.txt", "not ours");
  fs::create_symlink("/etc/passwd", attempt / "00000004.rls");
  fs::create_directory_symlink(attempt, scratch / "log/0002-link");
  fs::create_directory(scratch / "log/0003-empty");
  write_file_atomic(scratch / "log/0004-file", "no directory");
  Reader reader(scratch.path());
  Cursor cursor;
  EXPECT_THAT(seqs(reader.read(cursor)), ElementsAre(9, 12));
  EXPECT_GE(reader.problems().size(), 5U);
  for (const auto& problem : reader.problems()) EXPECT_THAT(problem, HasSubstr("0001-abc"));
  EXPECT_TRUE(reader.read(cursor).empty());
  EXPECT_THAT(reader.problems(), ElementsAre()) << "each is reported once";
}

TEST(RunLog, AFragmentOfAbsurdSizeIsSkipped) {
  const Scratch scratch;
  process::make_directories(scratch / "log/0001-abc");
  write_file_atomic(scratch / "log/0001-abc/00000000.rls", "x");
  fs::resize_file(scratch / "log/0001-abc/00000000.rls", uintmax_t{1} << 40);  // sparse
  Reader reader(scratch.path());
  Cursor cursor;
  EXPECT_TRUE(reader.read(cursor).empty());
  EXPECT_EQ(reader.problems().size(), 1U);
}

TEST(RunLog, AWriterThatFailedStaysSilent) {
  const Scratch scratch;
  Writer writer(scratch.path(), "0001-abc", {});
  {
    const test::FaultGuard guard({.fail_at = 1, .error = ENOSPC, .once = true});
    EXPECT_THAT(sentence_of<DiskError>([&] { writer.append(Kind::step, {}); }),
                HasSubstr("No space left"));
  }
  EXPECT_THAT(sentence_of<DiskError>([&] { writer.append(Kind::step, {}); }),
              HasSubstr("earlier write"));
  EXPECT_THROW(writer.close({}), DiskError);
  writer.publish();
  Reader reader(scratch.path());
  Cursor cursor;
  EXPECT_THAT(seqs(reader.read(cursor)), ElementsAre(1)) << "what was acknowledged is there";
}

}  // namespace
}  // namespace rlreason::runlog
