// SPDX-License-Identifier: MIT
#include "harness/host/process_stat.hpp"

#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {

std::optional<std::uint64_t> stat_number(const Roots& roots, std::string_view process,
                                         std::size_t field) {
  const auto stat = read_text_file(fmt::format("{}/{}/stat", roots.proc, process)).value_or("");
  const auto fields = split(std::string_view(stat).substr(stat.rfind(')') + 1), ' ');
  return field < fields.size() ? parse_number(fields[field]) : std::nullopt;
}

}  // namespace zp
