// SPDX-License-Identifier: MIT
#include "harness/host/library.hpp"

#include <dlfcn.h>

namespace zp {

Outcome<Library> Library::open(const char* file) {
  void* const handle = ::dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle != nullptr) return Library(file, handle);
  const char* const reason = ::dlerror();
  return fail(ExitCode::kCannotRun, "{}", reason != nullptr ? reason : file);
}

void* Library::find(const char* name) const {
  return ::dlsym(handle_, name);
}

}  // namespace zp
