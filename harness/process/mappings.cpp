// SPDX-License-Identifier: MIT
#include "harness/process/mappings.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "harness/support/clock.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"
#include "harness/support/wrap.hpp"

namespace zp {
namespace {

// "7f5c-7f5d rw-p 00000000 08:02 1234   /a file": nothing for smaps's other lines.
std::optional<Mapping> parse_mapping(std::string_view line) {
  Mapping mapping;
  std::string_view fields = line;
  const auto range = take_hex_range(fields);
  if (!range || range->second < range->first) return std::nullopt;
  std::tie(mapping.first, mapping.end) = *range;
  const auto next = [&fields] {
    fields.remove_prefix(std::min(fields.find_first_not_of(' '), fields.size()));
    const auto field = fields.substr(0, fields.find(' '));
    fields.remove_prefix(field.size());
    return field;
  };
  const auto rights = next();
  next(), next();  // offset, device
  const auto inode = next();
  if (rights.size() != 4 || inode.empty()) return std::nullopt;
  mapping.shared = rights[3] == 's';
  mapping.of_file = inode != "0";
  fields.remove_prefix(std::min(fields.find_first_not_of(' '), fields.size()));
  mapping.name = printable(fields);
  return mapping;
}

struct Kind {
  const char* word;
  const char* reason;
};

// In the order of the enumeration.
constexpr std::array<Kind, kMergeableKinds> kKinds{{
    {"registered", "yes: registered"},
    {"unregistered", "no: not registered"},
    {"unknown", "unknown: whether it is registered was not read"},
    {"file", "no: of a file, not registered; only copies of its pages could merge"},
    {"shared", "no: shared memory; registering it does nothing"},
    {"hugetlb", "no: hugetlb pages"},
    {"device", "no: a device's or driver's pages (VmFlags pf, io, de or mm)"},
    {"droppable", "no: MAP_DROPPABLE"},
    {"special", "no: the kernel's own page"},
}};
static_assert(static_cast<int>(Mergeable::kSpecial) + 1 == kMergeableKinds);

bool any_of(const Mapping& mapping, std::initializer_list<const char*> flags) {
  return std::ranges::any_of(flags, [&](const char* flag) { return mapping.has(flag); });
}

}  // namespace

bool Mapping::has(const char* flag) const {
  return flags && flags->find(fmt::format(" {} ", flag)) != std::string::npos;
}

Outcome<Mappings> read_mappings(const Roots& roots, int pid, const std::string& status,
                                const LookLimits& limits) {
  Mappings mappings;
  const auto page_tables_kib = number_field(status, "VmPTE:").value_or(0);
  if (page_tables_kib > limits.page_tables_kib)
    mappings.why_no_flags = fmt::format(
        "smaps was not read: the kernel would walk {} of page tables under the process's lock",
        human_size(page_tables_kib << 10U));
  const auto start = Clock::now();
  const auto read = [&](const char* file) {
    std::uint64_t bytes = 0;
    mappings.list.clear();
    mappings.complete = true;
    return for_each_line(
        fmt::format("{}/{}/{}", roots.proc, pid, file), [&](std::string_view line) {
          bytes += line.size() + 1;
          auto mapping = parse_mapping(line);
          if (!mapping && !mappings.list.empty()) {
            Mapping& last = mappings.list.back();
            if (const auto kib = number_field(line, "KSM:")) last.ksm_bytes = *kib << 10U;
            if (line.starts_with("VmFlags:"))
              last.flags = fmt::format(" {} ", text_field(line, "VmFlags:").value_or(""));
            return true;
          }
          if (mapping) {
            mappings.complete = bytes < limits.file_bytes &&
                                mappings.list.size() < limits.mappings &&
                                seconds_since(start) < limits.seconds;
            if (mappings.complete) mappings.list.push_back(std::move(*mapping));
          }
          return mappings.complete;
        });
  };
  if (mappings.why_no_flags.empty()) {
    const auto smaps = read("smaps");
    if (smaps && mappings.complete && !mappings.list.empty() && mappings.list.front().flags)
      return mappings;
    mappings.why_no_flags = !smaps ? smaps.error().message
                            : mappings.complete
                                ? std::string("smaps has no VmFlags")
                                : "smaps was read in part only: there are too many mappings";
    if (smaps && !mappings.complete) return mappings;  // what was read has its flags
  }
  if (auto maps = read("maps"); !maps) return fail(maps);
  return mappings;
}

Mergeable judge(const Mapping& mapping, std::optional<bool> registered) {
  for (const char* special : {"[vdso]", "[vsyscall]", "[vvar", "[uprobes]"})
    if (mapping.name.starts_with(special)) return Mergeable::kSpecial;
  if (mapping.shared) return Mergeable::kShared;
  if (mapping.has("ht") || mapping.name.starts_with("/anon_hugepage")) return Mergeable::kHugetlb;
  if (any_of(mapping, {"pf", "io", "de", "mm"})) return Mergeable::kDevice;
  if (mapping.has("dp")) return Mergeable::kDroppable;
  if (mapping.has("mg")) return Mergeable::kRegistered;
  if (!mapping.flags && registered.value_or(true)) return Mergeable::kUnknown;
  return mapping.of_file ? Mergeable::kFile : Mergeable::kUnregistered;
}

const char* word_of(Mergeable mergeable) {
  return kKinds.at(static_cast<std::size_t>(mergeable)).word;
}

std::string reason_of(Mergeable mergeable) {
  return kKinds.at(static_cast<std::size_t>(mergeable)).reason;
}

}  // namespace zp
