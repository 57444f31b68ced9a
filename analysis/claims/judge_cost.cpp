// SPDX-License-Identifier: MIT
// Claims about what ksmd and the writer pay: scan, metadata, cow, unmerge.
#include <charconv>

#include "analysis/claims/judges.hpp"

namespace zp::analysis {
namespace {

constexpr double kDearer = 1.05;             // costs, of which a run has few values
constexpr double kMuchMetadataShare = 0.02;  // of the memory that is merged

Judgement emulated_times() {
  return {ClaimVerdict::kNoData, "emulated: its times say nothing"};
}

double page_bytes(const ClaimRun& run) {
  double bytes = 4096;
  const auto found = run.set->context().find("page_size_bytes");
  if (found != run.set->context().end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), bytes);
  return bytes;
}

}  // namespace

Judgement judge_scan(const ClaimRun& run) {
  if (run.emulated) return emulated_times();
  const auto cost = [&run](const char* contents, const char* arm, const char* key) {
    return run.figure("scan", {{"contents", contents}, {"use_zero_pages", arm}, {"mode", "plain"}},
                      key);
  };
  constexpr const char* kSecond = "second_cpu_ns_per_page";
  const auto plain = cost("unique", "0", kSecond), knob = cost("unique", "1", kSecond);
  const auto plain_collides = cost("collision_late", "0", kSecond),
             knob_collides = cost("collision_late", "1", kSecond);
  if (!plain || !knob || !plain_collides || !knob_collides) return no_data(run, "scan");
  std::string text = fmt::format(
      "ksmd's second scan of unique pages costs {} ns a page with use_zero_pages=0 and {} with 1; "
      "of "
      "pages whose checksum is that of a zero page {} and {}",
      short_number(*plain), short_number(*knob), short_number(*plain_collides),
      short_number(*knob_collides));
  constexpr const char* kMerged = "cpu_ns_per_merged_page";
  if (const auto zero = cost("zero:100", "0", kMerged), on_zero = cost("zero:100", "1", kMerged);
      zero && on_zero)
    text += fmt::format("; merging a zero page costs {} and {} ns", short_number(*zero),
                        short_number(*on_zero));
  text += ".";
  if (*knob > kDearer * *plain) return {ClaimVerdict::kRefuted, text};
  const bool collisions_pay = *knob_collides > kDearer * *plain_collides;
  return {collisions_pay ? ClaimVerdict::kConfirmed : ClaimVerdict::kUndecided, text};
}

Judgement judge_metadata(const ClaimRun& run) {
  const auto bytes = [&run](const char* placement) -> std::optional<double> {
    const auto figure = [&](const char* key) {
      return run.figure("metadata", {{"placement", placement}}, key);
    };
    const auto items = figure("computed_rmap_bytes_per_page"),
               nodes = figure("computed_stable_node_bytes_per_page");
    if (!items || !nodes) return std::nullopt;
    return *items + *nodes;
  };
  const auto single = bytes("ksm_single"), shipped = bytes("ksm_default"),
             zero_page = bytes("ksm_zero_page");
  if (!single || !zero_page) return no_data(run, "metadata");
  std::string text = fmt::format("for each merged page KSM keeps {} bytes with use_zero_pages=0",
                                 short_number(*single));
  if (shipped) text += fmt::format(" ({} as it ships)", short_number(*shipped));
  const double share = std::max(*single, *zero_page) / page_bytes(run);
  text += fmt::format(" and {} with 1: at most {:.1f} % of what is merged.",
                      short_number(*zero_page), 100 * share);
  return {share <= kMuchMetadataShare ? ClaimVerdict::kConfirmed : ClaimVerdict::kRefuted, text};
}

Judgement judge_cow(const ClaimRun& run) {
  if (run.emulated) return emulated_times();
  const auto cost = [&run](const char* placement) {
    return run.figure("cow", {{"placement", placement}}, "ns_per_page");
  };
  const auto single = cost("ksm_single"), zero_page = cost("ksm_zero_page"),
             untouched = cost("read_fault");
  if (!single || !zero_page) return no_data(run, "cow");
  std::string text = fmt::format(
      "a write costs {} ns a page where KSM has one frame and {} where it has put the "
      "zero page",
      short_number(*single), short_number(*zero_page));
  if (untouched)
    text += fmt::format("; {} on the zero page of a read fault", short_number(*untouched));
  text += ".";
  return {*zero_page > kDearer * *single ? ClaimVerdict::kConfirmed : ClaimVerdict::kRefuted, text};
}

Judgement judge_unmerge(const ClaimRun& run) {
  std::string text;
  std::size_t rows = 0, whole = 0;
  for (const ClaimRow* row : run.of_family("unmerge")) {
    const auto share = row->figure("unmerged_share");
    if (!share) continue;
    ++rows;
    whole += *share == 1 ? 1U : 0U;
    const std::string way = row->has("way", "run2") ? "run=2" : "MADV_UNMERGEABLE";
    const char* placement = row->has("placement", "ksm_zero_page") ? "zero page" : "one frame";
    text +=
        fmt::format("{}{} by {}: {:.1f} %", text.empty() ? "" : ", ", placement, way, 100 * *share);
    if (const auto speed = row->figure("pages_per_second"); speed && !run.emulated)
      text += fmt::format(" at {} pages/s",
                          short_number(static_cast<double>(static_cast<long long>(*speed))));
  }
  if (rows == 0) return no_data(run, "unmerge");
  return {whole == rows ? ClaimVerdict::kConfirmed : ClaimVerdict::kDepends,
          "unmerged: " + text + "."};
}

}  // namespace zp::analysis
