// SPDX-License-Identifier: MIT
#include "harness/model/catalogue.hpp"

#include "harness/model/embedded_cpus.hpp"
#include "harness/support/nearest.hpp"

namespace zp::model {

std::vector<std::string_view> built_in_cpus() {
  std::vector<std::string_view> names;
  for (const EmbeddedCpu& cpu : embedded_cpus()) names.push_back(cpu.name);
  return names;
}

Outcome<Description> find_cpu(const std::string& name_or_path) {
  const std::string_view word = name_or_path;
  if (word.find('/') != word.npos || (word.size() > 4 && word.substr(word.size() - 4) == ".cpu"))
    return load_description(name_or_path);
  for (const EmbeddedCpu& cpu : embedded_cpus())
    if (cpu.name == word) return parse_description(cpu.text, fmt::format("{}.cpu", cpu.name));
  const std::vector<std::string_view> names = built_in_cpus();
  const std::string close = nearest<std::string_view>(word, names);
  return fail(ExitCode::kUsage, "no model of CPU '{}'; {}: {}, or give the path of a .cpu file",
              word, close.empty() ? "known" : "nearest",
              close.empty() ? fmt::format("{}", fmt::join(names, " ")) : close);
}

}  // namespace zp::model
