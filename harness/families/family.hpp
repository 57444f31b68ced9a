// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include "harness/ksm/session.hpp"
#include "harness/support/figures.hpp"

namespace zp {

struct FamilyEnvironment {
  KsmSession& session;
  std::function<void(const std::string&)> progress = [](const std::string&) {};
  std::function<bool()> cancelled = [] { return false; };
  // Called when the table is made and ksmd stopped, by what then times the table at rest.
  std::function<void()> at_rest = [] {};
};

}  // namespace zp
