// SPDX-License-Identifier: MIT
#include "harness/programs/facts.hpp"

#include <dlfcn.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "harness/host/child.hpp"
#include "harness/host/library.hpp"
#include "harness/programs/vector_loads.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

// What `FUNCTION()` of a library says of itself.
std::optional<std::string> told(const char* file, const char* name) {
  const auto library = Library::open(file);
  if (!library) return std::nullopt;
  const auto function = library->function<const char*()>(name);
  const char* const text = function ? (*function)() : nullptr;
  if (text == nullptr) return std::nullopt;
  return text;
}

// With the tunables it was started with: they choose its loops. Of another C library nothing.
std::optional<std::string> glibc() {
#ifdef __GLIBC__
  const char* const tunables = std::getenv("GLIBC_TUNABLES");
  return fmt::format("glibc {}{}", ::gnu_get_libc_version(),
                     tunables == nullptr ? "" : fmt::format(", GLIBC_TUNABLES={}", tunables));
#else
  return std::nullopt;
#endif
}

// The loader's table of what glibc found for this CPU.
std::string loader_tunables() {
  Dl_info loader{};
  // Where the kernel mapped the loader.
  const auto base = ::getauxval(AT_BASE);
  if (base == 0 || ::dladdr(reinterpret_cast<void*>(base), &loader) == 0) return "";
  const Fd output(::memfd_create("zpbench-tunables", MFD_CLOEXEC));
  if (!output) return "";
  auto child = Child::start({loader.dli_fname, "--list-tunables"}, output.get());
  if (!child) return "";
  for (int i = 0; i < 1000 && child->running(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return read_text_file(fmt::format("/proc/self/fd/{}", output.get())).value_or("");
}

// "glibc.cpu.x86_rep_movsb_threshold: 0x800 (min: 0x100, max: 0xffffffffffffffff)"
std::optional<std::uint64_t> tunable(const std::string& text, const std::string& name) {
  const auto at = text.find(name + ": 0x");
  if (at == std::string::npos) return std::nullopt;
  const std::uint64_t value = std::strtoull(text.c_str() + at + name.size() + 2, nullptr, 16);
  return value == 0 ? std::nullopt : std::optional(value);
}

}  // namespace

std::optional<std::string> memcpy_choice(const std::string& tunables, const std::string& cpuinfo,
                                         std::uint64_t l2_bytes, std::uint64_t bytes) {
  const auto from = tunable(tunables, "glibc.cpu.x86_rep_movsb_threshold"),
             streaming = tunable(tunables, "glibc.cpu.x86_non_temporal_threshold");
  if (!from || !streaming) return std::nullopt;
  if (bytes >= *streaming) return fmt::format("stores past the caches, from {} bytes", *streaming);
  // sysdeps/x86/dl-cacheinfo.h: on AMD's CPUs up to the L2's size only.
  const bool amd = text_field(cpuinfo, "vendor_id") == "AuthenticAMD";
  const auto flags = split(text_field(cpuinfo, "flags").value_or(""), ' ');
  const bool movsb = std::ranges::find(flags, "erms") != flags.end();
  if (movsb && bytes >= *from && (!amd || bytes < l2_bytes))
    return fmt::format("rep movsb, from {} bytes", *from);
  return "vectors";
}

Facts program_facts(std::uint64_t table_bytes) {
  Facts facts;
  if (const auto* const loads = programs::widest_vector_loads())
    facts.emplace_back("program.loads", loads->name);
  ::setenv("OPENBLAS_NUM_THREADS", "1", 1);  // read when the library is loaded
  if (const auto blas =
          ZP_HAVE_BLAS ? told("libopenblas.so.0", "openblas_get_config") : std::nullopt)
    facts.emplace_back("program.blas", *blas);
  if (const auto zlib = ZP_HAVE_ZLIB ? told("libz.so.1", "zlibVersion") : std::nullopt)
    facts.emplace_back("program.zlib", "zlib " + *zlib);
  if (const auto libc = glibc()) facts.emplace_back("program.libc", *libc);
  const auto l2 = data_cache(Roots{}, 2);
  if (const auto choice =
          memcpy_choice(loader_tunables(), read_text_file("/proc/cpuinfo").value_or(""),
                        l2 ? l2->size_bytes : 0, table_bytes))
    facts.emplace_back("program.memcpy", *choice);
  return facts;
}

}  // namespace zp
