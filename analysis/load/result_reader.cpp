// SPDX-License-Identifier: MIT
// The streaming reader. rapidjson and not nlohmann-json: it takes NaN and Infinity, which Google
// Benchmark writes, reports byte offsets, never recurses, and reads several times faster.
#include <rapidjson/error/en.h>
#include <rapidjson/filereadstream.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>

#include "analysis/load/result_file.hpp"
#include "analysis/load/result_file_builder.hpp"
#include "harness/names/row_keys.hpp"

namespace zp::analysis {
namespace {

// Google Benchmark nests four deep; more than this is somebody else's file.
constexpr int kMaxDepth = 64;
constexpr std::size_t kReadBytes = 256 << 10;
constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNanAndInfFlag |
                            rapidjson::kParseNumbersAsStringsFlag;

using Size = rapidjson::SizeType;

// rapidjson calls one function a token. Where we are is a depth and two flags:
//   depth 1: the top object; 2: inside "context" or "benchmarks"; 3: inside a row, ...
class Handler {
 public:
  bool Null() { return scalar("null", false); }
  bool Bool(bool value) { return scalar(value ? "true" : "false", value); }
  // Numbers come as text (kParseNumbersAsStringsFlag), these never.
  bool Int(int) { return stop("unexpected number"); }
  bool Uint(unsigned) { return stop("unexpected number"); }
  bool Int64(std::int64_t) { return stop("unexpected number"); }
  bool Uint64(std::uint64_t) { return stop("unexpected number"); }
  bool Double(double) { return stop("unexpected number"); }
  bool RawNumber(const char* text, Size size, bool) { return number({text, size}); }
  bool String(const char* text, Size size, bool) { return scalar({text, size}, false); }

  bool Key(const char* text, Size size, bool) {
    const std::string_view key(text, size);
    if (depth_ == 1) section_ = key == "context" ? kContext : key == "benchmarks" ? kRows : kOther;
    if ((section_ == kContext && depth_ == 2) || (section_ == kRows && depth_ == 3)) key_ = key;
    return true;
  }

  bool StartObject() {
    if (depth_ == 1 && section_ == kRows) return stop("'benchmarks' is no array");
    if (depth_ == 2 && section_ == kRows) row_.clear();
    if (depth_ == 0) top_is_object_ = true;
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
    if (depth_ == 1 && section_ == kRows) has_rows_ = true;
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
    if (is_bookkeeping(key_)) return true;
    double value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
      ++builder_.file.non_finite_ignored;
      return true;
    }
    if (key_ == "real_time")
      row_.real_time = value;
    else if (key_ == "cpu_time")
      row_.cpu_time = value;
    else if (!builder_.add_figure(row_, key_, value))
      return stop("more than 65000 different row keys");
    return true;
  }

  bool scalar(std::string_view text, bool truth) {
    if (depth_ == 0) return stop("the top is no object");
    if (depth_ == 1 && section_ == kRows) return stop("'benchmarks' is no array");
    if (section_ == kRows && depth_ == 2)
      return stop("'benchmarks' holds something that is no row");
    if (section_ == kRows && depth_ == 3) row_text(text, truth);
    if (section_ == kContext && depth_ == 2) builder_.file.context[key_] = text;
    // The one nested list worth keeping, flat: it tells foreign hosts apart.
    if (section_ == kContext && depth_ == 4 && key_ == "caches")
      builder_.file.context[key_].append(text).append(" ");
    return true;
  }

  void row_text(std::string_view text, bool truth) {
    if (key_ == "name")
      row_.name = text;
    else if (key_ == "run_name")
      row_.run_name = text;
    else if (key_ == "run_type")
      row_.run_type = text;
    else if (key_ == "time_unit")
      row_.time_unit = text;
    else if (key_ == "label")
      row_.label = text;
    else if (key_ == "aggregate_name")
      row_.aggregate = true;
    else if (key_ == "error_message" || key_ == "skip_message")
      row_.reason = text;
    else if ((key_ == "error_occurred" || key_ == "skipped") && truth)
      row_.error = true;
  }

  ResultFileBuilder builder_;
  PendingRow row_;
  std::string key_;  // the last key in "context" or in a row
  std::string stopped_because_;
  Section section_ = kOther;
  int depth_ = 0;
  bool top_is_object_ = false;
  bool has_rows_ = false;
};

template <class Stream>
Outcome<ResultFile> parse(Stream& stream, const std::string& path) {
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
  return parse(stream, path);
}

Outcome<ResultFile> read_result_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) return fail(ExitCode::kUsage, "{}: {}", path, std::strerror(errno));
  struct stat status {};
  if (fstat(fileno(file.get()), &status) == 0 && S_ISDIR(status.st_mode))
    return fail(ExitCode::kUsage, "{}: is a directory", path);
  std::vector<char> buffer(kReadBytes);
  rapidjson::FileReadStream stream(file.get(), buffer.data(), buffer.size());
  auto parsed = parse(stream, path);
  if (parsed && std::ferror(file.get())) return fail(ExitCode::kUsage, "{}: read error", path);
  return parsed;
}

}  // namespace zp::analysis
