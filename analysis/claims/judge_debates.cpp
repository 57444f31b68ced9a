// SPDX-License-Identifier: MIT
// The debates since 2024: splits of huge pages, and swap.
#include <algorithm>
#include <array>

#include "analysis/claims/judges.hpp"

namespace zp::analysis {
namespace {

// The share of the zero-filled pages in huge pages that were split that went to the zero page;
// nothing where no huge page was split, at most its mapping.
std::optional<double> share_gone(const FamilyRow& row) {
  const auto zeros = row.figure("pages_of_zeros"), gone = row.figure("zero_pages"),
             huge_share = row.figure("huge_share"), huge_pages = row.figure("huge_pages");
  if (!zeros || !gone || !huge_share || !huge_pages || *huge_pages == 0) return std::nullopt;
  const double split = *zeros * (1 - *huge_share);
  const double zeros_each = *zeros / *huge_pages;
  return split > zeros_each / 2 ? std::optional(*gone / split) : std::nullopt;
}

const FamilyRow* split_by_ksm(const FamilyRun& run, std::string_view use_zero_pages) {
  return run.find("split",
                  {{"way", "ksm"}, {"use_zero_pages", use_zero_pages}, {"shrink_underused", "0"}},
                  "pages_of_zeros");
}

// Pages of a table of such contents that arrived on a swap device, and whether our own counted.
struct Arrived {
  std::string_view way;
  double pages = 0, of = 0;
};

std::optional<Arrived> arrived(const FamilyRun& run, std::string_view contents) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kCounts{
      {{"zram", "device_pages"}, {"host", "pswpout"}}};
  for (const auto& [way, key] : kCounts) {
    const PartList parts{{"contents", contents}, {"way", way}};
    const auto pages = run.figure("swap", parts, key), of = run.figure("swap", parts, "pages");
    if (pages && of && *of > 0) return Arrived{way, *pages, *of};
  }
  return std::nullopt;
}

// " Swapping out a zero-filled page takes 500 ns, 0.5 times (...) as long as ...", where times
// count.
std::string cost_beside_one_word(const FamilyRun& run, std::string_view way) {
  std::string text;
  if (run.emulated) return text;
  for (const auto& [key, what] :
       {std::pair{"out_ns_per_page", "swapping out"}, {"in_ns_per_page", "rereading"}}) {
    const PartList zero{{"contents", "zero"}, {"way", way}},
        one_word{{"contents", "one_word"}, {"way", way}};
    const auto ns = run.figure("swap", zero, key);
    const auto ratio = ratio_of(run, "swap", one_word, zero, key);
    if (ns && ratio)
      text += fmt::format("{} {} takes {} ns, {} that of a page with one non-zero word",
                          text.empty() ? " A zero-filled page:" : ";", what, short_number(*ns),
                          times(run, *ratio));
  }
  return text.empty() ? text : text + ".";
}

}  // namespace

Judgement judge_remap(const FamilyRun& run) {
  Shares shares;
  for (const FamilyRow* row : run.of_family("split")) {
    if (!row->has("contents", "zero") || !row->has("shrink_underused", "0") ||
        (row->has("way", "ksm") && row->has("use_zero_pages", "1")))
      continue;
    if (const auto share = share_gone(*row))
      shares.add(fmt::format("{} (use_zero_pages={})", row->name.find("way").value_or(""),
                             row->name.find("use_zero_pages").value_or("")),
                 *share);
  }
  if (shares.rows == 0) return no_data(run, "split");
  return {shares.verdict(),
          fmt::format("zero-filled pages of split huge pages that are on the zero page, "
                      "with shrink_underused=0: {}.",
                      shares.list)};
}

Judgement judge_rate(const FamilyRun& run) {
  constexpr double kMoreThanOne = 1.05;
  constexpr double kPagesToScan = 100;
  const FamilyRow* const row = split_by_ksm(run, "1");
  const auto ratio = row == nullptr ? std::nullopt : row->figure("zero_pages_per_scanned_page");
  if (!ratio) return no_data(run, "split");
  const std::string sentence = fmt::format(
      "ksmd scanned {} pages, and {} went to the zero page: {} per page scanned. With "
      "pages_to_scan=100, ksmd sends {} pages there each time it wakes",
      short_number(row->figure("scanned_pages").value_or(0)),
      short_number(row->figure("zero_pages").value_or(0)), short_number(*ratio),
      short_number(kPagesToScan * *ratio));
  if (*ratio > kMoreThanOne) return {ClaimVerdict::kConfirmed, sentence + ", if it finds so many."};
  return {ClaimVerdict::kRefuted, sentence + "."};
}

