// SPDX-License-Identifier: MIT
#include "harness/host/system_calls.hpp"

#include <cerrno>
#include <charconv>

#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {

bool has_system_call_filter(const Roots& roots) {
  return number_field(read_text_file(roots.proc + "/self/status").value_or(""), "Seccomp:") == 2U;
}

std::string describe_call(const Roots& roots, const std::string& call, int error_number) {
  std::string text = fmt::format("{}: {} (errno {})", call, errno_text(error_number), error_number);
  if ((error_number == EPERM || error_number == EACCES || error_number == ENOSYS) &&
      has_system_call_filter(roots))
    text += "; a filter of system calls (seccomp) is in force: a container's, or a service's?";
  return text;
}

std::uint64_t effective_capabilities(const Roots& roots) {
  const auto text = text_field(read_text_file(roots.proc + "/self/status").value_or(""), "CapEff:");
  std::uint64_t set = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), set, 16);
  return set;
}

}  // namespace zp
