// SPDX-License-Identifier: MIT
// The lines of a CPU description as figures with their sources; what the figures mean is
// description.cpp's job. Internal to harness/model.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/model/description.hpp"

namespace zp::model {

// "l1d", "l2", ...; "dtlb1", "dtlb2", ...: what keys begin with.
std::string cache_name(std::size_t level);
std::string tlb_name(std::size_t level);

class DescriptionLines {
 public:
  explicit DescriptionLines(std::string_view file) : file_(file) {}

  // Errors: kUsage, "FILE:LINE: what is wrong and what to write".
  Outcome<void> read(std::string_view text);

  [[nodiscard]] const std::string& file() const { return file_; }

  std::string name;
  std::string about;
  std::vector<SourcedFigure> figures;

 private:
  Outcome<void> take(std::string_view line);
  Outcome<void> take_figure(const std::string& key, std::string_view rest);

  template <class... Args>
  tl::unexpected<Error> wrong(fmt::format_string<Args...> format, Args&&... args) const {
    return fail(ExitCode::kUsage, "{}:{}: {}", file_, line_,
                fmt::format(format, std::forward<Args>(args)...));
  }

  std::string file_;
  unsigned line_ = 0;
  std::map<std::string, std::string> sources_;
};

}  // namespace zp::model
