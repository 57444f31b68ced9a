// SPDX-License-Identifier: MIT
#include "harness/memory/zero_page.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <bit>

#include "harness/host/library.hpp"
#include "harness/memory/census.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

// The frame that a read fault maps at an address of the first colour.
std::optional<std::uint64_t> first_frame(const Roots& roots) {
  const auto table = Table::map(system_page_bytes(), kMaxColours * system_page_bytes());
  if (!table) return std::nullopt;
  static_cast<void>(*static_cast<volatile std::byte*>(table->base()));
  const auto frames = read_frames(roots, *table);
  if (!frames || frames->empty()) return std::nullopt;
  return frames->front();
}

// By zlib where it is installed: nothing else here needs it. Empty where it can't be read.
std::string read_compressed(const std::string& path) {
  constexpr std::size_t kMost = 4 << 20;
  const auto zlib = Library::open("libz.so.1");
  if (!zlib) return {};
  const auto open = zlib->function<void*(const char*, const char*)>("gzopen");
  const auto read = zlib->function<int(void*, void*, unsigned)>("gzread");
  const auto close = zlib->function<int(void*)>("gzclose");
  void* const file = open && read && close ? (*open)(path.c_str(), "rb") : nullptr;
  if (file == nullptr) return {};
  std::string text;
  char buffer[4096];
  for (int got = 1; got > 0 && text.size() < kMost;) {
    got = (*read)(file, buffer, sizeof buffer);
    if (got > 0) text.append(buffer, static_cast<std::size_t>(got));
  }
  (*close)(file);
  return text;
}

// Of the running kernel; empty where it is not to be had.
std::string kernel_configuration(const Roots& roots) {
  if (const std::string path = roots.proc + "/config.gz"; ::access(path.c_str(), R_OK) == 0)
    if (std::string text = read_compressed(path); !text.empty()) return text;
  utsname name{};
  ::uname(&name);
  return read_text_file(fmt::format("/boot/config-{}", name.release)).value_or("");
}

}  // namespace

std::string iomem_range(std::string_view iomem, std::uint64_t address) {
  std::string innermost;
  for (const std::string& line : split(iomem, '\n')) {
    auto text = std::string_view(line).substr(std::min(line.find_first_not_of(' '), line.size()));
    const auto range = take_hex_range(text);
    if (!range || address < range->first || address > range->second) continue;
    if (const auto colon = line.find(" : "); colon != std::string::npos)
      innermost = line.substr(colon + 3);
  }
  return innermost;
}

Facts zero_page_facts(const Roots& roots) {
  Facts facts;
  if (const auto colours = zero_page_colours(roots))
    facts.emplace_back("zero_page.colours", std::to_string(*colours));
  if (const auto frame = first_frame(roots)) {
    const std::uint64_t address = *frame * system_page_bytes();
    facts.emplace_back("zero_page.frame", fmt::format("{:#x}", *frame));
    facts.emplace_back("zero_page.alignment_bytes",
                       std::to_string(1ULL << static_cast<unsigned>(std::countr_zero(address))));
    if (const auto range = iomem_range(read_text_file(roots.proc + "/iomem").value_or(""), address);
        !range.empty())
      facts.emplace_back("zero_page.iomem", range);
  }
  const std::string configuration = kernel_configuration(roots);
  constexpr std::string_view kPersistent = "CONFIG_PERSISTENT_HUGE_ZERO_FOLIO=y";
  if (configuration.find("CONFIG_TRANSPARENT_HUGEPAGE=y") != std::string::npos)
    facts.emplace_back("zero_page.huge", configuration.find(kPersistent) != std::string::npos
                                             ? "persistent"
                                             : "on demand");
  return facts;
}

}  // namespace zp
