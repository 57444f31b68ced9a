// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "harness/ksm/session.hpp"
#include "harness/support/figures.hpp"

namespace zp {

// Of 4 KiB, some 8 MiB: filling them takes a few milliseconds.
inline constexpr std::uint64_t kPagesBetweenAsking = 2048;

struct FamilyEnvironment {
  KsmSession& session;
  std::function<void(const std::string&)> progress = [](const std::string&) {};
  std::function<bool()> cancelled = [] { return false; };
  // Called when the table is made and ksmd stopped, by what then times the table at rest.
  std::function<void()> at_rest = [] {};
};

}  // namespace zp
