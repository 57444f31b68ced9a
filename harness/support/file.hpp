// SPDX-License-Identifier: MIT
// Files: an owned descriptor, small kernel files (sysfs, procfs), atomic writes of results, and
// printing.
#pragma once

#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "harness/support/error.hpp"

namespace zp {

// An open file; -1 is a closed one. Closing reports nothing: sync first where the outcome of a
// write matters.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();

  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// The text of errno, e.g. "Permission denied".
std::string errno_text(int error_number);

// The whole of a small file; a device is an error. Errors: kCannotRun with the path and the cause.
Outcome<std::string> read_text_file(const std::string& path);

// Hands over a file line by line, without the newline, until `see` returns false; of a line that is
// longer than 64 KiB that much. For files that may be large: at most a block of it is in memory.
Outcome<void> for_each_line(const std::string& path,
                            const std::function<bool(std::string_view line)>& see);

// As read_text_file, trimmed of white space at both ends; nothing where the file can't be read.
std::optional<std::string> read_trimmed(const std::string& path);

// One write(2), as sysfs wants it, again where a signal cut it short; the file must exist. `cause`
// is told the errno of a refusal.
Outcome<void> write_kernel_file(const std::string& path, std::string_view text,
                                int* cause = nullptr);

// Where the shell would find the program `name`; nothing where it would not.
std::optional<std::string> find_program(const std::string& name);

// Whether a new file could be written there, before hours are spent on what goes into it. Leaves
// nothing behind. Errors: kUsage, also where something of that name exists.
Outcome<void> check_creatable(const std::string& path);

// Writes, syncs and renames: `path` either holds all of `text` or is as it was.
// With `replace` false an existing file is an error and stays as it is.
Outcome<void> write_file_atomically(const std::string& path, std::string_view text, bool replace);

// Prints, without fmt::print's exception where the reader is gone or the disk is full: it would
// leave knobs changed. flush_stdout() says at the end whether all of standard output could be
// written.
void print_to(std::FILE* stream, std::string_view text);
Outcome<void> flush_stdout();

}  // namespace zp
