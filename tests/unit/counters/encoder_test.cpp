// SPDX-License-Identifier: MIT
#include "harness/counters/encoder.hpp"

#include <gmock/gmock.h>
#include <linux/perf_event.h>

#include "tests/unit/fake_tree.hpp"

#if ZP_HAVE_LIBPFM4
#include <perfmon/pfmlib_perf_event.h>

#include <algorithm>
#endif

namespace zp {
namespace {

using testing::HasSubstr;

TEST(Encoder, TakesRawNumbers) {
  Encoder encoder{Roots{}};
  EXPECT_EQ(encoder.encode("perf_raw::rdf43"), (EventCode{PERF_TYPE_RAW, 0xdf43}));
  for (const char* bad : {"perf_raw::r", "perf_raw::rxyz", "perf_raw::r12g"}) {
    const auto code = encoder.encode(bad);
    ASSERT_FALSE(code) << bad;
    EXPECT_EQ(code.error().code, ExitCode::kUsage);
  }
}

TEST(Encoder, ReadsTheKernelsOwnList) {
  const FakeTree tree;
  tree.write("sys/bus/event_source/devices/cpum_cf/type", "9\n");
  tree.write("sys/bus/event_source/devices/cpum_cf/events/L1D_L2D_SOURCED_WRITES",
             "event=0x0085\n");
  tree.write("sys/bus/event_source/devices/cpum_cf/events/TWO_FIELDS", "event=0x1,umask=0x2\n");
  Encoder encoder{tree.roots()};
  EXPECT_EQ(encoder.encode("cpum_cf::L1D_L2D_SOURCED_WRITES"), (EventCode{9, 133}));
  EXPECT_FALSE(encoder.encode("cpum_cf::TWO_FIELDS"));
  EXPECT_FALSE(encoder.encode("cpum_cf::../type"));
  const auto names = encoder.known_names();
  EXPECT_NE(std::ranges::find(names, "cpum_cf::L1D_L2D_SOURCED_WRITES"), names.end());
}

TEST(Encoder, RefusesWhatNobodyKnows) {
  Encoder encoder{Roots{}};
  const auto code = encoder.encode("NO_SUCH_EVENT_AT_ALL");
  ASSERT_FALSE(code);
  EXPECT_THAT(code.error().message, HasSubstr("NO_SUCH_EVENT_AT_ALL"));
  EXPECT_EQ(encoder.encode("PAPI_L1_DCM").error().code, ExitCode::kUsage);
}

#if ZP_HAVE_LIBPFM4
// libpfm4 is the second opinion on every generic event we know ourselves.
TEST(Encoder, AgreesWithLibpfm4OnGenericEvents) {
  ASSERT_EQ(::pfm_initialize(), PFM_SUCCESS);
  Encoder encoder{Roots{}};
  int compared = 0;
  for (const std::string& name : encoder.known_names()) {
    perf_event_attr attributes{};
    pfm_perf_encode_arg_t request{};
    request.attr = &attributes;
    request.size = sizeof request;
    if (!name.starts_with("perf::") ||
        ::pfm_get_os_event_encoding(name.c_str(), PFM_PLM3, PFM_OS_PERF_EVENT, &request) !=
            PFM_SUCCESS)
      continue;
    const auto ours = encoder.encode(name);
    ASSERT_TRUE(ours) << name;
    EXPECT_EQ(ours->type, attributes.type) << name;
    EXPECT_EQ(ours->config, attributes.config) << name;
    ++compared;
  }
  EXPECT_GE(compared, 9);
}
#endif

}  // namespace
}  // namespace zp
