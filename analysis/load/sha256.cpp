// SPDX-License-Identifier: MIT
#include "analysis/load/sha256.hpp"

#include <sys/types.h>
// libmd's header wants u_int8_t from sys/types.h first.
#include <sha256.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "analysis/load/sha256_blocks.hpp"

namespace zp::analysis {

Outcome<std::string> sha256_of_file(const std::string& path) {
  std::error_code failed;
  if (const auto status = std::filesystem::status(path, failed);
      std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    return fail(ExitCode::kUsage, "{}: its sha256 can't be taken, as it is not a regular file",
                path);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) return fail(ExitCode::kUsage, "{}: {}", path, std::strerror(errno));
  SHA2_CTX sum;
  SHA256Init(&sum);
  // Whole blocks but in the last part: libmd takes what is left, as it takes all elsewhere.
  std::vector<std::uint8_t> buffer(64 << 10);
  std::size_t bytes = 0;
  while ((bytes = std::fread(buffer.data(), 1, buffer.size(), file.get())) > 0) {
    const auto taken = sha256_blocks(sum.state.st32, std::span(buffer).first(bytes));
    sum.bitcount[0] += 8 * taken;
    SHA256Update(&sum, buffer.data() + taken, bytes - taken);
  }
  if (std::ferror(file.get())) return fail(ExitCode::kUsage, "{}: {}", path, std::strerror(errno));
  char digits[SHA256_DIGEST_STRING_LENGTH];
  SHA256End(&sum, digits);
  return std::string(digits);
}

std::string sha256_of_text(std::string_view text) {
  char digits[SHA256_DIGEST_STRING_LENGTH];
  SHA256Data(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), digits);
  return std::string(digits);
}

}  // namespace zp::analysis
