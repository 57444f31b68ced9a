// SPDX-License-Identifier: MIT
#include "analysis/export/export.hpp"

#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analysis/export/parts.hpp"
#include "analysis/load/units.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/text/plain_names.hpp"
#include "harness/names/name_parts.hpp"

namespace zp::analysis {

std::string export_csv(const ResultSet& set) {
  const auto metrics = set.metrics();
  std::unordered_map<std::string_view, std::size_t> column_of;
  for (const auto& metric : metrics) column_of.emplace(metric, column_of.size());
  std::string text;
  // A counter can be called as a column is.
  PlainNames columns(csv_field);
  const auto add_column = [&](const std::string& column) {
    text.append(text.empty() ? "" : ",").append(column);
  };
  for (const char* column : {"run", "file", "kernel", "host"}) add_column(columns(column));
  for (const auto& [column, key] : kRunColumns) add_column(columns(std::string(column)));
  for (const char* column : {"name", "family"}) add_column(columns(column));
  for (const NamePartKind& part : kNameParts) add_column(columns(std::string(part.column)));
  for (const char* column : {"repetition", "label"}) add_column(columns(column));
  for (const auto& metric : metrics) add_column(columns('\n' + metric, csv_field(metric)));
  text += "\n";
  for (const auto& run : set.runs()) {
    for (const auto& file : run.files) {
      auto where = csv_field(run.path) + "," + csv_field(file.path) + "," +
                   csv_field(context_value(file.context, "kernel.release")) + "," +
                   csv_field(context_value(file.context, "host")) + ",";
      for (const auto& [column, key] : kRunColumns)
        where += csv_field(context_value(file.context, key)) + ",";
      std::vector<std::size_t> columns_of_file;
      for (const auto& metric : file.metrics()) columns_of_file.push_back(column_of.at(metric));
      for (std::size_t cell = 0; cell < file.cell_count(); ++cell) {
        if (!set.find_cell(file.cell_name(cell))) continue;  // filtered out
        const auto name = parse_name(file.cell_name(cell));
        auto parts = csv_field(file.cell_name(cell)) + "," + csv_field(name.family);
        for (const NamePartKind& part : kNameParts)
          parts +=
              "," +
              csv_field(exported_part(name, part.key, is_ours(file)).value_or(std::string_view()));
        std::size_t number = 0;
        for (const auto row : file.rows_of(cell)) {
          text += fmt::format("{}{},{},{}", where, parts, number++, csv_field(file.label_of(row)));
          std::vector<std::optional<double>> values(metrics.size());
          for (const auto& [metric, value] : file.figures_of(row)) {
            const auto place = static_cast<std::size_t>(&metric - file.metrics().data());
            auto& field = values[columns_of_file[place]];
            if (!field) field = value;  // a key given twice: the first, as everywhere
          }
          for (const auto& value : values)
            text += value ? fmt::format(",{}", *value) : std::string(",");
          text += '\n';
        }
      }
    }
  }
  return text;
}

}  // namespace zp::analysis
