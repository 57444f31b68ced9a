// SPDX-License-Identifier: MIT
// The knobs this suite may change. A table, so that snapshot, journal and restore can't differ.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/host/roots.hpp"
#include "harness/support/error.hpp"

namespace zp {

struct Knob {
  std::string_view name;  // as in the JSON context and the journal
  std::string_view path;  // below Roots::sys, or Roots::proc for "vm."
  bool in_proc;
  bool needs_unshared;  // EBUSY unless KSM shares nothing: write run=2 first (mm/ksm.c)
};

std::span<const Knob> all_knobs();
const Knob* find_knob(std::string_view name);
std::string knob_path(const Roots& roots, const Knob& knob);

// Whether a knob may hold that: a number or a word.
bool is_knob_value(std::string_view text);

// The value as it can be written back: of "always [madvise] never" the one in brackets. Nothing
// where this kernel has no such knob, or something else is mounted over it.
std::optional<std::string> read_knob(const Roots& roots, const Knob& knob);

// Whether that knob can have had that value: a word or a number, as it takes.
bool can_have(const Knob& knob, const std::string& value);

// Knob names with their values, in the order of the table where read, of the first change where
// journaled.
using KnobValues = std::vector<std::pair<std::string, std::string>>;

// Every knob this kernel has, as it is now.
KnobValues read_all_knobs(const Roots& roots);

// Writes and reads back. Errors: kCannotRun, naming the path, the cause, and what was read back.
Outcome<void> write_knob(const Roots& roots, const Knob& knob, const std::string& value);

// A figure KSM reports, e.g. "pages_shared"; nothing where this kernel has none of that name.
std::optional<std::uint64_t> read_ksm_figure(const Roots& roots, std::string_view name);

}  // namespace zp
