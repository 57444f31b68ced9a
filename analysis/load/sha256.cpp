// SPDX-License-Identifier: MIT
#include "analysis/load/sha256.hpp"

#include <sys/types.h>
// libmd's header wants u_int8_t from sys/types.h first.
#include <sha256.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>

namespace zp::analysis {

Outcome<std::string> sha256_of_file(const std::string& path) {
  std::error_code failed;
  if (const auto status = std::filesystem::status(path, failed);
      std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    return fail(ExitCode::kUsage, "{}: its sha256 can't be taken, as it is not a regular file",
                path);
  char digits[SHA256_DIGEST_STRING_LENGTH];
  if (SHA256File(path.c_str(), digits) == nullptr)
    return fail(ExitCode::kUsage, "{}: {}", path, std::strerror(errno));
  return std::string(digits);
}

std::string sha256_of_text(std::string_view text) {
  char digits[SHA256_DIGEST_STRING_LENGTH];
  SHA256Data(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), digits);
  return std::string(digits);
}

}  // namespace zp::analysis
