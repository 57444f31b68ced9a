// SPDX-License-Identifier: MIT
// The streaming reader. rapidjson and not nlohmann-json: it takes NaN and Infinity, which Google
// Benchmark writes, reports byte offsets, never recurses, and reads several times faster.
#include <rapidjson/error/en.h>
#include <rapidjson/filereadstream.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "analysis/load/result_file.hpp"
#include "analysis/load/result_file_builder.hpp"

namespace zp::analysis {
namespace {

// Google Benchmark nests four deep; more than this is somebody else's file.
constexpr int kMaxDepth = 64;
// What is larger, or nearer to 0, is no measurement, and its squares would be infinite, or 0.
constexpr double kLargestFigure = 1e100;
constexpr std::size_t kStartBytes = 32;  // enough to tell what a file is
constexpr std::size_t kReadBytes = 64 << 10;
constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNanAndInfFlag |
                            rapidjson::kParseNumbersAsStringsFlag;

using Size = rapidjson::SizeType;

// Row keys that count or order rows and measure nothing; null for others.
std::int64_t PendingRow::*bookkeeping(std::string_view key) {
  if (key == "family_index") return &PendingRow::family_index;
  if (key == "per_family_instance_index") return &PendingRow::instance_index;
  if (key == "repetition_index") return &PendingRow::repetition_index;
  if (key == "repetitions") return &PendingRow::repetitions;
  if (key == "iterations") return &PendingRow::iterations;
  if (key == "threads") return &PendingRow::threads;
  return nullptr;
}

// Row keys whose values are texts that are kept; null for others.
std::string PendingRow::*kept_text(std::string_view key) {
  if (key == "name") return &PendingRow::name;
  if (key == "run_name") return &PendingRow::run_name;
  if (key == "run_type") return &PendingRow::run_type;
  if (key == "time_unit") return &PendingRow::time_unit;
  if (key == "label") return &PendingRow::label;
  if (key == "error_message" || key == "skip_message") return &PendingRow::reason;
  return nullptr;
}

bool is_truth_key(std::string_view key) {
  return key == "error_occurred" || key == "skipped";
}

// Row keys whose values are text or truth values. A number there is a counter of that name.
bool is_text_key(std::string_view key) {
  return kept_text(key) != nullptr || is_truth_key(key) || key == "aggregate_name" ||
         key == "aggregate_unit" || key == "big_o";
}

// What a file is that does not begin as JSON does; "" where its first bytes say nothing.
std::string_view foreign_format(std::string_view start) {
  const auto begins = [&](std::string_view mark) { return start.starts_with(mark); };
  if (begins("\x1f\x8b")) return "compressed with gzip: unpack it first (gunzip)";
  if (begins("\x28\xb5\x2f\xfd")) return "compressed with zstd: unpack it first (unzstd)";
  if (begins("\xfd"
             "7zXZ"))
    return "compressed with xz: unpack it first (unxz)";
  if (begins("BZh")) return "compressed with bzip2: unpack it first (bunzip2)";
  if (begins("PK\x03\x04")) return "a zip archive: unpack it first";
  if (begins("SQLite format 3")) return "an SQLite database, not JSON";
  if (begins("\xff\xfe") || begins("\xfe\xff") || begins(std::string_view("{\0", 2)) ||
      begins(std::string_view("\0{", 2)) || begins(std::string_view("\0\0", 2)))
    return "UTF-16 or UTF-32 text, which JSON for programs is not: convert it (iconv -t UTF-8)";
  if (begins("name,") || begins("\"name\",")) return "CSV: --benchmark_out_format=json writes JSON";
  if (begins("<")) return "markup (HTML or XML), not JSON";
  if (begins("version https://git-lfs")) return "a Git LFS pointer: fetch the file (git lfs pull)";
  return {};
}

// rapidjson calls one function a token. Where we are is a depth and two flags:
//   depth 1: the top object; 2: inside "context" or "benchmarks"; 3: inside a row, ...
class Handler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Handler> {
 public:
  // As tables of rows are written whose columns not all have: no text. Of a figure, a loss.
  bool Null() {
    const bool of_text = section_ == kRows && depth_ == 3 && is_text_key(key_);
    return of_text || (section_ == kContext && depth_ == 2) || scalar("null", false);
  }
  bool Bool(bool value) { return scalar(value ? "true" : "false", value); }
  // Numbers come as text (kParseNumbersAsStringsFlag), these never.
  bool Default() { return stop("unexpected number"); }
  bool RawNumber(const char* text, Size size, bool) { return number({text, size}); }
  bool String(const char* text, Size size, bool) { return scalar({text, size}, false); }

