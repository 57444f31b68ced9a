// SPDX-License-Identifier: MIT
#include "harness/process/report.hpp"

#include "harness/host/page_size.hpp"
#include "harness/process/findings.hpp"
#include "harness/support/units.hpp"
#include "harness/support/wrap.hpp"

namespace zp {
namespace {

constexpr std::size_t kIndent = 6;  // of what stands below a mapping's figures

std::string item(std::string_view text) {
  return "  - " + hanging(text, 4) + "\n";
}

std::string line(std::string_view text) {
  return "  " + hanging(text, 2) + "\n";
}

// The end of a path tells more than its beginning.
std::string short_name(const std::string& name) {
  constexpr std::size_t kMost = kTextWidth - kIndent - 20;
  if (name.empty()) return "no name";
  return name.size() <= kMost ? name : "..." + name.substr(name.size() - (kMost - 3));
}

std::string short_seconds(double seconds) {
  return seconds < 1 ? fmt::format("{:.3g} ms", seconds * 1e3) : human_seconds(seconds);
}

std::string share(std::optional<std::uint64_t> pages, std::uint64_t of) {
  if (!pages) return "-";
  return of == 0
             ? "0.0"
             : fmt::format("{:.1f}", 100.0 * static_cast<double>(*pages) / static_cast<double>(of));
}

std::string shares(const PageCounts& counts, bool huge_is_known) {
  const std::uint64_t all = counts.in_use();
  return fmt::format(
      "{:>7}{:>7}{:>7}{:>9}{:>7}{:>7}", share(counts.zero, all), share(counts.ksm, all),
      huge_is_known ? share(counts.huge, all) : std::string("-"), share(counts.others, all),
      share(counts.of_file, all), share(counts.swapped, all));
}

std::string now_text(const Examination& of) {
  const auto now = merges(of);
  if (!now) return "What KSM merges of it this kernel does not say (5.19 and later do)";
  if (!*now) return "KSM merges nothing of it";
  std::string text =
      fmt::format("KSM merges: {} of its pages are in KSM's frames",
                  of.ksm.merging_pages ? *of.ksm.merging_pages : of.total.ksm.value_or(0));
  if (of.ksm.zero_pages) text += fmt::format(", {} were put on the zero page", *of.ksm.zero_pages);
  return text;
}

std::string mappings_text(const Examination& of) {
  const bool huge_is_known = of.source != PageCounter::Source::kPagemap;
  std::string text = fmt::format(
      "Mappings: {} of {}, by pages in use; shares in % of those\n"
      "        size     in use   zero    KSM   huge  private   file   swap\n",
      of.largest.size(), of.mappings);
  for (const auto& [mapping, mergeable, counts] : of.largest)
    text +=
        fmt::format("  {:>10} {:>10}{}\n      {:012x}  {}\n      {}\n", human_size(mapping.bytes()),
                    pages_size(counts.in_use()), shares(counts, huge_is_known), mapping.first,
                    short_name(mapping.name), hanging(reason_of(mergeable), kIndent));
  Group rest;
  std::string kinds;
  for (int i = 0; i < kMergeableKinds; ++i) {
    const Group& group = of.rest.at(static_cast<std::size_t>(i));
    if (group.mappings == 0) continue;
    rest.mappings += group.mappings;
    rest.bytes += group.bytes;
    rest.in_use += group.in_use;
    kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", group.mappings,
                         word_of(static_cast<Mergeable>(i)));
  }
  if (rest.mappings != 0)
    text += line(fmt::format("{} more, {}, {} in use: {}", rest.mappings, human_size(rest.bytes),
                             pages_size(rest.in_use), kinds));
  if (of.source == PageCounter::Source::kPagemap)
    text += line(
        "private: with what is on the zero page, in KSM's frames and huge. To tell them apart "
        "takes PAGEMAP_SCAN (Linux 6.7) or CAP_SYS_ADMIN.");
  return text;
}

std::string saving_text(const Examination& of, const Saving& saving) {
  std::string text = line(fmt::format(
      "{} of private pages could be looked at by ksmd: {} registered, {} not{}.",
      human_size(saving.most_bytes), pages_size(of.group(Mergeable::kRegistered).private_pages),
      pages_size(of.group(Mergeable::kUnregistered).private_pages),
      of.group(Mergeable::kUnknown).private_pages == 0
          ? ""
          : fmt::format(", {} unknown", pages_size(of.group(Mergeable::kUnknown).private_pages))));
  if (saving.zero_bytes && of.zeros.read == of.sampled_pages)
    text +=
        line(fmt::format("Zeros: of these pages all {} not merged yet were read, and {} hold "
                         "nothing else: merging would free {}.",
                         of.zeros.read, of.zeros.zero, human_size(*saving.zero_bytes)));
  else if (saving.zero_bytes)
    text += line(fmt::format(
        "Zeros: of the {} of these pages not merged yet {} were read, drawn at random, and {} hold "
        "nothing else: merging would free {} (95 % interval: {} to {}).",
        of.sampled_pages, of.zeros.read, of.zeros.zero, human_size(*saving.zero_bytes),
        human_size(*saving.zero_low_bytes), human_size(*saving.zero_high_bytes)));
  else
    text += line("How many hold only zeros is not known: " + of.zeros.why_not + ".");
  text += line("Only a scan can tell how many others are alike.");
  if (of.profit_bytes && merges(of).value_or(false))
    text += line(fmt::format(
        "Saved now, records subtracted (ksm_process_profit): {}{}.",
        *of.profit_bytes < 0 ? "-" : "",
        human_size(*of.profit_bytes < 0 ? 0 - static_cast<std::uint64_t>(*of.profit_bytes)
                                        : static_cast<std::uint64_t>(*of.profit_bytes))));
  return text;
}

std::string cost_text(const Examination& of, const Saving& saving) {
  std::string text;
  if (of.price.ns_per_page)
    text += line(
        fmt::format("CPU: ksmd took {:.0f} ns per page on this host ({} pages scanned since boot); "
                    "all of these "
                    "pages once: {}.",
                    *of.price.ns_per_page, of.price.scanned_pages, short_seconds(*saving.cpu_s)));
  else if (of.price.least_ns_per_page)
    text += line(fmt::format(
        "CPU: ksmd has scanned too few pages on this host to tell ({}). It reads each, which "
        "takes {:.0f} ns here; all of these pages once: {} at least.",
        of.price.scanned_pages, *of.price.least_ns_per_page, short_seconds(*saving.cpu_s)));
  else
    text += line("CPU: not known: ksmd has scanned too few pages on this host.");
  if (saving.pause_s)
    text += line(fmt::format(
        "Time: with pages_to_scan {} and sleep_millisecs {} a scan of these pages pauses for {} "
        "in all, and a page merges in its second scan at the earliest.",
        of.knob("ksm.pages_to_scan").value_or("?"), of.knob("ksm.sleep_millisecs").value_or("?"),
        short_seconds(*saving.pause_s)));
  text += line(fmt::format("Memory: KSM's records of these pages, {} at most.",
                           human_size(saving.most_record_bytes)));
  return text;
}

std::string gaps_text(const Examination& of) {
  std::string text;
  if (!of.all_mappings)
    text += line(
        fmt::format("It has more mappings than the first {}, which were looked at.", of.mappings));
  if (!of.why_no_flags.empty()) text += line(of.why_no_flags + ".");
  if (of.total.looked_at < of.pages_to_look_at)
    text += line(fmt::format("{} of {} of addresses were not looked at: the time was over.",
                             pages_size(of.pages_to_look_at - of.total.looked_at),
                             pages_size(of.pages_to_look_at)));
  return text;
}

}  // namespace

std::string process_report(const Examination& of) {
  const Saving saving = saving_of(of);
  std::string text =
      hanging(fmt::format("Process {} ({}): {} mappings of {}, {} in use", of.pid, of.command,
                          of.mappings, human_size(of.mapped_bytes), pages_size(of.total.in_use())),
              0) +
      "\n\n";
  const auto list = findings(of);
  text += hanging(now_text(of) + (list.empty() ? "." : ":"), 0) + "\n";
  for (const std::string& finding : list) text += item(finding);
  text += "\n" + mappings_text(of);
  text += "\nWhat merging could save\n" + saving_text(of, saving);
  text += "\nWhat a scan would cost\n" + cost_text(of, saving);
  if (const std::string gaps = gaps_text(of); !gaps.empty()) text += "\nNot looked at\n" + gaps;
  return text;
}

}  // namespace zp
