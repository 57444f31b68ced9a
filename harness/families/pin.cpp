// SPDX-License-Identifier: MIT
#include "harness/families/pin.hpp"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "harness/families/merging.hpp"
#include "harness/families/placing.hpp"
#include "harness/host/system_calls.hpp"
#include "harness/host/topology.hpp"
#include "harness/memory/placement.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/file.hpp"
#include "harness/support/words.hpp"

namespace zp {
namespace {

Error refused_call(const Roots& roots, const char* call) {
  const int number = errno;
  const char* hint = "";
  const std::string_view name(call);
  if (number == ENOMEM && (name.starts_with("io_uring") || name.starts_with("mlock")))
    hint = " (more than may be locked: ulimit -l?)";
  if (number == EPERM && name == "io_uring_setup") hint = " (kernel.io_uring_disabled?)";
  if (number == EPERM && name == "fcntl(F_SETPIPE_SZ)")
    hint = " (fs.pipe-user-pages-soft: a smaller --family-table?)";
  return {ExitCode::kCannotRun, describe_call(roots, call, number) + hint};
}

// A table's pages, held until this is released.
class Hold {
 public:
  static Outcome<Hold> take(PinWay way, const Table& table, const Roots& roots) {
    Hold hold(way, table);
    const char* refusing = hold.take_pages();
    if (refusing != nullptr) return tl::make_unexpected(refused_call(roots, refusing));
    return hold;
  }
  Hold(Hold&& other) noexcept
      : way_(other.way_),
        table_(other.table_),
        ring_(std::move(other.ring_)),
        pipes_(std::move(other.pipes_)),
        locked_(std::exchange(other.locked_, false)) {}
  Hold& operator=(Hold&&) = delete;
  ~Hold() { release(); }

  void release() {
    // The kernel gives the pages of a closed ring back later, but those of buffers at once.
    if (ring_) ::syscall(SYS_io_uring_register, ring_.get(), IORING_UNREGISTER_BUFFERS, nullptr, 0);
    if (locked_) ::syscall(SYS_munlock, table_->base(), table_->bytes());
    locked_ = false;
    ring_ = Fd();
    pipes_.clear();
  }

 private:
  Hold(PinWay way, const Table& table) : way_(way), table_(&table) {}

  // The call that refuses, with errno; nullptr when all pages are held.
  const char* take_pages() {
    switch (way_) {
      case PinWay::kIoUring:
        return register_buffers();
      case PinWay::kMlock:
        // Not the C library's, which a sanitizer replaces by nothing.
        locked_ = ::syscall(SYS_mlock, table_->base(), table_->bytes()) == 0;
        return locked_ ? nullptr : "mlock";
      case PinWay::kMlockOnfault:
        locked_ = ::mlock2(table_->base(), table_->bytes(), MLOCK_ONFAULT) == 0;
        return locked_ ? nullptr : "mlock2(MLOCK_ONFAULT)";
      case PinWay::kVmsplice:
        break;
    }
    return fill_pipes();
  }

  const char* register_buffers() {
    constexpr std::uint64_t kMostBytesEach = 1 << 30;  // io_uring/rsrc.c
    io_uring_params parameters{};
    ring_ = Fd(static_cast<int>(::syscall(SYS_io_uring_setup, 1, &parameters)));
    if (!ring_) return "io_uring_setup";
    std::vector<iovec> buffers;
    for (std::uint64_t at = 0; at < table_->bytes(); at += kMostBytesEach)
      buffers.push_back({table_->base() + at, std::min(kMostBytesEach, table_->bytes() - at)});
    return ::syscall(SYS_io_uring_register, ring_.get(), IORING_REGISTER_BUFFERS, buffers.data(),
                     buffers.size()) == 0
               ? nullptr
               : "io_uring_register(IORING_REGISTER_BUFFERS)";
  }

  // As many pipes as it takes, each as large as everybody may have one (fs.pipe-max-size).
  const char* fill_pipes() {
    constexpr std::uint64_t kPipeBytes = 1 << 20;
    for (std::uint64_t at = 0; at < table_->bytes(); at += kPipeBytes)
      if (const char* refusing = fill_pipe(at, std::min(at + kPipeBytes, table_->bytes()));
          refusing != nullptr)
        return refusing;
    return nullptr;
  }

  const char* fill_pipe(std::uint64_t at, std::uint64_t end) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return "pipe2";
    pipes_.emplace_back(ends[0]);  // keeps what is in it, the other end gone
    const Fd in(ends[1]);
    if (::fcntl(in.get(), F_SETPIPE_SZ, static_cast<int>(end - at)) < 0)
      return "fcntl(F_SETPIPE_SZ)";
    while (at < end) {
      const iovec rest{table_->base() + at, end - at};
      const ssize_t held = ::vmsplice(in.get(), &rest, 1, SPLICE_F_NONBLOCK);
      if (held <= 0) return "vmsplice";
      at += static_cast<std::uint64_t>(held);
    }
    return nullptr;
  }

  PinWay way_;
  const Table* table_;
  Fd ring_;
  std::vector<Fd> pipes_;
  bool locked_ = false;
};

std::uint64_t shared_pages(const Census& census) {
  return census.ksm_pages + census.zero_pages;
}

Outcome<double> merged_share_after_scans(const Table& table, FamilyEnvironment& environment) {
  constexpr std::uint64_t kScans = 3;  // checksums, merging, and one to spare
  if (auto scanned = scan_on(kScans, environment); !scanned) return fail(scanned);
  const auto census = strong_census(environment.session.roots(), table, "of merging");
  if (!census) return fail(census);
  return static_cast<double>(shared_pages(*census)) / static_cast<double>(census->pages);
}

}  // namespace

std::string_view to_string(PinWay way) {
  return word_for(way, {"io_uring", "mlock", "mlock_onfault", "vmsplice"});
}

Outcome<Figures> measure_pin(const PinRequest& request, FamilyEnvironment& environment) {
  const Roots& roots = environment.session.roots();
  const auto proven =
      place_in_warm_frames(request.placement, request.table_bytes, environment, "before");
  if (!proven) return fail(proven);
  const Table& table = proven->placed.table;

  const auto pinned = stay_on_one_cpu();
  if (!pinned) return fail(pinned);
  const auto start = Clock::now();
  auto hold = Hold::take(request.way, table, roots);
  const double seconds = seconds_since(start);
  if (!hold) return fail(hold);
  const auto held = strong_census(roots, table, "that pages are shared no longer");
  if (!held) return fail(held);
  if (held->present != held->pages)
    return fail(ExitCode::kFailed, "census while held: {} of {} pages present", held->present,
                held->pages);
  const auto pages = static_cast<double>(held->pages);
  const auto unshared =
      static_cast<double>(shared_pages(proven->census)) - static_cast<double>(shared_pages(*held));
  Figures figures{{"pages", pages},
                  {"unshared_pages", unshared},
                  {"unshared_share", unshared / pages},
                  {"zero_page_share", static_cast<double>(held->zero_pages) / pages},
                  {"ksm_share", static_cast<double>(held->ksm_pages) / pages},
                  {"frames", static_cast<double>(held->frames)},
                  {"ns_per_page", seconds * 1e9 / pages}};
  if (request.placement.entry().needs_ksm)
    for (const char* key : {"held_merged_share", "released_merged_share"}) {
      const auto share = merged_share_after_scans(table, environment);
      if (!share) return fail(share);
      figures.emplace_back(key, *share);
      hold->release();
    }
  if (!holds_zeros(table)) return fail(ExitCode::kFailed, "{}: after pinning", kWrongMemory);
  return figures;
}

}  // namespace zp
