// SPDX-License-Identifier: MIT
#include "analysis/submission/check.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "analysis/compare/comparability.hpp"
#include "analysis/load/units.hpp"
#include "analysis/submission/private_words.hpp"
#include "harness/names/benchmark_name.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/file.hpp"

namespace zp::analysis {
namespace {

constexpr std::array<std::string_view, 9> kVersions{
    "schema",         "zpbench.version", "zpbench.git", "benchmark.version", "build.compiler",
    "kernel.release", "kernel.version",  "arch",        "page_size_bytes"};

// What results/README.md describes; readers of later ones come with them.
constexpr std::string_view kRunSchema = "zpbench-run-1", kContextSchema = "zpbench-1";

// A matrix file may have been measured as a copy: in a guest, without the ':' of its name.
std::string matrix_name(std::string_view matrix) {
  std::string name(file_part(matrix));
  std::ranges::replace(name, ':', '_');
  return name;
}

std::string matrix_of(const ResultFile& file) {
  return matrix_name(context_value(file.context, "matrix"));
}

class Checker {
 public:
  explicit Checker(const Run& run) : run_(run) {
    for (const auto& file : run.files)
      for (const auto& [key, value] : file.context)
        if (names_host(key)) words_.add_host(value);
    if (run.manifest) words_.add_host(run.manifest->host);
  }

  std::vector<std::string> faults() {
    if (run_.manifest && run_.manifest->passes.empty())
      return {"manifest.json: " + unfinished(run_.manifest)};
    if (run_.manifest)
      check_manifest(*run_.manifest);
    else
      say("", "no manifest.json next to it: only run directories are accepted");
    for (const auto& file : run_.files) {
      check_file(file);
      check_belongs(file);
    }
    std::vector<std::string> lines;
    for (const auto& text : order_) {
      const auto& files = files_[text];
      auto where = *files.begin();
      if (files.size() > 1) where += fmt::format(" and {} more", files.size() - 1);
      lines.push_back((where.empty() ? "" : where + ": ") + text);
    }
    return lines;
  }

 private:
  // The same in every pass is one fault.
  void say(std::string_view file, const std::string& text) {
    auto& files = files_[text];
    if (files.empty()) order_.push_back(text);
    files.emplace(file_part(file));
  }

  void say_copy(std::string_view file, std::string_view of) {
    say(file, fmt::format("the same rows as in {}", file_part(of)));
  }

  void check_manifest(const Manifest& manifest) {
    constexpr std::string_view kFile = "manifest.json";
    check_schema(kFile, manifest.schema, kRunSchema);
    if (const auto why = unfinished(run_.manifest); !why.empty()) say(kFile, why);
    const auto check_entry = [&](const char* entry, const std::string& entered,
                                 std::string_view measured) {
      if (!entered.empty() && entered != measured)
        say(kFile, fmt::format("'{}' is '{}', that of the passes '{}'", entry, entered, measured));
    };
    check_entry("kernel", manifest.kernel, context_value(run_.context(), "kernel.release"));
    check_entry("arch", manifest.arch, context_value(run_.context(), "arch"));
    check_entry("matrix", matrix_name(manifest.matrix), matrix_of(run_.files.front()));
    if (!PrivateWords::is_nobodys(manifest.host))
      say(kFile, fmt::format("'host' names the machine: {}", manifest.host));
    for (const auto& pass : manifest.passes) {
      if (const auto fault = fault_of_pass(run_.path, pass); !fault.empty()) say(kFile, fault);
      if (const auto [first, fresh] = entered_.emplace(pass.sha256, pass.file); !fresh)
        first->second == pass.file ? say(kFile, pass.file + " is entered twice")
                                   : say_copy(pass.file, first->second);
    }
    const bool told = !PrivateWords::is_nobodys(manifest.host);  // that line has its fault already
    static_cast<void>(for_each_line(run_.path + "/manifest.json", [&](std::string_view line) {
      const bool of_host = told && line.find("\"host\"") != line.npos;
      if (!of_host && words_.without(line) != line)
        say(kFile, "gives away a host's name or a folder of its own");
      return true;
    }));
  }

