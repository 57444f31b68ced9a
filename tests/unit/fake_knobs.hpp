// SPDX-License-Identifier: MIT
// The knobs of a Linux 6.8 as files, at values that no code of ours would choose.
#pragma once

#include "tests/unit/fake_tree.hpp"

namespace zp {

class FakeKnobs : public FakeTree {
 public:
  FakeKnobs() {
    for (const auto& [name, value] : {std::pair{"run", "1"},
                                      {"pages_to_scan", "123"},
                                      {"sleep_millisecs", "45"},
                                      {"use_zero_pages", "0"},
                                      {"max_page_sharing", "256"},
                                      {"merge_across_nodes", "1"},
                                      {"smart_scan", "1"},
                                      {"advisor_mode", "none [scan-time]"}})
      write(std::string("sys/kernel/mm/ksm/") + name, std::string(value) + "\n");
    write("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    write("sys/kernel/mm/transparent_hugepage/use_zero_page", "1\n");
    for (const auto& [name, value] : {std::pair{"max_ptes_none", "400"},
                                      {"pages_to_scan", "4000"},
                                      {"scan_sleep_millisecs", "9000"}})
      write(std::string("sys/kernel/mm/transparent_hugepage/khugepaged/") + name,
            std::string(value) + "\n");
    write("proc/sys/vm/max_map_count", "65530\n");
  }
};

}  // namespace zp
