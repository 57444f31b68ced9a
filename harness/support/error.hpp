// SPDX-License-Identifier: MIT
// The one error type and the one table of exit codes, for all tools.
#pragma once

#include <fmt/format.h>

#include <exception>
#include <new>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace zp {

// What a tool's exit status means, as --help of each says.
enum class ExitCode : int {
  kDone = 0,           // done, no regression
  kFailed = 1,         // a check failed, or a regression was found
  kUsage = 2,          // usage or input error, or a filter that matches nothing
  kNotComparable = 3,  // results that can't be compared
  kCannotRun = 4,      // can't run here (no KSM, no permission, no memory): ctest's skip code
  kUndecided = 125,    // compare --bisect can't judge (git bisect's skip code)
  kInterrupted = 130,  // SIGINT, state restored
  kTerminated = 143,   // SIGTERM, state restored
};

// One line for a person: what was wrong, where (path, file:line or row name), what to do.
struct Error {
  ExitCode code = ExitCode::kFailed;
  std::string message;
};

// Nothing under harness/ throws: a function that can fail returns an Outcome.
template <class T>
using Outcome = tl::expected<T, Error>;

template <class... Args>
[[nodiscard]] tl::unexpected<Error> fail(ExitCode code, fmt::format_string<Args...> format,
                                         Args&&... args) {
  return tl::make_unexpected(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

// The same failure, of a function that returns something else.
template <class T>
[[nodiscard]] tl::unexpected<Error> fail(const Outcome<T>& failed) {
  return tl::make_unexpected(failed.error());
}

// What a library threw, for a person.
inline std::string words_of(const std::exception& thrown) {
  return dynamic_cast<const std::bad_alloc*>(&thrown) ? "out of memory" : thrown.what();
}

}  // namespace zp