  void check_schema(std::string_view file, std::string_view schema, std::string_view known) {
    if (schema != known) say(file, fmt::format("the schema is '{}', not {}", schema, known));
  }

  void check_file(const ResultFile& file) {
    const auto value = [&](std::string_view key) { return context_value(file.context, key); };
    if (!value("schema").empty()) check_schema(file.path, value("schema"), kContextSchema);
    for (const auto key : kVersions)
      if (value(key).empty()) say(file.path, fmt::format("the context has no {}", key));
    if (value("cpu.model").empty() && value("machine.type").empty())
      say(file.path, "the context names no CPU: neither cpu.model nor machine.type");
    if (value("census") != "strong")
      say(file.path,
          fmt::format("the census is not strong: '{}' (run it as root)", value("census")));
    for (const auto& label : file.labels())
      if (const auto census = census_class(label); !census.empty() && census != "strong")
        say(file.path, "rows with a weak census: their placement was not proven");
    for (const auto& [key, text] : file.context) {
      if (names_host(key) && !PrivateWords::is_nobodys(text))
        say(file.path, fmt::format("'{}' names the machine: {}", key, text));
      if (names_machine(key) && text != kAnonymous)
        say(file.path, fmt::format("'{}' identifies one machine", key));
      if (key == "executable" && file_part(text) != text)
        say(file.path, "'executable' gives a folder away");
      else if (!names_host(key) && !is_fact(key) && words_.without(text) != text)
        say(file.path, fmt::format("'{}' gives away a host's name or a folder of its own", key));
    }
    const auto tells = [this](const std::string& text) { return words_.without(text) != text; };
    if (std::ranges::any_of(file.errors,
                            [&](const ErrorRow& error) { return tells(error.reason); }) ||
        std::ranges::any_of(file.labels(), tells))
      say(file.path, "a row's text gives away a host's name or a folder of its own");
  }

  // A run is of one machine and kernel, and each of its passes measured something.
  void check_belongs(const ResultFile& file) {
    const ResultFile& first = run_.files.front();
    const auto is_of_one = [&](const char* what, const std::vector<Difference>& differences) {
      if (!differences.empty())
        say(file.path, fmt::format("of another {} than {}:{}", what, file_part(first.path),
                                   difference_words(differences)));
    };
    is_of_one("kernel", kernel_differences(first.context, file.context));
    auto machine = machine_or_host_differences(first.context, file.context);
    std::erase_if(machine, [](const Difference& one) {  // have a fault of their own
      return one.field == "schema" || one.field == "machine.emulated";
    });
    is_of_one("machine", machine);
    if (const auto matrix = matrix_of(file); matrix != matrix_of(first))
      say(file.path, fmt::format("of another matrix than {}: {}", file_part(first.path), matrix));
    const auto emulated = context_value(file.context, "machine.emulated");
    if (emulated != context_value(first.context, "machine.emulated"))
      say(file.path, fmt::format("machine.emulated is '{}', in {} it is not", emulated,
                                 file_part(first.path)));
    if (file.row_count() == 0 && file.errors.empty()) say(file.path, "holds no rows");
    if (const auto [same, fresh] = rows_.emplace(file.fingerprint, file.path);
        !fresh && file.row_count() > 0 && same->second != file.path)
      say_copy(file.path, same->second);
    for (std::size_t cell = 0; cell < file.cell_count(); ++cell) {
      if (claims_placement(file.cell_name(cell)) &&
          std::ranges::any_of(file.rows_of(cell), [&](std::uint32_t row) {
            return census_class(file.label_of(row)).empty();
          }))
        say(file.path, "rows of reads without a census: their placement was not proven");
    }
  }

  const Run& run_;
  PrivateWords words_;
  std::map<std::string, std::string> entered_;  // sha256 of a pass, its file
  std::map<std::size_t, std::string> rows_;     // their fingerprint, the file
  std::vector<std::string> order_;
  std::map<std::string, std::set<std::string>> files_;
};

}  // namespace

std::vector<std::string> faults_of(const Run& run) {
  return Checker(run).faults();
}

}  // namespace zp::analysis
