// SPDX-License-Identifier: MIT
#include "analysis/load/sha256.hpp"

#include <fmt/format.h>
#include <nettle/sha2.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

namespace zp::analysis {
namespace {

// nettle uses the CPU's own instructions where it has them. Sums would else be half of what an
// export of many files takes.
class Sha256 {
 public:
  Sha256() { sha256_init(&context_); }
  void add(const std::uint8_t* bytes, std::size_t count) { sha256_update(&context_, count, bytes); }
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest() {
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
    sha256_digest(&context_, digest.size(), digest.data());
    return digest;
  }

 private:
  sha256_ctx context_;
};

std::string digits(const std::array<std::uint8_t, SHA256_DIGEST_SIZE>& digest) {
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

}  // namespace

Outcome<std::string> sha256_of_file(const std::string& path) {
  std::error_code failed;
  if (const auto status = std::filesystem::status(path, failed);
      std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    return fail(ExitCode::kUsage, "{}: its sha256 can't be taken, as it is not a regular file",
                path);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) return fail(ExitCode::kUsage, "{}: {}", path, std::strerror(errno));
  Sha256 sum;
  std::vector<std::uint8_t> buffer(64 << 10);
  std::size_t bytes = 0;
  while ((bytes = std::fread(buffer.data(), 1, buffer.size(), file.get())) > 0)
    sum.add(buffer.data(), bytes);
  if (std::ferror(file.get())) return fail(ExitCode::kUsage, "{}: {}", path, std::strerror(errno));
  return digits(sum.digest());
}

std::string sha256_of_text(std::string_view text) {
  return digits(sha256_bytes_of_text(text));
}

std::array<std::uint8_t, 32> sha256_bytes_of_text(std::string_view text) {
  Sha256 sum;
  sum.add(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  return sum.digest();
}

}  // namespace zp::analysis
