// SPDX-License-Identifier: MIT
#include "harness/host/zram_swap.hpp"

#include <fcntl.h>
#include <sys/swap.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <thread>

#include "harness/host/page_size.hpp"
#include "harness/host/system_calls.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

constexpr std::string_view kLabel = "zpbench";
constexpr std::string_view kMagic = "SWAPSPACE2";  // the last bytes of the first page
constexpr std::size_t kVersionAt = 1024, kLastPageAt = 1028, kLabelAt = 1052;

std::string control_path(const Roots& roots, const char* file) {
  return fmt::format("{}/class/zram-control/{}", roots.sys, file);
}

std::string block_path(const Roots& roots, std::uint64_t device, const char* file) {
  return fmt::format("{}/block/zram{}/{}", roots.sys, device, file);
}

std::string device_path(const Roots& roots, std::uint64_t device) {
  return fmt::format("{}/zram{}", roots.dev, device);
}

Outcome<void> write_header(const std::string& path, std::uint64_t bytes) {
  const std::uint64_t page_bytes = system_page_bytes();
  const auto header = swap_header(page_bytes, static_cast<std::uint32_t>(bytes / page_bytes));
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd ||
      ::write(fd.get(), header.data(), header.size()) != static_cast<ssize_t>(header.size()) ||
      ::fsync(fd.get()) != 0)
    return fail(ExitCode::kCannotRun, "cannot write {}: {}", path, errno_text(errno));
  return {};
}

Outcome<bool> is_ours(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::vector<std::byte> page(system_page_bytes());
  errno = 0;  // of a read that is short
  if (fd && ::read(fd.get(), page.data(), page.size()) == static_cast<ssize_t>(page.size()))
    return is_our_swap_header(page);
  return fail(ExitCode::kCannotRun, "cannot read {}, which may be swap of ours: {}", path,
              errno == 0 ? "it holds less than a page" : errno_text(errno));
}

}  // namespace

std::vector<std::byte> swap_header(std::uint64_t page_bytes, std::uint32_t pages) {
  std::vector<std::byte> page(page_bytes);
  const auto put = [&page](std::size_t at, const void* what, std::size_t bytes) {
    std::memcpy(page.data() + at, what, bytes);
  };
  const std::uint32_t version = 1, last_page = pages - 1;
  put(kVersionAt, &version, sizeof version);
  put(kLastPageAt, &last_page, sizeof last_page);
  put(kLabelAt, kLabel.data(), kLabel.size());
  put(page_bytes - kMagic.size(), kMagic.data(), kMagic.size());
  return page;
}

bool is_our_swap_header(const std::vector<std::byte>& page) {
  // With the zero that ends it.
  return std::memcmp(page.data() + page.size() - kMagic.size(), kMagic.data(), kMagic.size()) ==
             0 &&
         std::memcmp(page.data() + kLabelAt, kLabel.data(), kLabel.size() + 1) == 0;
}

std::optional<std::string> why_no_zram_swap(const Roots& roots) {
  const std::string control = control_path(roots, "hot_add");
  if (::access(control.c_str(), F_OK) != 0)
    return fmt::format(
        "no zram here ({} is not there): a kernel without it (CONFIG_ZRAM), or its "
        "module is not loaded (modprobe zram num_devices=0)",
        control);
  // Reading hot_add makes a device, so what is asked is whether it could be removed again.
  if (::access(control_path(roots, "hot_remove").c_str(), W_OK) != 0)
    return errno == EROFS ? roots.sys + " is a read-only file system (a container's?)"
                          : "needs root: cannot write " + control_path(roots, "hot_remove");
  return std::nullopt;
}

std::uint64_t next_zram_device(const Roots& roots) {
  std::uint64_t device = 0;
  while (::access(fmt::format("{}/block/zram{}", roots.sys, device).c_str(), F_OK) == 0) ++device;
  return device;
}

Outcome<std::uint64_t> add_zram_device(const Roots& roots) {
  if (auto reason = why_no_zram_swap(roots)) return fail(ExitCode::kCannotRun, "{}", *reason);
  const auto text = read_text_file(control_path(roots, "hot_add"));
  if (!text) return fail(text);
  const auto device = parse_number(*text);
  if (!device)
    return fail(ExitCode::kCannotRun, "{} gives no number: {}", control_path(roots, "hot_add"),
                *text);
  return *device;
}

Outcome<void> remove_zram_device(const Roots& roots, std::uint64_t device) {
  constexpr int kTries = 50;
  constexpr auto kPause = std::chrono::milliseconds(20);
  Outcome<void> removed;
  for (int left = kTries; left > 0; --left) {
    removed = write_kernel_file(control_path(roots, "hot_remove"), std::to_string(device));
    if (removed) break;
    std::this_thread::sleep_for(kPause);  // udev may be looking at it just now (EBUSY)
  }
  return removed;
}

Outcome<void> swap_on_zram(const Roots& roots, std::uint64_t device, std::uint64_t bytes) {
  const std::string path = device_path(roots, device);
  auto done = write_kernel_file(block_path(roots, device, "disksize"), std::to_string(bytes));
  if (done) done = write_header(path, bytes);
  constexpr int kBeforeEveryOther = SWAP_FLAG_PREFER | SWAP_FLAG_PRIO_MASK;
  if (done && ::swapon(path.c_str(), kBeforeEveryOther) != 0)
    done = fail(ExitCode::kCannotRun, "{}", describe_call(roots, "swapon", errno));
  if (!done) static_cast<void>(remove_zram_device(roots, device));  // not labelled yet, perhaps
  return done;
}

Outcome<void> remove_zram_swap(const Roots& roots, std::uint64_t device) {
  const std::string path = device_path(roots, device);
  const auto contents = read_zram_contents(roots, device);
  if (!contents) return {};    // gone
  if (contents->pages == 0) {  // killed before it was labelled
    static_cast<void>(remove_zram_device(roots, device));
    return {};
  }
  const auto ours = is_ours(path);
  if (!ours) return fail(ours);
  if (!*ours) return {};
  int result = 0;
  do result = ::swapoff(path.c_str());
  while (result != 0 && errno == EINTR);
  if (result != 0 && errno != EINVAL)  // EINVAL: it was not in use yet
    return fail(ExitCode::kCannotRun, "swapoff {}: {}", path, errno_text(errno));
  return remove_zram_device(roots, device);
}

Outcome<ZramContents> read_zram_contents(const Roots& roots, std::uint64_t device) {
  // "orig_data_size compr_data_size ...", in bytes (Documentation/admin-guide/blockdev/zram.rst)
  const std::string path = block_path(roots, device, "mm_stat");
  const auto text = read_text_file(path);
  if (!text) return fail(text);
  const auto words = split(*text, ' ');
  const auto original = words.size() > 1 ? parse_number(words[0]) : std::nullopt;
  const auto compressed = words.size() > 1 ? parse_number(words[1]) : std::nullopt;
  if (!original || !compressed) return fail(ExitCode::kCannotRun, "{}: not understood", path);
  return ZramContents{*original / system_page_bytes(), *compressed};
}

}  // namespace zp
