// SPDX-License-Identifier: MIT
#include "bench/environment.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "harness/support/file.hpp"

namespace zp {

Outcome<void> shed_library_environment(char** argv) {
  // The other one puts what libpfm4 is asked to log into the JSON.
  constexpr std::string_view kPrefix = "BENCHMARK_", kLogToStdout = "LIBPFM_DEBUG_STDOUT=";
  std::vector<std::string> names;
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (const std::string_view text(*variable);
        text.starts_with(kPrefix) || text.starts_with(kLogToStdout))
      names.emplace_back(text.substr(0, text.find('=')));
  if (names.empty()) return {};
  std::string list;
  for (const std::string& name : names) {
    list += (list.empty() ? "" : ", ") + name;
    ::unsetenv(name.c_str());
  }
  print_to(
      stderr,
      fmt::format("zpbench: {} in the environment: ignored, the command line says it all\n", list));
  ::execv("/proc/self/exe", argv);
  return fail(ExitCode::kUsage, "libraries would follow {}: unset it ({})", list,
              errno_text(errno));
}

}  // namespace zp
