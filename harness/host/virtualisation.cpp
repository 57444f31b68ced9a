// SPDX-License-Identifier: MIT
#include "harness/host/virtualisation.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace zp {
namespace {

// "QEMU 7.2.22, machine malta, cpu 5KEc, tcg": what scripts/emulate.sh says of the guest it
// started.
std::optional<Virtualisation> from_environment() {
  const char* said = std::getenv("ZP_EMULATOR");
  if (said == nullptr) return std::nullopt;
  const std::string_view emulator(said);
  const auto comma = emulator.rfind(", ");
  const std::string kind(comma == emulator.npos ? "unknown" : emulator.substr(comma + 2));
  return Virtualisation{kind, kind != "kvm", "ZP_EMULATOR"};
}

std::optional<Virtualisation> from_command_line(const Roots& roots) {
  constexpr std::string_view kHint = "zpbench.emulated=";
  for (const auto& word : split(read_trimmed(roots.proc + "/cmdline").value_or(""), ' '))
    if (word.starts_with(kHint))
      return Virtualisation{word.substr(kHint.size()), true, "kernel command line"};
  return std::nullopt;
}

std::optional<Virtualisation> from_cpuid() {
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & (1U << 31)) == 0) return std::nullopt;
  __cpuid(0x40000000, a, b, c, d);
  std::array<char, 13> vendor{};
  const std::array registers{b, c, d};
  std::memcpy(vendor.data(), registers.data(), 12);
  const std::string_view name(vendor.data());
  struct Known {
    std::string_view vendor, kind;
  };
  static constexpr std::array kKnown{Known{"KVMKVMKVM", "kvm"}, Known{"TCGTCGTCGTCG", "tcg"},
                                     Known{"VMwareVMware", "vmware"},
                                     Known{"Microsoft Hv", "hyperv"}, Known{"XenVMMXenVMM", "xen"}};
  for (const auto& known : kKnown)
    if (name == known.vendor)
      return Virtualisation{std::string(known.kind), known.kind == "tcg", "cpuid"};
  return Virtualisation{"unknown", false, "cpuid: a hypervisor that is not known"};
#else
  return std::nullopt;
#endif
}

// STSI as the kernel prints it: QEMU's own CPU calls itself the manufacturer.
std::optional<Virtualisation> from_sysinfo(const Roots& roots) {
  const auto sysinfo = read_trimmed(roots.proc + "/sysinfo");
  if (!sysinfo) return std::nullopt;
  if (text_field(*sysinfo, "Manufacturer").value_or("") == "QEMU")
    return Virtualisation{"tcg", true, "/proc/sysinfo"};
  const auto program = text_field(*sysinfo, "VM00 Control Program").value_or("");
  if (program.starts_with("KVM")) return Virtualisation{"kvm", false, "/proc/sysinfo"};
  if (program.starts_with("z/VM")) return Virtualisation{"zvm", false, "/proc/sysinfo"};
  return Virtualisation{"lpar", false, "/proc/sysinfo"};
}

// QEMU running one program on another kernel: it answers for some of that kernel's files, and these
// tell a machine of the wrong architecture.
std::optional<Virtualisation> from_foreign_kernel([[maybe_unused]] const Roots& roots) {
  [[maybe_unused]] const Virtualisation user_mode{"tcg", true, "a kernel of another architecture"};
#if defined(__s390x__)
  if (!read_trimmed(roots.proc + "/sysinfo")) return user_mode;
#elif defined(__mips__)
  const auto cpuinfo = read_trimmed(roots.proc + "/cpuinfo");
  if (cpuinfo && !text_field(*cpuinfo, "system type")) return user_mode;
#elif defined(__aarch64__) || defined(__powerpc64__) || defined(__riscv)
#if defined(__aarch64__)
  constexpr const char* kOwnField = "CPU implementer";
#elif defined(__powerpc64__)
  constexpr const char* kOwnField = "timebase";
#else
  constexpr const char* kOwnField = "hart";
#endif
  const auto cpuinfo = read_text_file(roots.proc + "/cpuinfo");
  if (cpuinfo && cpuinfo->find(kOwnField) == std::string::npos) return user_mode;
#endif
  return std::nullopt;
}

bool has_virtio_device(const Roots& roots) {
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator(roots.sys + "/bus/virtio/devices", ignored))
    return !entry.path().empty();
  return false;
}

std::optional<Virtualisation> from_board(const Roots& roots) {
  const auto vendor = read_trimmed(roots.sys + "/class/dmi/id/sys_vendor").value_or("");
  const auto compatible = read_trimmed(roots.proc + "/device-tree/compatible").value_or("");
  const bool qemu = vendor == "QEMU" || compatible.find("dummy-virt") != std::string::npos ||
                    compatible.find("qemu") != std::string::npos;
#if defined(__mips__)
  // No MIPS machine of today runs KVM guests; a virtio device there means an emulator.
  if (qemu || has_virtio_device(roots)) return Virtualisation{"tcg", true, "virtio devices"};
#endif
  if (qemu || has_virtio_device(roots)) return Virtualisation{"unknown", false, "QEMU board"};
  return std::nullopt;
}

}  // namespace

Virtualisation detect_virtualisation(const Roots& roots) {
  if (const auto said = from_environment()) return *said;
  if (const auto hinted = from_command_line(roots)) return *hinted;
  if (const auto seen = from_sysinfo(roots)) return *seen;
  if (const auto seen = from_foreign_kernel(roots)) return *seen;
  if (const auto seen = from_cpuid()) return *seen;
  if (const auto seen = from_board(roots)) return *seen;
  return {};
}

}  // namespace zp
