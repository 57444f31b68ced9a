// SPDX-License-Identifier: MIT
// The one table of events: which hardware event answers which key on which CPU.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/counters/event.hpp"

namespace zp {

struct ProfileEntry {
  const char* family;      // of cpu_families(); "any" is every CPU
  const char* key;         // of results/README.md
  const char* expression;  // see Event; empty: this CPU has nothing of the kind
  const char* source;      // where the event is described, and what it really counts
};

std::span<const ProfileEntry> event_profiles();

// The entries for this CPU, key by key, of each the most specific first, then those for any.
std::vector<ProfileEntry> profile_of(std::span<const std::string> families);

// Every key that the table has for any CPU.
std::vector<std::string> known_keys();

}  // namespace zp
