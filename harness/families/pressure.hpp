// SPDX-License-Identifier: MIT
// Makes this process swap, and no other, for as long as the object lives.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <thread>

#include "harness/families/own_group.hpp"
#include "harness/memory/table.hpp"

namespace zp {

class Pressure {
 public:
  // A thread goes on writing to twice the memory that the process is left with (memory.high of a
  // group of its own: nobody is killed). Errors: kCannotRun without swap, or where the memory can't
  // be limited.
  static Outcome<Pressure> start(KsmSession& session);

  // Of the whole machine, since the start.
  [[nodiscard]] std::uint64_t swapped_out_pages() const;

 private:
  Pressure(const Roots& roots, OwnGroup group, Table ballast);

  // Ended in the reverse order: the thread, its memory, the limit.
  std::uint64_t swapped_before_;
  Roots roots_;
  OwnGroup group_;
  std::unique_ptr<Table> ballast_;
  std::jthread writer_;
};

// Why nothing can be swapped out here, or nothing.
std::optional<std::string> why_no_swap(const Roots& roots, std::uint64_t needed_bytes);

}  // namespace zp
