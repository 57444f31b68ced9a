// SPDX-License-Identifier: MIT
#include "harness/trace/recorder.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace zp::trace {
namespace {

// What a guest may ask for: enough for any table (1 TiB of 4 KiB pages), not enough to hurt the
// host.
constexpr std::uint64_t kMostPages = 1ull << 28;
constexpr std::size_t kLongestName = 512;

}  // namespace

std::uint64_t Report::frames() const {
  std::vector<std::uint64_t> frames;
  for (const PageReads& page : pages)
    if (page.reads > 0) frames.push_back(page.physical_address);
  std::ranges::sort(frames);
  return static_cast<std::uint64_t>(std::unique(frames.begin(), frames.end()) - frames.begin());
}

Recorder::Recorder(Options options) : options_(std::move(options)) {}

void Recorder::store(std::uint64_t offset) {
  if (offset < 0x80) {
    register_ = register_ << 4 | offset / 8;
    return;
  }
  const std::uint64_t value = std::exchange(register_, 0);
  const auto signal = static_cast<Signal>(offset);
  const bool within = signal == Signal::kStop || signal == Signal::kCount;
  if (span_ != 0 && !within) return;  // until stop, as started
  switch (signal) {
    case Signal::kLow:
      report_.low = value;
      break;
    case Signal::kHigh:
      report_.high = value;
      break;
    case Signal::kCodeLow:
      code_low_ = value;
      break;
    case Signal::kCodeHigh:
      code_high_ = value;
      break;
    case Signal::kPageBytes:
      report_.page_bytes = value;
      break;
    case Signal::kName:
      // The name goes into JSON as it is, so it holds nothing that JSON would escape.
      if (report_.name.size() < kLongestName) {
        const bool plain = value > ' ' && value < 0x7f && value != '"' && value != '\\';
        report_.name += plain ? static_cast<char>(value) : '_';
      }
      break;
    case Signal::kStart:
      start();
      break;
    case Signal::kCount:
      count();
      break;
    case Signal::kStop:
      stop();
      break;
  }
}

void Recorder::start() {
  if (report_.high <= report_.low || !std::has_single_bit(report_.page_bytes)) return;
  page_shift_ = static_cast<unsigned>(std::countr_zero(report_.page_bytes));
  const std::uint64_t pages =
      ((report_.high - 1) >> page_shift_) - (report_.low >> page_shift_) + 1;
  if (pages > kMostPages) return;
  report_.pages.assign(pages, {});
  filled_ = 0;
  if (options_.follower) options_.follower->start(report_.page_bytes);
  span_ = report_.high - report_.low;
}

void Recorder::count() {
  if (span_ == 0) return;
  flush();
  if (options_.follower) options_.follower->count();
  report_.pages.assign(report_.pages.size(), {});
  report_.other_reads = report_.untranslated = report_.remapped = 0;
}

void Recorder::stop() {
  if (span_ != 0) {
    span_ = 0;
    flush();
    for (const PageReads& page : report_.pages) report_.reads += page.reads;
    if (options_.report) options_.report(report_, options_.follower.get());
  }
  report_ = {};
}

void Recorder::flush() {
  if (options_.follower && filled_ > 0) {
    options_.follower->follow(std::span(block_).first(filled_));
  }
  filled_ = 0;
}

}  // namespace zp::trace