Judgement judge_policy(const FamilyRun& run) {
  const FamilyRow* const row = split_by_ksm(run, "0");
  const auto share = row == nullptr ? std::nullopt : share_gone(*row);
  if (!share) return no_data(run, "split");
  std::string sentence = fmt::format(
      "with use_zero_pages=0, {} of the zero-filled pages in huge pages that were split are on the "
      "zero page",
      percent(*share));
  if (const auto counted = row->figure("own_ksm_zero_pages"))
    sentence += fmt::format("; KSM's own count, ksm_zero_pages, is {}", short_number(*counted));
  Shares one;
  one.add("", *share);
  return {one.verdict(), sentence + "."};
}

Judgement judge_progress(const FamilyRun& run) {
  const FamilyRow* const row = split_by_ksm(run, "0");
  const auto zeros = row == nullptr ? std::nullopt : row->figure("pages_of_zeros");
  const auto zero_page_share = row == nullptr ? std::nullopt : row->figure("zero_page_share");
  const auto ksm_share = row == nullptr ? std::nullopt : row->figure("ksm_share");
  const auto huge_pages = row == nullptr ? std::nullopt : row->figure("huge_pages");
  if (!zeros || !zero_page_share || !ksm_share || !huge_pages || *zeros <= 0)
    return no_data(run, "split");
  const double pages = *zeros + *huge_pages;
  const double done = std::min(1.0, (*zero_page_share + *ksm_share) * pages / *zeros);
  std::string sentence =
      fmt::format("after three scans, {} of the zero-filled pages are merged or on the zero page",
                  percent(done));
  if (const auto second = row->figure("scanned_pages"), third = row->figure("third_scan_pages");
      second && third)
    sentence += fmt::format("; the second scan covered {} of {} pages, the third {}",
                            short_number(*second), short_number(pages), short_number(*third));
  return {verdict_of(done < 0.5, done >= kNearlyAll), sentence + "."};
}

Judgement judge_worry(const FamilyRun& run) {
  constexpr double kTwice = 2;
  constexpr const char* kCost = "ns_per_huge_page";
  if (run.emulated) return emulated_times();
  const PartList first{{"contents", "first_word"}}, last{{"contents", "last_word"}};
  const auto ratio = ratio_of(run, "split", first, last, kCost);
  const auto early = run.figure("split", first, kCost), late = run.figure("split", last, kCost);
  const auto pages = run.figure("split", last, "frames");
  const auto huge_pages = run.figure("split", last, "huge_pages");
  if (!ratio || !early || !late || !pages || !huge_pages) return no_data(run, "split");
  std::string sentence = fmt::format(
      "splitting a huge page takes {} us if the first word of each page is not zero and {} us if "
      "only the last is not: {}.",
      short_number(*early / 1000), short_number(*late / 1000), times(run, *ratio));
  if (*late > *early && *pages > 0)
    sentence += fmt::format(" Searching one page takes {} ns.",
                            short_number((*late - *early) * *huge_pages / *pages));
  return {verdict_above(*ratio, kTwice), sentence};
}

Judgement judge_zeromap(const FamilyRun& run) {
  const auto zeros = arrived(run, "zero"), words = arrived(run, "one_word");
  if (!zeros || !words || zeros->way != words->way) return no_data(run, "swap");
  const std::string sentence = fmt::format(
      "of {} zero-filled pages that were swapped out (way:{}), {} arrived on the device; of {} "
      "pages with one non-zero word, {} did.{}",
      short_number(zeros->of), zeros->way, short_number(zeros->pages), short_number(words->of),
      short_number(words->pages), cost_beside_one_word(run, zeros->way));
  return {verdict_of(zeros->pages == 0 && words->pages >= words->of, zeros->pages >= zeros->of),
          sentence};
}

Judgement judge_benchmark(const FamilyRun& run) {
  const auto zeros = arrived(run, "zero");
  if (!zeros) return no_data(run, "swap");
  const std::string sentence =
      fmt::format("of {} zero-filled pages, {} arrived on the device.{}", short_number(zeros->of),
                  short_number(zeros->pages), cost_beside_one_word(run, zeros->way));
  return {verdict_of(zeros->pages >= zeros->of, zeros->pages == 0), sentence};
}

Judgement judge_own_frame(const FamilyRun& run) {
  for (const std::string_view way : {"zram", "host"}) {
    const PartList parts{{"contents", "zero"}, {"way", way}};
    const auto share = run.figure("swap", parts, "zero_page_share");
    const auto frames = run.figure("swap", parts, "frames");
    const auto pages = run.figure("swap", parts, "pages");
    if (!share || !frames || !pages) continue;
    const bool own = *share == 0 && *frames == *pages;
    return {
        own ? ClaimVerdict::kConfirmed : ClaimVerdict::kRefuted,
        fmt::format("after rereading, {} of {} pages are on the zero page; there are {} frames.",
                    percent(*share), short_number(*pages), short_number(*frames))};
  }
  return no_data(run, "swap");
}

}  // namespace zp::analysis
