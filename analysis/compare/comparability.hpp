// SPDX-License-Identifier: MIT
// What must not differ between results that are compared.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"

namespace zp::analysis {

struct Difference {
  std::string field;
  std::string base;
  std::string other;
};

struct Comparability {
  std::vector<Difference> refused;  // machine, page size, semantics, census: no comparison
  std::vector<Difference> noted;    // compiler, governor, ...: worth a footnote

  // Those of what both sides say.
  std::vector<Difference> known_notes() const;
};

// Compares every run with the first of the base. Kernel release, knobs and placement are expected
// to differ between sides and are not looked at (but for the kernels within a side, which must be
// one); a field that one side does not know is a note.
Comparability check_comparability(std::span<const ResultSet* const> sides);

// " FIELD is 'A' and 'B'; FIELD is 'C' and 'D'"
std::string difference_words(const std::vector<Difference>& differences);

// Errors: kNotComparable with all the fields, unless `force` lets them pass.
Outcome<void> check_allowed(const Comparability& differences, bool force);

// What both know of the machine and what differs. What rows mean (schema, emulated times) is not
// looked at.
std::vector<Difference> machine_differences(const Context& one, const Context& other);
bool same_machine(const Context& one, const Context& other);
// What a comparison would refuse two sides for, and another host: what was measured on one machine
// stands for no other. Of `one` machine_facts() is enough.
std::vector<Difference> machine_or_host_differences(const Context& one, const Context& other);
Context machine_facts(const Context& context);
// A rebuilt kernel may keep its release: its version has the date, or Debian's number.
std::vector<Difference> kernel_differences(const Context& one, const Context& other);

// Whether runs may be taken together: made on one machine, and on one kernel. The text is a warning
// of what else differs, "" where nothing does. Errors: kNotComparable.
Outcome<std::string> check_pooled(const ResultSet& set);
// The same where the kernels may differ; gives what else does.
Outcome<Comparability> check_one_machine(const ResultSet& set);

}  // namespace zp::analysis
