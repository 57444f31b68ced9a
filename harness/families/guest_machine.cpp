// SPDX-License-Identifier: MIT
#include "harness/families/guest_machine.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "harness/support/clock.hpp"
#include "harness/support/file.hpp"

namespace zp {
namespace {

std::string bytes_at(const std::string& path, off_t offset, std::size_t count) {
  // A FIFO would wait for who writes.
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::string bytes(count, '\0');
  if (!fd || ::pread(fd.get(), bytes.data(), count, offset) != static_cast<ssize_t>(count))
    return "";
  return bytes;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// What can be booted here, the best first: hosts keep their own kernel in /boot.
std::vector<std::string> candidates() {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  struct utsname host {};
  if (::uname(&host) == 0) paths.push_back(fmt::format("/boot/vmlinuz-{}", host.release));
  std::string cache = environment("XDG_CACHE_HOME");
  if (!cache.starts_with('/')) cache = environment("HOME") + "/.cache";
  std::vector<std::string> fetched;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(cache + "/zpbench/kernels", ignored))
    fetched.push_back(entry.path() / "vmlinuz");
  std::ranges::sort(fetched);  // so that the choice does not depend on the file system
  for (const char* machine : {"x86_64", "s390x"})
    for (const std::string& path : fetched)
      if (kernel_machine(path) == machine) paths.push_back(path);
  return paths;
}

// The guest's kernel writes zeros to every page it frees, from the first on, and then looks for a
// disk that never comes.
constexpr const char* kKernelWords =
    "console=ttyS0 panic=-1 init_on_free=1 root=/dev/zpbench rootwait";
constexpr std::string_view kReady = "Waiting for root device";

std::vector<std::string> qemu_arguments(const std::string& qemu, const std::string& machine,
                                        const GuestSetup& setup, int console) {
  std::vector<std::string> arguments{
      qemu,
      "-M",
      (machine == "s390x" ? "s390-ccw-virtio" : "q35") + std::string(",mem-merge=on"),
      "-accel",
      "tcg",
      "-cpu",
      "max",
      "-m",
      fmt::format("{}M", setup.memory_bytes >> 20),
      "-display",
      "none",
      "-nodefaults",
      "-monitor",
      "none",
      "-no-reboot",
      "-kernel",
      setup.kernel,
      "-append",
      kKernelWords,
      "-chardev",
      fmt::format("file,id=console,path=/proc/self/fd/{}", console)};
  if (machine == "s390x")
    arguments.insert(arguments.end(), {"-device", "sclplmconsole,chardev=console"});
  else
    arguments.insert(arguments.end(), {"-serial", "chardev:console"});
  return arguments;
}

std::string text_of(const Fd& file) {
  std::string text(1 << 16, '\0');
  const off_t size = ::lseek(file.get(), 0, SEEK_END);
  const ssize_t got = ::pread(file.get(), text.data(), text.size(),
                              std::max<off_t>(0, size - static_cast<off_t>(text.size())));
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  const auto begin = text.rfind('\n');
  text = text.substr(begin == std::string::npos ? 0 : begin + 1, 200);
  return text.empty() ? "nothing" : text;
}

// In memory, so that nothing is left behind. The console's is inherited under its number.
Fd memory_file(const char* name, unsigned flags) {
  return Fd(::memfd_create(name, flags));
}

}  // namespace

std::string kernel_machine(const std::string& path) {
  if (bytes_at(path, 0x10008, 6) == "S390EP") return "s390x";
  const std::string flags = bytes_at(path, 0x236, 1);  // XLF_KERNEL_64
  if (bytes_at(path, 0x202, 4) == "HdrS" && !flags.empty() && (flags[0] & 1) != 0) return "x86_64";
  return "";
}

Outcome<std::string> find_guest_kernel(const std::string& asked) {
  const std::string wanted = asked.empty() ? environment("ZPBENCH_GUEST_KERNEL") : asked;
  if (!wanted.empty()) {
    if (!kernel_machine(wanted).empty()) return wanted;
    return fail(ExitCode::kUsage, "guest kernel {}: no kernel image of x86_64 or s390x", wanted);
  }
  for (const std::string& path : candidates())
    if (const auto machine = kernel_machine(path);
        !machine.empty() && find_program("qemu-system-" + machine))
      return path;
  return fail(ExitCode::kCannotRun,
              "no guest kernel: give an image with --guest-kernel, or fetch Debian's with "
              "scripts/emulate.sh --arch x86_64 --kernel debian:bookworm true");
}

Outcome<Guest> boot_guest(const GuestSetup& setup) {
  const std::string machine = kernel_machine(setup.kernel);
  const auto qemu = find_program("qemu-system-" + machine);
  if (machine.empty() || !qemu)
    return fail(ExitCode::kCannotRun, "qemu-system-{} is not installed",
                machine.empty() ? "x86_64" : machine);
  const Fd console = memory_file("console", 0);
  const Fd log = memory_file("qemu", MFD_CLOEXEC);
  if (!console || !log) return fail(ExitCode::kCannotRun, "memfd_create: {}", errno_text(errno));
  const auto start = Clock::now();
  // For this process alone, and for what it starts: no knob is touched.
  auto child = Child::start(qemu_arguments(*qemu, machine, setup, console.get()), log.get(),
                            [huge = setup.huge_pages] {
                              if (!huge) ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
                            });
  if (!child) return fail(child);
  for (;;) {
    const double seconds = seconds_since(start);
    const std::string said = text_of(console);
    if (said.find(kReady) != std::string::npos) return Guest{std::move(*child), seconds, machine};
    if (setup.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
    if (!child->running())
      return fail(ExitCode::kFailed, "the guest ended after {:.0f} s; QEMU said: {}; the guest: {}",
                  seconds, last_line(text_of(log)), last_line(said));
    if (seconds > setup.boot_seconds)
      return fail(ExitCode::kFailed, "the guest did not come up within {:.0f} s; it said: {}",
                  setup.boot_seconds, last_line(said));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace zp
