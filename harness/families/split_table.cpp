// SPDX-License-Identifier: MIT
#include "harness/families/split_table.hpp"

#include <utility>

#include "harness/host/huge_pages.hpp"
#include "harness/host/page_size.hpp"

namespace zp {
namespace {

std::size_t words_each() {
  return system_page_bytes() / sizeof(std::uint64_t);
}

}  // namespace

bool gives_last_page_up(SplitWay way) {
  using enum SplitWay;
  return way == kFree || way == kDontneed || way == kDontneedMovePages || way == kDontneedReclaim;
}

SplitTable::SplitTable(const SplitRequest& request, const Roots& roots, Table table)
    : request_(request),
      table_(std::move(table)),
      pages_each_(huge_page_bytes(roots) / system_page_bytes()) {}

std::uint64_t SplitTable::pages_of_zeros() const {
  return request_.contents == SplitContents::kZero ? table_.pages() - huge_pages() : 0;
}

std::byte* SplitTable::page(std::uint64_t number) const {
  return table_.base() + number * system_page_bytes();
}

Outcome<void> SplitTable::fill(const std::function<bool()>& cancelled) const {
  for (std::uint64_t number = 0; number < table_.pages(); ++number) {
    if (number % kPagesBetweenAsking == 0 && cancelled())
      return fail(ExitCode::kInterrupted, "interrupted");
    // Even a page that stays zero is written to, or there would be no huge page.
    auto* const words = words_of(number);
    const auto [index, value] = mark_of(number);
    static_cast<volatile std::uint64_t*>(words)[index] = value;
  }
  return {};
}

Outcome<bool> SplitTable::holds(const std::function<bool()>& cancelled) const {
  for (std::uint64_t number = 0; number < table_.pages(); ++number) {
    if (number % kPagesBetweenAsking == 0 && cancelled())
      return fail(ExitCode::kInterrupted, "interrupted");
    if (gives_last_page_up(request_.way) && is_last(number)) continue;
    const auto* const words = words_of(number);
    const auto [index, value] = mark_of(number);
    for (std::size_t i = 0; i < words_each(); ++i)
      if (words[i] != (i == index ? value : 0)) return false;
  }
  return true;
}

// The word of the page that is not zero, in no two pages the same: KSM has nothing to merge but
// zeros.
SplitTable::Mark SplitTable::mark_of(std::uint64_t page) const {
  if (is_last(page) || request_.contents == SplitContents::kFirstWord) return {0, page + 1};
  if (request_.contents == SplitContents::kLastWord) return {words_each() - 1, page + 1};
  return {0, 0};
}

}  // namespace zp