  bool Key(const char* text, Size size, bool) {
    const std::string_view key(text, size);
    if (depth_ == 1) section_ = key == "context" ? kContext : key == "benchmarks" ? kRows : kOther;
    if ((section_ == kContext && depth_ == 2) || (section_ == kRows && depth_ == 3)) key_ = key;
    return true;
  }

  bool StartObject() {
    if (depth_ == 1 && section_ == kRows) return stop("'benchmarks' is not an array");
    if (depth_ == 2 && section_ == kRows) row_.clear();
    if (depth_ == 3 && section_ == kRows) not_a_number();
    if (depth_ == 0) top_is_object_ = true;
    if (depth_ == 1 && section_ == kContext && std::exchange(has_context_, true))
      return stop("a second 'context'");
    return open();
  }
  bool EndObject(Size) {
    close();
    if (depth_ != 2 || section_ != kRows) return true;
    const auto wrong = builder_.add_row(row_);
    return wrong.empty() ? true : stop(wrong);
  }
  bool StartArray() {
    if (depth_ == 0) return stop("the top is an array, not an object");
    if (depth_ == 1 && section_ == kRows && std::exchange(has_rows_, true))
      return stop("a second list 'benchmarks'");
    if (depth_ == 2 && section_ == kRows)
      return stop("'benchmarks' holds something that is not a row");
    if (depth_ == 3 && section_ == kRows) not_a_number();
    return open();
  }
  bool EndArray(Size) {
    close();
    return true;
  }

  bool is_benchmark_json() const { return top_is_object_ && has_rows_; }
  const std::string& stopped_because() const { return stopped_because_; }
  ResultFile finish() { return builder_.finish(); }

 private:
  enum Section { kOther, kContext, kRows };

  bool stop(std::string reason) {
    stopped_because_ = std::move(reason);
    return false;
  }
  bool open() {
    if (++depth_ > kMaxDepth) return stop(fmt::format("nested deeper than {}", kMaxDepth));
    return true;
  }
  void close() { --depth_; }

  bool number(std::string_view text) {
    if (section_ == kRows && depth_ == 3) return row_number(text);
    return scalar(text, false);
  }

  // from_chars and not rapidjson's own conversion: that one is either inexact or, for a zero with
  // an exponent, undefined. rapidjson hands over no text for NaN and Infinity; both are absent
  // here, as is what does not fit in a double.
  bool row_number(std::string_view text) {
    if (is_googles_own(text)) return true;
    double value = 0;
    const auto out_of_range = [&] {
      const double size = std::abs(value);
      return !std::isfinite(value) || size > kLargestFigure ||
             (size > 0 && size < 1 / kLargestFigure);
    };
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size() || out_of_range()) {
      if (row_.not_finites++ == 0) row_.not_finite = key_;
      return true;
    }
    // SQLite writes true as 1. So may others write a counter: an error has a message, too.
    if (value == 1 && is_truth_key(key_)) row_.maybe_error = true, row_.skipped = key_ == "skipped";
    if (key_ == "real_time")
      set_time(row_.real_time, value);
    else if (key_ == "cpu_time")
      set_time(row_.cpu_time, value);
    else if (!builder_.add_figure(row_, key_, value))
      return stop("more than 65000 different row keys");
    return true;
  }

  // Counters can be called as fields of the row are, which stand in front of them. They are told by
  // how they are written, 1.0000000000000000e+00, or as second of the name.
  bool is_googles_own(std::string_view text) {
    const bool of_counters = text.find('.') != text.npos && text.find('e') != text.npos;
    if (const auto field = bookkeeping(key_); field && row_.*field < 0) {
      double count = 0;
      std::from_chars(text.data(), text.data() + text.size(), count);
      const bool fits = !of_counters && count >= 0 && count < 9e18 && count == std::floor(count);
      if (fits && !text.empty()) row_.*field = static_cast<std::int64_t>(count);
      return fits;
    }
    if (!is_text_key(key_)) return false;
    if (text.empty()) return true;       // NaN, where a table has no text
    const auto field = kept_text(key_);  // a label can be a number
    const bool fits = field && (row_.*field).empty() && text.find_first_of(".eE") == text.npos;
    if (fits) row_.*field = text;
    return fits;
  }

