// SPDX-License-Identifier: MIT
// A shared library that is loaded on first use: without use it is neither needed nor starts
// threads.
#pragma once

#include <string>

#include "harness/support/error.hpp"

namespace zp {

class Library {
 public:
  // Loaded at the first call and kept. Errors: kCannotRun, with the loader's reason.
  static Outcome<Library> open(const char* file);

  // The function of that name, of the type that the library's header declares.
  template <class Function>
  Outcome<Function*> function(const char* name) const {
    void* const address = find(name);
    if (address == nullptr) return fail(ExitCode::kCannotRun, "{} has no {}", file_, name);
    return reinterpret_cast<Function*>(address);
  }

 private:
  Library(std::string file, void* handle) : file_(std::move(file)), handle_(handle) {}
  void* find(const char* name) const;

  std::string file_;
  void* handle_;
};

}  // namespace zp
