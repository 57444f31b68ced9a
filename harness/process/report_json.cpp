// SPDX-License-Identifier: MIT
#include "harness/host/page_size.hpp"
#include "harness/process/findings.hpp"
#include "harness/process/report.hpp"
#include "harness/support/json.hpp"
#include "harness/support/words.hpp"

namespace zp {
namespace {

std::string_view word_of(PageCounter::Source source) {
  return word_for(source, {"pagemap_scan", "frames", "pagemap"});
}

std::string pages_json(const PageCounts& counts, PageCounter::Source source) {
  JsonObject object;
  object.add("zero", counts.zero).add("ksm", counts.ksm);
  if (source != PageCounter::Source::kPagemap) object.add("huge", counts.huge);
  return object.add("private", counts.others)
      .add("file", counts.of_file)
      .add("swapped", counts.swapped)
      .add("looked_at", counts.looked_at)
      .text();
}

std::string mapping_json(const ExaminedMapping& one, PageCounter::Source source) {
  return JsonObject()
      .add("address", fmt::format("{:x}", one.mapping.first))
      .add("bytes", one.mapping.bytes())
      .add("name", one.mapping.name)
      .add("mergeable", word_of(one.mergeable))
      .add("reason", reason_of(one.mergeable))
      .raw("pages", pages_json(one.counts, source))
      .text();
}

std::string groups_json(const Examination& of) {
  JsonObject object;
  for (int i = 0; i < kMergeableKinds; ++i) {
    const auto mergeable = static_cast<Mergeable>(i);
    const Group& group = of.group(mergeable);
    if (group.mappings != 0)
      object.raw(word_of(mergeable), JsonObject()
                                         .add("mappings", group.mappings)
                                         .add("bytes", group.bytes)
                                         .add("in_use_pages", group.in_use)
                                         .add("private_pages", group.private_pages)
                                         .text());
  }
  return object.text();
}

template <class Items, class Format>
std::string list_json(const Items& items, Format format) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "\n    " : ",\n    ") + format(item);
  return "[" + text + (text.empty() ? "]" : "\n  ]");
}

}  // namespace

std::string process_json(const Examination& of) {
  const Saving saving = saving_of(of);
  JsonObject knobs, sample, scan;
  for (const auto& [name, value] : of.knobs) knobs.add(name, value);
  sample.add("read", of.zeros.read).add("zero", of.zeros.zero).add("of_pages", of.sampled_pages);
  if (!of.zeros.why_not.empty()) sample.add("reason", of.zeros.why_not);
  scan.add("cpu_ns_per_page", of.price.ns_per_page)
      .add("least_cpu_ns_per_page", of.price.least_ns_per_page)
      .add("pages_scanned", of.price.scanned_pages)
      .add(of.price.ns_per_page ? "cpu_s" : "least_cpu_s", saving.cpu_s)
      .add("pause_s", saving.pause_s)
      .add("most_record_bytes", saving.most_record_bytes);
  const std::pair<const char*, std::string> members[] = {
      {"schema", json_quoted("zpbench-doctor-process-1")},
      {"pid", fmt::format("{}", of.pid)},
      {"command", json_quoted(of.command)},
      {"page_size_bytes", fmt::format("{}", system_page_bytes())},
      {"mappings", fmt::format("{}", of.mappings)},
      {"all_mappings", of.all_mappings ? "true" : "false"},
      {"mapped_bytes", fmt::format("{}", of.mapped_bytes)},
      {"source", json_quoted(word_of(of.source))},
      {"no_flags_reason", of.why_no_flags.empty() ? "null" : json_quoted(of.why_no_flags)},
      {"ksm", JsonObject()
                  .add("merges", merges(of))
                  .add("merging_pages", of.ksm.merging_pages)
                  .add("zero_pages", of.ksm.zero_pages)
                  .add("rmap_items", of.ksm.rmap_items)
                  .add("mergeable", of.ksm.mergeable)
                  .add("merge_any", of.merge_any)
                  .add("profit_bytes", of.profit_bytes)
                  .text()},
      {"findings", list_json(findings(of), json_quoted)},
      {"pages", pages_json(of.total, of.source)},
      {"pages_not_looked_at", fmt::format("{}", of.pages_to_look_at - of.total.looked_at)},
      {"largest",
       list_json(of.largest,
                 [&](const ExaminedMapping& one) { return mapping_json(one, of.source); })},
      {"by_reason", groups_json(of)},
      {"saving", JsonObject()
                     .add("most_bytes", saving.most_bytes)
                     .add("zero_bytes", saving.zero_bytes)
                     .add("zero_low_bytes", saving.zero_low_bytes)
                     .add("zero_high_bytes", saving.zero_high_bytes)
                     .raw("sample", sample.text())
                     .text()},
      {"scan", scan.text()},
      {"knobs", knobs.text()}};
  std::string text;
  for (const auto& [key, json] : members)
    text += fmt::format("{}  {}: {}", text.empty() ? "{\n" : ",\n", json_quoted(key), json);
  return text + "\n}\n";
}

}  // namespace zp