  // A counter can have the name of a time, and stands behind it.
  void set_time(double& time, double value) {
    if (std::isnan(time))
      time = value;
    else
      row_.repeated_time = key_;
  }

  bool scalar(std::string_view text, bool truth) {
    if (depth_ == 0) return stop("the top is not an object");
    if (depth_ == 1 && section_ == kRows) return stop("'benchmarks' is not an array");
    if (section_ == kRows && depth_ == 2)
      return stop("'benchmarks' holds something that is not a row");
    if (section_ == kRows && depth_ == 3) row_text(text, truth);
    if (section_ == kContext && depth_ == 2) builder_.file.context[key_] = text;
    // The one nested list worth keeping, flat: it tells foreign hosts apart.
    if (section_ == kContext && depth_ == 4 && key_ == "caches") {
      auto& caches = builder_.file.context[key_];
      caches.append(caches.empty() ? "" : " ").append(text);
    }
    return true;
  }

  void row_text(std::string_view text, bool truth) {
    if (const auto field = kept_text(key_))
      row_.*field = text;
    else if (key_ == "aggregate_name")
      row_.aggregate = true;
    else if (is_truth_key(key_) && (truth || text == "true"))
      row_.error = true, row_.skipped = key_ == "skipped";
    else if (!is_text_key(key_))
      not_a_number();
  }

  void not_a_number() {
    if (row_.not_numbers++ == 0) row_.not_number = key_;
  }

  ResultFileBuilder builder_;
  PendingRow row_;
  std::string key_;  // the last key in "context" or in a row
  std::string stopped_because_;
  Section section_ = kOther;
  int depth_ = 0;
  bool top_is_object_ = false;
  bool has_context_ = false;
  bool has_rows_ = false;
};

template <class Stream>
Outcome<ResultFile> parse(Stream& stream, const std::string& path, std::string_view start) {
  if (const auto format = foreign_format(start); !format.empty())
    return fail(ExitCode::kUsage, "{}: {}", path, format);
  // Windows' editors put a byte order mark in front, which JSON does not have.
  std::size_t skipped = 0;
  if (start.starts_with("\xef\xbb\xbf"))
    for (; skipped < 3; ++skipped) stream.Take();
  Handler handler;
  rapidjson::Reader reader;
  const auto result = reader.Parse<kFlags>(stream, handler);
  if (result.IsError()) {
    const std::string reason = handler.stopped_because().empty()
                                   ? rapidjson::GetParseError_En(result.Code())
                                   : handler.stopped_because();
    return fail(ExitCode::kUsage, "{}: byte {}: {}", path, result.Offset(), reason);
  }
  if (!handler.is_benchmark_json())
    return fail(ExitCode::kUsage, "{}: no 'benchmarks' array: not Google Benchmark JSON", path);
  ResultFile file = handler.finish();
  file.path = path;
  return file;
}

}  // namespace

Outcome<ResultFile> parse_result_text(std::string_view text, const std::string& path) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  return parse(stream, path, text.substr(0, kStartBytes));
}

Outcome<ResultFile> read_result_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) return fail(ExitCode::kUsage, "{}: {}", path, std::strerror(errno));
  struct stat status {};
  if (fstat(fileno(file.get()), &status) == 0 && S_ISDIR(status.st_mode))
    return fail(ExitCode::kUsage, "{}: is a directory", path);
  struct stat output {};
  if (S_ISREG(status.st_mode) && fstat(STDOUT_FILENO, &output) == 0 &&
      output.st_dev == status.st_dev && output.st_ino == status.st_ino)
    return fail(ExitCode::kUsage, "{}: standard output would be written over it", path);
  std::vector<char> buffer(kReadBytes);
  errno = 0;
  rapidjson::FileReadStream stream(file.get(), buffer.data(), buffer.size());
  // A pipe does not say how much it holds: what was not read is zeros.
  std::string_view start(buffer.data(), kStartBytes);
  start = start.substr(0, start.find_last_not_of('\0') + 1);
  auto parsed = parse(stream, path, start);
  // What it did not read looks to a parser like a file that ends too early.
  if (std::ferror(file.get()))
    return fail(ExitCode::kUsage, "{}: can't be read: {}", path, std::strerror(errno));
  return parsed;
}

}  // namespace zp::analysis
