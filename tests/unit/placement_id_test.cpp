// SPDX-License-Identifier: MIT
#include "harness/names/placement_id.hpp"

#include <gmock/gmock.h>

#include "tests/outcome.hpp"

namespace zp {
namespace {

using testing::HasSubstr;

TEST(PlacementId, EveryNameReadsBackAsItWasWritten) {
  for (const PlacementEntry& entry : placement_catalogue())
    for (std::uint64_t number = kMinSharers; number <= kMaxColours; number *= 2) {
      const PlacementId id{entry.kind, entry.suffix == Suffix::kColours ? number : 0,
                           entry.suffix == Suffix::kSharers ? number + 1 : 0};
      const auto parsed = value_of(parse_placement(to_string(id)));
      EXPECT_EQ(parsed, id);
      EXPECT_EQ(&parsed.entry(), &entry);
    }
}

// They appear in files that people keep: results/README.md.
TEST(PlacementId, NamesAreStable) {
  std::string names;
  for (const PlacementEntry& entry : placement_catalogue())
    names += std::string(entry.name) + (entry.suffix == Suffix::kNone ? " " : ":N ");
  EXPECT_EQ(
      names,
      "private read_fault populate_read uffd_zero ksm_single ksm_default ksm_shared:N ksm_nonzero "
      "ksm_zero_page "
      "ksm_coloured:N memfd_coloured:N memfd_agreeing memfd_differing shmem_hole huge_private "
      "huge_zero ");
}

TEST(PlacementId, RefusesTheRestAndNamesIt) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "unknown placement ''"},
      {"ksm", "unknown placement 'ksm'; there are private,"},
      {"KSM_SINGLE", "unknown placement"},
      {"ksm_single:1", "ksm_single takes no number"},
      {"private:", "private takes no number"},
      {"ksm_coloured", "e.g. ksm_coloured:8"},
      {"ksm_coloured:", "power of two, 1 to 4096"},
      {"ksm_coloured:0", "power of two"},
      {"ksm_coloured:3", "power of two"},
      {"ksm_coloured:8x", "power of two"},
      {"ksm_coloured:-8", "power of two"},
      {"ksm_coloured:8192", "power of two"},
      {"ksm_coloured:18446744073709551616", "power of two"},
      {"ksm_shared", "how many pages share a frame, e.g. ksm_shared:8"},
      {"ksm_shared:1", "must be 2 to 1073741824"},
      {"ksm_shared:1073741825", "must be 2 to 1073741824"},
      {"ksm_shared:unbounded", "must be 2 to"},
      {"ksm_shared:16x", "must be 2 to"},
      {"memfd_coloured:8:8", "power of two"},
  };
  for (const auto& [text, part] : cases) {
    const auto parsed = parse_placement(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ExitCode::kUsage);
    EXPECT_THAT(parsed.error().message, HasSubstr(part));
    EXPECT_THAT(parsed.error().message, HasSubstr(fmt::format("'{}'", text)));
  }
}

}  // namespace
}  // namespace zp
