// SPDX-License-Identifier: MIT
#include "harness/support/units.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace zp {
namespace {

constexpr std::string_view kPrefixes = "kmgt";
constexpr std::array kUnits{"B", "KiB", "MiB", "GiB", "TiB"};

// The power of 1024 a suffix stands for, or -1: "", "b", "k", "kb", "kib", in any case.
int power_of_suffix(std::string_view suffix) {
  std::string lower;
  for (char c : suffix) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (lower.empty() || lower == "b") return 0;
  const auto prefix = kPrefixes.find(lower[0]);
  const std::string rest = lower.substr(1);
  if (prefix == std::string_view::npos || !(rest.empty() || rest == "b" || rest == "ib")) return -1;
  return static_cast<int>(prefix) + 1;
}

}  // namespace

Outcome<std::uint64_t> parse_size_bytes(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, number);
  const int power = power_of_suffix({rest, static_cast<std::size_t>(end - rest)});
  const bool too_large = failed == std::errc::result_out_of_range;
  if ((failed != std::errc() && !too_large) || power < 0)
    return fail(ExitCode::kUsage, "'{}' is not a size; write bytes, or 4k, 256m, 1g", text);
  const int shift = 10 * power;
  if (too_large || (shift > 0 && (number >> (64 - shift)) != 0))
    return fail(ExitCode::kUsage, "size '{}' does not fit in 64 bits", text);
  return number << shift;
}

std::string human_size(std::uint64_t bytes) {
  double value = static_cast<double>(bytes);
  std::size_t power = 0;
  while (value >= 1024 && power + 1 < kUnits.size()) value /= 1024, ++power;
  return value == std::floor(value) ? fmt::format("{:.0f} {}", value, kUnits[power])
                                    : fmt::format("{:.1f} {}", value, kUnits[power]);
}

std::string exact_size(std::uint64_t bytes) {
  for (auto power = kUnits.size() - 1; power > 0; --power) {
    const auto unit = std::uint64_t{1} << (10 * power);
    if (bytes >= unit && bytes % (unit / 2) == 0)
      return fmt::format("{}{} {}", bytes / unit, bytes % unit == 0 ? "" : ".5", kUnits[power]);
  }
  return fmt::format("{} B", bytes);
}

std::string exact_size_of(const std::string& text) {
  const auto bytes = parse_size_bytes(text);
  return bytes ? exact_size(*bytes) : text;
}

std::string human_seconds(double seconds) {
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long>(std::lround(seconds));
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace zp
