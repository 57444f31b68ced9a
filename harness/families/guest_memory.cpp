// SPDX-License-Identifier: MIT
#include "harness/families/guest_memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <sstream>
#include <unordered_map>

#include "harness/host/huge_pages.hpp"
#include "harness/host/page_size.hpp"
#include "harness/memory/census.hpp"
#include "harness/memory/pagemap.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

// "7f0000000000-7f0010000000 rw-p ..."
std::optional<AddressRange> parse_range(std::string_view line) {
  const auto range = take_hex_range(line);
  if (!range || !line.starts_with(' ')) return std::nullopt;
  return AddressRange{range->first, range->second};
}

class Memory {
 public:
  static Outcome<Memory> open(const std::string& path) {
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return fail(ExitCode::kCannotRun, "cannot read {}: {}", path, errno_text(errno));
    return Memory(std::move(fd));
  }
  // Nothing where the page can't be read any more.
  std::optional<bool> is_zero(std::uint64_t address) {
    if (::pread(fd_.get(), page_.data(), page_.size(), static_cast<off_t>(address)) !=
        static_cast<ssize_t>(page_.size()))
      return std::nullopt;
    return std::ranges::all_of(page_, [](char c) { return c == 0; });
  }

 private:
  explicit Memory(Fd fd) : fd_(std::move(fd)), page_(system_page_bytes()) {}
  Fd fd_;
  std::vector<char> page_;
};

}  // namespace

Outcome<std::vector<AddressRange>> mergeable_ranges(const Roots& roots, pid_t process) {
  const auto smaps = read_text_file(fmt::format("{}/{}/smaps", roots.proc, process));
  if (!smaps) return fail(smaps);
  std::vector<AddressRange> ranges;
  std::istringstream lines(*smaps);
  AddressRange current;
  for (std::string line; std::getline(lines, line);) {
    if (const auto range = parse_range(line))
      current = *range;
    else if (line.starts_with("VmFlags:") && (line + " ").find(" mg ") != std::string::npos)
      ranges.push_back(current);
  }
  return ranges;
}

Outcome<GuestCensus> take_guest_census(const Roots& roots, pid_t process,
                                       const std::vector<AddressRange>& ranges) {
  const auto pagemap = WordFile::open(fmt::format("{}/{}/pagemap", roots.proc, process));
  if (!pagemap) return fail(pagemap);
  const auto kpageflags = WordFile::open(roots.proc + "/kpageflags");
  if (!kpageflags) return fail(kpageflags);
  const auto own = WordFile::open(roots.proc + "/self/pagemap");
  const bool flagged_alike = own && ksm_flag_is_on_all(*own, *kpageflags);
  auto memory = Memory::open(fmt::format("{}/{}/mem", roots.proc, process));
  if (!memory) return fail(memory);

  const std::uint64_t page_bytes = system_page_bytes();
  GuestCensus census;
  HugeFrames huge(*kpageflags, huge_page_bytes(roots) / page_bytes);
  std::unordered_map<std::uint64_t, std::uint64_t> flags_of_frame;
  std::vector<std::uint64_t> entries;
  for (const AddressRange& range : ranges) {
    entries.resize((range.end - range.first) / page_bytes);
    if (auto read = pagemap->read(range.first / page_bytes, entries); !read) return fail(read);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const PagemapEntry entry{entries[i]};
      if (!entry.present()) continue;
      if (entry.pfn() == 0) return fail(ExitCode::kCannotRun, kHiddenFrames);
      const auto [known, fresh] = flags_of_frame.try_emplace(entry.pfn(), 0);
      if (fresh)
        if (auto read = kpageflags->read(entry.pfn(), {&known->second, 1}); !read)
          return fail(read);
      const auto zero = memory->is_zero(range.first + i * page_bytes);
      if (!zero) continue;
      const bool in_ksm = (known->second & kKpfKsm) != 0 && !(flagged_alike && entry.exclusive());
      const bool on_zero_page = (known->second & kKpfZeroPage) != 0;
      ++census.present_pages;
      census.huge_pages += static_cast<std::uint64_t>(huge.have(entry.pfn(), known->second));
      census.zero_pages += static_cast<std::uint64_t>(*zero);
      census.zero_on_zero_page += static_cast<std::uint64_t>(*zero && on_zero_page);
      census.zero_in_ksm_frames += static_cast<std::uint64_t>(*zero && in_ksm);
      census.zero_in_own_frames += static_cast<std::uint64_t>(*zero && !in_ksm && !on_zero_page);
      census.other_in_ksm_frames += static_cast<std::uint64_t>(!*zero && in_ksm);
    }
  }
  census.frames = flags_of_frame.size();
  return census;
}

}  // namespace zp
