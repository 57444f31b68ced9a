// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "harness/ksm/session.hpp"

namespace zp {

using Figures = std::vector<std::pair<std::string, double>>;

struct FamilyEnvironment {
  KsmSession& session;
  std::function<void(const std::string&)> progress = [](const std::string&) {};
  std::function<bool()> cancelled = [] { return false; };
};

}  // namespace zp
