// SPDX-License-Identifier: MIT
#include "harness/host/library.hpp"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>

namespace zp {
namespace {

// Such a program could load a library of the very C library alone that it was linked with.
bool is_linked_statically() {
  constexpr auto has_loader = [](dl_phdr_info* program, std::size_t, void*) {
    return std::any_of(program->dlpi_phdr, program->dlpi_phdr + program->dlpi_phnum,
                       [](const auto& header) { return header.p_type == PT_INTERP; })
               ? 1
               : -1;
  };
  return ::dl_iterate_phdr(has_loader, nullptr) < 0;  // the program itself comes first
}

}  // namespace

Outcome<Library> Library::open(const char* file) {
  if (is_linked_statically())
    return fail(ExitCode::kCannotRun, "{}: a statically linked program loads no library", file);
  void* const handle = ::dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle != nullptr) return Library(file, handle);
  const char* const reason = ::dlerror();
  return fail(ExitCode::kCannotRun, "{}", reason != nullptr ? reason : file);
}

void* Library::find(const char* name) const {
  return ::dlsym(handle_, name);
}

}  // namespace zp
