// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "harness/families/split.hpp"
#include "harness/host/roots.hpp"
#include "harness/memory/table.hpp"

namespace zp {

// Whether the last page of each huge page may read as zeros afterwards.
bool gives_last_page_up(SplitWay way);

// The memory that the family `split` splits: what its pages hold, and where they lie.
class SplitTable {
 public:
  SplitTable(const SplitRequest& request, const Roots& roots, Table table);

  [[nodiscard]] const Table& table() const { return table_; }
  [[nodiscard]] std::uint64_t pages_each() const { return pages_each_; }
  [[nodiscard]] std::uint64_t huge_pages() const { return table_.pages() / pages_each_; }
  [[nodiscard]] std::uint64_t pages_of_zeros() const;
  [[nodiscard]] std::byte* page(std::uint64_t number) const;
  [[nodiscard]] std::byte* huge_page(std::uint64_t index) const {
    return page(index * pages_each_);
  }
  [[nodiscard]] std::byte* last_page_of(std::uint64_t index) const {
    return page((index + 1) * pages_each_ - 1);
  }

  // Errors: kInterrupted.
  [[nodiscard]] Outcome<void> fill(const std::function<bool()>& cancelled) const;
  [[nodiscard]] Outcome<bool> holds(const std::function<bool()>& cancelled) const;

 private:
  struct Mark {
    std::size_t index;
    std::uint64_t value;
  };

  [[nodiscard]] bool is_last(std::uint64_t page) const {
    return page % pages_each_ == pages_each_ - 1;
  }
  [[nodiscard]] std::uint64_t* words_of(std::uint64_t number) const {
    return reinterpret_cast<std::uint64_t*>(page(number));
  }
  [[nodiscard]] Mark mark_of(std::uint64_t page) const;

  const SplitRequest& request_;
  Table table_;
  std::uint64_t pages_each_;
};

}  // namespace zp
