#include "connectors/file_source.hpp"

#include <zlib.h>
#include <zstd.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/file_patterns.hpp"
#include "connectors/record_framing.hpp"
#include "connectors/watched_files.hpp"
#include "engine/error.hpp"
#include "engine/record_block.hpp"
#include "engine/schema.hpp"
#include "engine/source.hpp"
#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_files.hpp"

namespace reckoner {

using testing::FakeClock;
using testing::FakeFiles;

namespace {

constexpr Framing kCsv{FramingKind::kCsv, ','};

FileInputSettings input(std::vector<std::string> patterns) {
  FileInputSettings settings;
  settings.name = "payments";
  settings.patterns = std::move(patterns);
  return settings;
}

FileSourceSettings one_input(FileInputSettings settings, bool until_end = false) { return {.inputs = {std::move(settings)}, .until_end = until_end}; }

std::string gzip(std::string_view text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string bytes(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

std::string zstd(std::string_view text) {
  std::string bytes(ZSTD_compressBound(text.size()), '\0');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  const std::size_t size = ZSTD_compress2(context, bytes.data(), bytes.size(), text.data(), text.size());
  ZSTD_freeCCtx(context);
  REQUIRE(ZSTD_isError(size) == 0U);
  bytes.resize(size);
  return bytes;
}

std::vector<PartitionInfo> discovered(FileSource& source, const std::vector<PartitionInfo>& known = {}) {
  Result<std::vector<PartitionInfo>> found = source.discover(known);
  INFO((found ? "" : found.error().text));
  REQUIRE(found.has_value());
  return *found;
}

std::string discovery_error(FileSource& source, const std::vector<PartitionInfo>& known = {}) {
  const Result<std::vector<PartitionInfo>> found = source.discover(known);
  return found ? "discovered" : found.error().text;
}

struct Reading {
  std::string text;
  std::vector<std::string> records;
  std::vector<std::uint64_t> begins;
  Position next;
  std::string error;
};

// Reads a partition to its end as the engine does: cuts blocks into records and goes on where the block says.
Reading read_all(FileSource& source, PartitionId id, std::size_t bytes, Framing framing = {}, Position from = {}) {
  Reading reading;
  reading.next = from;
  RecordBlock block;
  while (true) {
    const Result<bool> read = source.read(id, reading.next, bytes, block);
    if (!read) {
      reading.error = read.error().text;
      return reading;
    }
    if (!*read) return reading;
    CHECK(block.partition == id);
    CHECK(block.first.record == reading.next.record);
    CHECK(block.text.size() == block.text_bytes + kTextPadding);
    const std::string_view text(block.text.data(), block.text_bytes);
    std::uint64_t rows = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(record_end(text, at, framing), text.size());
      std::string record(text.substr(at, end - at));
      while (record.ends_with('\n') || record.ends_with('\r')) record.pop_back();
      if (!record.empty()) {
        reading.records.push_back(record);
        reading.begins.push_back(block.first.byte + at);
        ++rows;
      }
      at = end;
    }
    reading.text += text;
    reading.next = {block.first.record + rows, block.next_byte};
  }
}

std::string numbered_lines(std::size_t count) {
  std::string text;
  for (std::size_t index = 0; index < count; ++index)
    text += "{\"n\":" + std::to_string(index) + ",\"pad\":\"" + std::string(index % 90, 'x') + "\"}\n";
  return text;
}

}  // namespace

TEST_CASE("files of an input are partitions in the order of their paths, numbered without a gap") {
  FakeFiles files;
  FakeClock clock;
  files.put("in/b.jsonl", "{}\n");
  files.put("in/a.jsonl", "{}\n{}\n");
  files.put("in/c.txt", "no match");
  files.put("other/x.jsonl", "");
  FileSource source(files, clock, {.inputs = {input({"in/*.jsonl", "in/a.jsonl"}), input({"other/x.jsonl"})}, .until_end = true});
  const std::vector<PartitionInfo> found = discovered(source);
  REQUIRE(found.size() == 3);
  CHECK(found[0].name == "in/a.jsonl");
  CHECK(found[0].id == PartitionId{0, 0});
  CHECK(found[0].prefix_bytes == 6);
  CHECK(found[0].ended);
  CHECK(found[1].name == "in/b.jsonl");
  CHECK(found[1].id == PartitionId{0, 1});
  CHECK(found[2].id == PartitionId{1, 0});
  CHECK(source.has_ended({0, 1}).value_or(false));
  CHECK(discovered(source).empty());
  CHECK(read_all(source, {1, 0}, 100).records.empty());
}

TEST_CASE("the same records and positions are read at any block size, plain and compressed") {
  FakeFiles files;
  FakeClock clock;
  const std::string text = numbered_lines(20'000) + "{\"last\":\"without a line end\"}";
  files.put("in/1.jsonl", text);
  files.put("in/2.jsonl.gz", gzip(text));
  files.put("in/3.jsonl.zst", zstd(text));
  // Several members and frames, cut inside a record.
  files.put("in/4.jsonl.gz", gzip(text.substr(0, 777'777)) + gzip(text.substr(777'777)));
  files.put("in/5.jsonl.zst", zstd(text.substr(0, 777'777)) + zstd(text.substr(777'777)));
  FileSource source(files, clock, one_input(input({"in/*"}), true));
  REQUIRE(discovered(source).size() == 5);
  const Reading reference = read_all(source, {0, 0}, 1);
  CHECK(reference.text == text);
  CHECK(reference.records.size() == 20'001);
  CHECK(reference.next == Position{20'001, text.size()});
  for (std::uint32_t partition = 0; partition < 5; ++partition) {
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{5000}, std::size_t{256} << 10U, std::size_t{16} << 20U}) {
      INFO("partition " << partition << " bytes " << bytes);
      const Reading reading = read_all(source, {0, partition}, bytes);
      CHECK(reading.error == "");
      CHECK((reading.records == reference.records && reading.begins == reference.begins && reading.next == reference.next));
    }
    // Going back, and forward over what was not read.
    for (const std::size_t record : {std::size_t{19'000}, std::size_t{5}, std::size_t{12'345}}) {
      RecordBlock block;
      REQUIRE(source.read({0, partition}, {record, reference.begins[record]}, 1, block).value_or(false));
      CHECK(std::string_view(block.text.data(), block.text_bytes).starts_with(reference.records[record]));
    }
  }
}

TEST_CASE("blank lines, a byte order mark and CR LF leave the positions of records exact") {
  FakeFiles files;
  FakeClock clock;
  files.put("f", "\xEF\xBB\xBF\n\r\n{\"a\":1}\r\n\n\n{\"b\":2}\n\n\r\n");
  files.put("blank", "\n\n\r\n");
  FileSource source(files, clock, one_input(input({"blank", "f"}), true));
  REQUIRE(discovered(source).size() == 2);
  CHECK(read_all(source, {0, 0}, 100).records.empty());
  const Reading reading = read_all(source, {0, 1}, 100);
  CHECK(reading.records == std::vector<std::string>{"{\"a\":1}", "{\"b\":2}"});
  CHECK(reading.begins == std::vector<std::uint64_t>{6, 17});
}

TEST_CASE("a record at the limit is whole, one over it is cut and refused alone, at any block size") {
  FakeFiles files;
  FakeClock clock;
  const std::string at_limit(kRecordBytesMax, 'a');
  const std::string over(kRecordBytesMax + 1, 'b');
  const std::string far_over(3 * std::size_t{kRecordBytesMax} + 17, 'c');
  const std::string text = "x\n" + at_limit + "\r\n" + over + "\n" + far_over + "\r\ny\n" + far_over;
  files.put("in/1", text);
  files.put("in/2.gz", gzip(text));
  FileSource source(files, clock, one_input(input({"in/*"}), true));
  REQUIRE(discovered(source).size() == 2);
  for (std::uint32_t partition = 0; partition < 2; ++partition) {
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{1} << 20U, std::size_t{64} << 20U}) {
      const Reading reading = read_all(source, {0, partition}, bytes);
      REQUIRE(reading.records.size() == 6);
      CHECK(reading.records[1] == at_limit);
      for (const std::size_t index : {std::size_t{2}, std::size_t{3}, std::size_t{5}}) {
        CHECK(reading.records[index].size() > kRecordBytesMax);
        CHECK(reading.records[index].size() <= kRecordBytesMax + 2);
      }
      CHECK(reading.records[4] == "y");
      CHECK(reading.begins[4] == text.size() - far_over.size() - 2);
      CHECK(reading.next == Position{6, text.size()});
    }
  }
}

TEST_CASE("a quote that is never closed spoils one CSV record, not the file behind it") {
  FakeFiles files;
  FakeClock clock;
  std::string text = "a,\"opened\n";
  while (text.size() < 2 * std::size_t{kRecordBytesMax}) text += "1,2\n";
  files.put("f.csv", text);
  FileInputSettings settings = input({"f.csv"});
  settings.framing = kCsv;
  FileSource source(files, clock, one_input(settings, true));
  REQUIRE(discovered(source).size() == 1);
  const Reading small = read_all(source, {0, 0}, 1, kCsv);
  const Reading large = read_all(source, {0, 0}, 64U << 20U, kCsv);
  CHECK(small.records == large.records);
  CHECK(small.next == large.next);
  CHECK(small.records.front().size() >= kRecordBytesMax);
  CHECK(small.records.size() > 200'000);
}

TEST_CASE("a CSV header is given apart, and record 0 is the one behind it") {
  FakeFiles files;
  FakeClock clock;
  files.put("in/1.csv", "id,\"two\nlines\"\r\n1,a\r\n2,b\r\n");
  files.put("in/2.csv", "\xEF\xBB\xBFid,x\n7,\"q\n\"\n");
  files.put("in/3.csv", "id,x");
  files.put("in/4.csv", "");
  files.put("in/5.csv", std::string(kRecordBytesMax + 10, 'h'));
  files.put("in/6.csv.gz", gzip("id,x\n8,y\n"));
  FileInputSettings settings = input({"in/*"});
  settings.framing = kCsv;
  settings.csv_header = true;
  FileSource source(files, clock, one_input(settings, true));
  REQUIRE(discovered(source).size() == 6);
  CHECK(source.csv_header({0, 0}).value_or("?") == "id,\"two\nlines\"");
  CHECK(read_all(source, {0, 0}, 1, kCsv).records == std::vector<std::string>{"1,a", "2,b"});
  CHECK(read_all(source, {0, 0}, 1, kCsv).begins.front() == 16);
  CHECK(read_all(source, {0, 1}, 1, kCsv).records == std::vector<std::string>{"7,\"q\n\""});
  CHECK(source.csv_header({0, 1}).value_or("?") == "id,x");
  CHECK(source.csv_header({0, 2}).value_or("?") == "id,x");
  CHECK(read_all(source, {0, 2}, 1, kCsv).records.empty());
  CHECK(source.csv_header({0, 3}).value_or("?").empty());
  CHECK(source.csv_header({0, 4}).error().text.find("header row exceeds") != std::string::npos);
  CHECK(source.csv_header({0, 5}).value_or("?") == "id,x");
  CHECK(read_all(source, {0, 5}, 1, kCsv).records == std::vector<std::string>{"8,y"});
}

TEST_CASE("text in UTF-16 is refused with the way out") {
  FakeFiles files;
  FakeClock clock;
  files.put("f", std::string("\xFF\xFE{\0}\0", 6));
  FileSource source(files, clock, one_input(input({"f"}), true));
  REQUIRE(discovered(source).size() == 1);
  CHECK(read_all(source, {0, 0}, 1).error.find("iconv") != std::string::npos);
}

TEST_CASE("damaged compression is an error that names the place, behind the records before it") {
  FakeFiles files;
  FakeClock clock;
  const std::string text = numbered_lines(50'000);
  const std::string gz = gzip(text);
  const std::string zst = zstd(text);
  std::string wrong_sum = gz;
  wrong_sum[gz.size() - 8] = static_cast<char>(wrong_sum[gz.size() - 8] ^ 1);
  std::string wrong_zstd = zst;
  wrong_zstd.back() = static_cast<char>(wrong_zstd.back() ^ 1);
  files.put("in/1.gz", gz.substr(0, gz.size() / 2));
  files.put("in/2.gz", wrong_sum);
  files.put("in/3.gz", gz + "garbage");
  files.put("in/4.gz", "");
  files.put("in/5.zst", zst.substr(0, zst.size() / 2));
  files.put("in/6.zst", wrong_zstd);
  files.put("in/7.zst", "");
  files.put("in/8.gz", "no gzip at all");
  FileSource source(files, clock, one_input(input({"in/*"}), true));
  REQUIRE(discovered(source).size() == 8);
  const std::vector<std::string> expected{"in/1.gz: gzip is cut short",  "in/2.gz: damaged gzip (incorrect data check)",
                                          "in/3.gz: damaged gzip",       "in/4.gz: gzip is cut short",
                                          "in/5.zst: zstd is cut short", "in/6.zst: damaged zstd",
                                          "in/7.zst: zstd is cut short", "in/8.gz: damaged gzip"};
  for (std::uint32_t partition = 0; partition < 8; ++partition) {
    const Reading reading = read_all(source, {0, partition}, 100'000);
    INFO(reading.error);
    CHECK(reading.error.starts_with(expected[partition]));
    CHECK(text.starts_with(reading.text));
    const bool anything = partition != 3 && partition < 6;
    CHECK((reading.records.size() > 10'000) == anything);
    CHECK(read_all(source, {0, partition}, 100'000, {}, reading.next).error == reading.error);
  }
  CHECK(read_all(source, {0, 1}, 100'000).records.size() == 50'000);
}

TEST_CASE("random damage of compressed files never crashes and never invents records") {
  FakeFiles files;
  FakeClock clock;
  const std::string text = numbered_lines(3000);
  const std::string gz = gzip(text);
  const std::string zst = zstd(text);
  std::mt19937_64 random(5);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = round % 2 == 0 ? gz : zst;
    const std::size_t bit = random() % (bytes.size() * 8);
    bytes[bit / 8] = static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) ^ (1U << (bit % 8)));
    const std::string path = round % 2 == 0 ? "f.gz" : "f.zst";
    files.put(path, bytes);
    FileSource source(files, clock, one_input(input({path}), true));
    REQUIRE(discovered(source).size() == 1);
    const Reading reading = read_all(source, {0, 0}, 4096);
    CHECK((!reading.error.empty() || reading.text == text));
  }
}

TEST_CASE("a followed file serves whole lines only, and never ends unless told") {
  FakeFiles files;
  FakeClock clock;
  FileInputSettings settings = input({"logs/*"});
  settings.follow = true;
  FileSource source(files, clock, one_input(settings));
  CHECK(discovered(source).empty());
  auto file = files.open_append("logs/a.jsonl");
  REQUIRE(file.has_value());
  const auto append = [&](const std::string& text) { REQUIRE((*file)->append(text).has_value()); };
  append("\xEF");
  const std::vector<PartitionInfo> found = discovered(source);
  REQUIRE(found.size() == 1);
  CHECK_FALSE(found[0].ended);
  CHECK_FALSE(source.has_ended({0, 0}).value_or(true));
  CHECK(read_all(source, {0, 0}, 100).records.empty());
  append("\xBB\xBF{\"a\":1}\n{\"b\"");
  Reading reading = read_all(source, {0, 0}, 100);
  CHECK(reading.records == std::vector<std::string>{"{\"a\":1}"});
  append(":2}\n" + std::string(3U << 20U, 'z'));
  Reading second = read_all(source, {0, 0}, 100, {}, reading.next);
  CHECK(second.records == std::vector<std::string>{"{\"b\":2}"});
  append("\nafter\n");
  const Reading third = read_all(source, {0, 0}, 100, {}, second.next);
  REQUIRE(third.records.size() == 2);
  CHECK(third.records[1] == "after");
  CHECK(third.next.byte == files.bytes("logs/a.jsonl").size());

  append("tail");
  FileSource ended(files, clock, one_input(settings, true));
  CHECK(discovered(ended, found).empty());
  CHECK(ended.has_ended({0, 0}).value_or(false));
  CHECK(read_all(ended, {0, 0}, 100, {}, third.next).records == std::vector<std::string>{"tail"});

  REQUIRE(files.truncate("logs/a.jsonl", 5).has_value());
  CHECK(read_all(source, {0, 0}, 100, {}, third.next).error.find("is shorter now") != std::string::npos);
  files.put("logs/b.jsonl.gz", gzip("{}\n"));
  CHECK(discovery_error(source).find("cannot be followed") != std::string::npos);
}

TEST_CASE("a followed CSV file has its header once it is complete") {
  FakeFiles files;
  FakeClock clock;
  files.put("f.csv", "id,");
  FileInputSettings settings = input({"f.csv"});
  settings.framing = kCsv;
  settings.csv_header = true;
  settings.follow = true;
  FileSource source(files, clock, one_input(settings));
  REQUIRE(discovered(source).size() == 1);
  const Result<std::string> early = source.csv_header({0, 0});
  REQUIRE_FALSE(early.has_value());
  CHECK(early.error().retry == Retry::kLater);
  CHECK(read_all(source, {0, 0}, 1, kCsv).records.empty());
  REQUIRE((*files.open_append("f.csv"))->append(std::string("x\n1,2\n")).has_value());
  CHECK(source.csv_header({0, 0}).value_or("?") == "id,x");
  CHECK(read_all(source, {0, 0}, 1, kCsv).records == std::vector<std::string>{"1,2"});
}

TEST_CASE("after a restart known files keep their numbers, also when they have grown, and new ones follow") {
  FakeFiles files;
  FakeClock clock;
  files.put("in/m.jsonl", "{\"a\":1}\n");
  std::vector<PartitionInfo> known;
  {
    FileSource source(files, clock, one_input(input({"in/*"}), true));
    known = discovered(source);
  }
  files.put("in/m.jsonl", "{\"a\":1}\n{\"b\":2}\n");
  files.put("in/a.jsonl", "{\"first by name\":1}\n");
  FileSource source(files, clock, one_input(input({"in/*"}), true));
  const std::vector<PartitionInfo> fresh = discovered(source, known);
  REQUIRE(fresh.size() == 1);
  CHECK(fresh[0].id == PartitionId{0, 1});
  CHECK(fresh[0].name == "in/a.jsonl");
  CHECK(read_all(source, {0, 0}, 100, {}, {1, 8}).records == std::vector<std::string>{"{\"b\":2}"});
}

TEST_CASE("a known file that is gone, has another beginning, or grew inside a line that was read is an error that names it") {
  FakeFiles files;
  FakeClock clock;
  files.put("in/a", "{\"a\":1}\n{\"b\"");
  std::vector<PartitionInfo> known;
  {
    FileSource source(files, clock, one_input(input({"in/a"}), true));
    known = discovered(source);
    CHECK(read_all(source, {0, 0}, 100).next.byte == 12);
  }
  FileSource source(files, clock, one_input(input({"in/*"}), true));
  SECTION("gone") {
    REQUIRE(files.remove("in/a").has_value());
    CHECK(discovery_error(source, known).starts_with("in/a: read before, but gone"));
  }
  SECTION("other content") {
    files.put("in/a", "{\"a\":2}\n{\"b\"");
    CHECK(discovery_error(source, known).starts_with("in/a: another content"));
  }
  SECTION("shorter") {
    files.put("in/a", "{\"a\":1}\n");
    CHECK(discovery_error(source, known).starts_with("in/a: another content"));
  }
  SECTION("grown inside its last line") {
    files.put("in/a", "{\"a\":1}\n{\"b\":2}\n");
    CHECK(discovered(source, known).empty());
    CHECK(read_all(source, {0, 0}, 100, {}, {2, 12}).error.find("has grown in that line") != std::string::npos);
  }
  SECTION("grown behind its last line") {
    files.put("in/a", "{\"a\":1}\n{\"b\"\n{\"c\":3}\n");
    CHECK(discovered(source, known).empty());
    CHECK(read_all(source, {0, 0}, 100, {}, {2, 12}).records == std::vector<std::string>{"{\"c\":3}"});
  }
  SECTION("of an input that the job has no more") {
    known[0].id.input = 1;
    CHECK(discovery_error(source, known).find("the job has 1 inputs now") != std::string::npos);
  }
  SECTION("shortened while it is read") {
    CHECK(discovered(source, known).empty());
    REQUIRE(files.truncate("in/a", 10).has_value());
    CHECK(read_all(source, {0, 0}, 100).error.find("is shorter now") != std::string::npos);
  }
}

TEST_CASE("a path or pattern that names nothing is a configuration error") {
  FakeFiles files;
  FakeClock clock;
  FileSource missing(files, clock, one_input(input({"none.jsonl"}), true));
  CHECK(discovery_error(missing) == "none.jsonl: no such file (input payments); check the path");
  FileSource pattern(files, clock, one_input(input({"in/*.jsonl"}), true));
  CHECK(discovery_error(pattern) == "in/*.jsonl: matches no file (input payments); check the path");
}

TEST_CASE("patterns match in any part of a path") {
  FakeFiles files;
  for (const char* path : {"a/1/x.jsonl", "a/2/y.jsonl", "a/2/.hidden.jsonl", "b/1/z.jsonl", "/r/q.jsonl"}) files.put(path, "");
  CHECK(matching_paths(files, "a/*/*.jsonl").value_or(std::vector<std::string>{}) == std::vector<std::string>{"a/1/x.jsonl", "a/2/y.jsonl"});
  CHECK(matching_paths(files, "a/[2-3]/?.jsonl").value_or(std::vector<std::string>{}) == std::vector<std::string>{"a/2/y.jsonl"});
  CHECK(matching_paths(files, "a/*/x.jsonl").value_or(std::vector<std::string>{}) == std::vector<std::string>{"a/1/x.jsonl"});
  CHECK(matching_paths(files, "/r/*").value_or(std::vector<std::string>{}) == std::vector<std::string>{"/r/q.jsonl"});
  CHECK(matching_paths(files, "none/*").value_or(std::vector<std::string>{"?"}).empty());
}

TEST_CASE("a watched file is taken when it has been stable for long enough, or its manifest says so") {
  FakeFiles files;
  FakeClock clock;
  FileInputSettings settings = input({"drop/*"});
  settings.watch = true;
  settings.watching.stable_ms = 1000;
  FileSource source(files, clock, one_input(settings));
  CHECK(discovered(source).empty());
  files.put("drop/slow", "{\"a\":1}\n", 1);
  files.put("drop/empty", "");
  files.put("drop/ready", "{\"b\":2}\n", 1);
  files.put("drop/ready.ready", "8\n");
  files.put("drop/copying", "{\"c\":3}\n", 1);
  files.put("drop/copying.ready", "100");
  std::vector<PartitionInfo> found = discovered(source);
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "drop/ready");
  clock.advance_ms(999);
  CHECK(discovered(source).empty());
  files.put("drop/slow", "{\"a\":1}\n{\"a\":2}\n", 2);
  clock.advance_ms(1);
  CHECK(discovered(source).empty());
  clock.advance_ms(1000);
  found = discovered(source);
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "drop/slow");
  CHECK(found[0].id == PartitionId{0, 1});
  CHECK(found[0].ended);
  files.put("drop/copying.ready", "soon");
  CHECK(discovery_error(source).find("neither empty nor a size") != std::string::npos);
}

TEST_CASE("with required manifests nothing else is taken, and to the end of input nothing is waited for") {
  FakeFiles files;
  FakeClock clock;
  files.put("drop/a", "{}\n");
  FileInputSettings settings = input({"drop/*"});
  settings.watch = true;
  FileSource ended(files, clock, one_input(settings, true));
  CHECK(discovered(ended).size() == 1);
  settings.watching.require_ready = true;
  FileSource source(files, clock, one_input(settings, true));
  CHECK(discovered(source).empty());
  files.put("drop/a.ready", "");
  CHECK(discovered(source).size() == 1);
}

TEST_CASE("the same content is not taken twice in a watched folder, also after a restart") {
  FakeFiles files;
  FakeClock clock;
  FileInputSettings settings = input({"drop/*"});
  settings.watch = true;
  const std::string long_prefix(kIdentityBytesMax, 'p');
  files.put("drop/1", "{\"a\":1}\n");
  files.put("drop/2", long_prefix + "\n{\"x\":1}\n");
  std::vector<PartitionInfo> known;
  {
    FileSource source(files, clock, one_input(settings, true));
    known = discovered(source);
    REQUIRE(known.size() == 2);
    files.put("drop/3", "{\"a\":1}\n");
    files.put("drop/4", "{\"a\":1}\n{\"a\":2}\n");
    // Equal as far as the identity sees, but another file.
    files.put("drop/5", long_prefix + "\n{\"x\":2}\n");
    CHECK(discovered(source).size() == 2);
    CHECK(source.duplicates() == 1);
    const std::vector<DuplicateFile> duplicates = source.take_duplicates();
    REQUIRE(duplicates.size() == 1);
    CHECK(duplicates[0].path == "drop/3");
    CHECK(duplicates[0].same_as == "drop/1");
    CHECK(source.take_duplicates().empty());
    CHECK(discovered(source).empty());
  }
  FileSource source(files, clock, one_input(settings, true));
  CHECK(discovered(source, known).size() == 2);
  CHECK(source.duplicates() == 1);
}

TEST_CASE("outside watched folders two files of the same content are two files") {
  FakeFiles files;
  FakeClock clock;
  files.put("in/1", "{}\n");
  files.put("in/2", "{}\n");
  FileSource source(files, clock, one_input(input({"in/*"}), true));
  CHECK(discovered(source).size() == 2);
}

TEST_CASE("more files than are kept open are all read") {
  FakeFiles files;
  FakeClock clock;
  for (std::size_t index = 0; index < kOpenFilesMax + 50; ++index) files.put("in/" + std::to_string(10'000 + index), "{\"a\":1}\n{\"b\":2}\n");
  FileSource source(files, clock, one_input(input({"in/*"}), true));
  const std::vector<PartitionInfo> found = discovered(source);
  REQUIRE(found.size() == kOpenFilesMax + 50);
  RecordBlock block;
  for (const PartitionInfo& info : found) CHECK(source.read(info.id, {}, 100, block).value_or(false));
  for (const PartitionInfo& info : found) CHECK(read_all(source, info.id, 100).records.size() == 2);
}

}  // namespace reckoner
