// SPDX-License-Identifier: MIT
#include "analysis/export/export.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analysis/export/parts.hpp"
#include "analysis/export/schema.hpp"
#include "analysis/export/statement.hpp"
#include "analysis/load/sha256.hpp"
#include "analysis/load/units.hpp"
#include "analysis/load/workers.hpp"
#include "analysis/text/markup.hpp"
#include "harness/names/name_parts.hpp"
#include "harness/support/interrupt.hpp"

namespace zp::analysis {
namespace {

// After the rows: sorting them once is a third of the work of keeping them sorted.
constexpr const char* kIndex = "create index if not exists repetition_by_cell on repetition (cell)";

// Before the first file is replaced, for each would scan all repetitions.
constexpr const char* kIndexOfFiles =
    "create index if not exists repetition_by_file on repetition (file)";

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};

class Exporter {
 public:
  explicit Exporter(sqlite3* database)
      : database_(database), insert_cell_(database, insert_cell_sql().c_str()) {
    Statement(database, "select coalesce(max(id), 0) + 1 from repetition").run(&next_repetition_);
  }

  bool add(const ResultSet& set, const Run& run, const ResultFile& file, const std::string& path,
           const std::string& sha256) {
    sqlite3_int64 known = 0;
    find_file_.text(1, path).text(2, sha256);
    if (!find_file_.run(&known)) return false;
    if (known != 0) return true;
    const auto rows = fmt::format("{:016x}", file.fingerprint);
    const auto date = context_value(file.context, "date");
    Context context;
    for (const auto& [key, value] : file.context)
      context.emplace(visible_text(key, LineEnds::kEscape), visible_text(value, LineEnds::kEscape));
    const Texts texts(file);
    const auto copied =
        file.row_count() == 0 ? "" : path_of_copy(rows, path, context, labels_of(file, texts, set));
    if (!drop_earlier(path, date)) return false;
    if (!copied.empty()) {
      remarks_.push_back(fmt::format("{}: the same rows as in {}: taken once", path, copied));
      return true;
    }
    add_file_.text(1, run.path).text(2, path).text(3, sha256);
    add_file_.text(4, context_value(file.context, "host"))
        .text(5, context_value(file.context, "kernel.release"))
        .text(6, rows);
    if (!add_file_.run()) return false;
    const auto id = sqlite3_last_insert_rowid(database_);
    for (const auto& [key, value] : context)
      if (!context_.add({id, key, value})) return false;
    for (const auto& error : file.errors)
      if (!add_error_.kept(1, id).text(2, error.name).text(3, error.reason).run()) return false;
    for (std::size_t cell = 0; cell < file.cell_count(); ++cell)
      if (set.find_cell(file.cell_name(cell)) && !add_cell(file, texts, cell, id)) return false;
    return context_.write() && repetitions_.write() && figures_.write();
  }

  std::vector<std::string> remarks() && { return std::move(remarks_); }

 private:
  // What the rows of a file repeat, escaped once.
  struct Texts {
    explicit Texts(const ResultFile& file) {
      for (const auto& metric : file.metrics())
        metrics.push_back(visible_text(metric, LineEnds::kEscape));
      for (const auto& label : file.labels())
        labels.push_back(visible_text(label, LineEnds::kEscape));
      std::vector<std::string_view> sorted(metrics.begin(), metrics.end());
      std::ranges::sort(sorted);
      for (const auto& metric : metrics)
        ranks.push_back(std::ranges::lower_bound(sorted, metric) - sorted.begin());
    }
    const std::string& label_of(const ResultFile& file, std::uint32_t row) const {
      return labels[static_cast<std::size_t>(&file.label_of(row) - file.labels().data())];
    }
    std::vector<std::string> metrics;
    std::vector<std::ptrdiff_t> ranks;  // of the metrics, in the order of their texts
    std::vector<std::string> labels;
  };

  // Those of the rows that are taken.
  static std::set<std::string> labels_of(const ResultFile& file, const Texts& texts,
                                         const ResultSet& set) {
    std::set<std::string> labels;
    for (std::size_t cell = 0; cell < file.cell_count(); ++cell)
      if (set.find_cell(file.cell_name(cell)))
        for (const auto row : file.rows_of(cell)) labels.insert(texts.label_of(file, row));
    return labels;
  }

  // Where the same rows lie that are this measurement's; "": nowhere else. A copy may lack names.
  std::string path_of_copy(const std::string& rows, const std::string& path, const Context& context,
                           const std::set<std::string>& labels) {
    for (const auto& [id, other] : find_same_rows_.text(1, rows).text(2, path).run_for_pairs()) {
      const auto of_other = context_of_.text(1, id).run_for_pairs();
      const auto kept = labels_of_.text(1, id).run_for_pairs();
      if (is_one_context(context, Context(of_other.begin(), of_other.end())) &&
          kept.size() == labels.size() &&
          std::ranges::all_of(kept, [&](const auto& one) { return labels.contains(one.first); }))
        return other;
    }
    return "";
  }

  // What the same path had of the same date: its rows, or what is said of them, are others now.
  bool drop_earlier(const std::string& path, const std::string& date) {
    for (bool first = true;; first = false) {
      sqlite3_int64 earlier = 0;
      if (!find_earlier_.text(1, path).text(2, date).run(&earlier)) return false;
      if (earlier == 0) return true;
      if (first) {
        if (!Statement(database_, kIndexOfFiles).run()) return false;
        remarks_.push_back(path + ": changed since it was imported: replaces what it had");
      }
      for (auto* drop :
           {&drop_figures_, &drop_repetitions_, &drop_errors_, &drop_context_, &drop_file_})
        if (!drop->kept(1, earlier).run()) return false;
    }
  }

  bool add_cell(const ResultFile& file, const Texts& texts, std::size_t cell,
                sqlite3_int64 file_id) {
    const auto cell_id = id_of_cell(file.cell_name(cell), is_ours(file));
    if (cell_id == 0) return false;
    sqlite3_int64 number = 0;
    for (const auto row : file.rows_of(cell)) {
      if (interrupted()) return false;
      const auto id = next_repetition_++;
      if (!repetitions_.add({id, file_id, cell_id, number++, &texts.label_of(file, row)}))
        return false;
      sorted_.clear();
      for (const auto& [metric, value] : file.figures_of(row)) {
        const auto place = static_cast<std::size_t>(&metric - file.metrics().data());
        sorted_.emplace_back(texts.ranks[place], &texts.metrics[place], value);
      }
      // In the order of the table's key.
      std::ranges::sort(sorted_, {}, [](const auto& figure) { return std::get<0>(figure); });
      for (const auto& [rank, metric, value] : sorted_)
        if (!figures_.add({id, metric, value})) return false;
    }
    return true;
  }

  // 0 on failure.
  sqlite3_int64 id_of_cell(const std::string& text, bool ours) {
    const auto [slot, fresh] = cell_ids_.try_emplace(text, 0);
    if (!fresh) return slot->second;
    const auto name = parse_name(text);
    insert_cell_.text(1, text).text(2, name.family);
    int place = 3;
    for (const NamePartKind& part : kNameParts) {
      if (const auto value = exported_part(name, part.key, ours)) insert_cell_.text(place, *value);
      ++place;
    }
    if (insert_cell_.run()) find_cell_.text(1, text).run(&slot->second);
    return slot->second;
  }

  static std::string insert_cell_sql() {
    std::string places = "?, ?";
    for (std::size_t i = 0; i < kNameParts.size(); ++i) places += ", ?";
    return fmt::format("insert or ignore into cell (name, family{}) values ({})",
                       part_columns(", "), places);
  }

  sqlite3* database_;
  Statement find_file_{database_, "select id from file where path = ? and sha256 = ?"};
  Statement find_same_rows_{database_, "select id, path from file where rows = ? and path <> ?"};
  Statement context_of_{database_,
                        "select key, value from context where file = cast(? as integer)"};
  Statement labels_of_{database_,
                       "select distinct label, '' from repetition where file = cast(? as integer)"};
  Statement find_earlier_{database_,
                          "select id from file where path = ? and ? = coalesce((select value from "
                          "context where file = file.id and key = 'date'), '')"};
  Statement drop_figures_{database_,
                          "delete from figure where repetition in (select id from repetition "
                          "where file = ?)"};
  Statement drop_repetitions_{database_, "delete from repetition where file = ?"};
  Statement drop_errors_{database_, "delete from error where file = ?"};
  Statement drop_context_{database_, "delete from context where file = ?"};
  Statement drop_file_{database_, "delete from file where id = ?"};
  Statement add_file_{database_,
                      "insert into file (run, path, sha256, host, kernel, rows) "
                      "values (?, ?, ?, ?, ?, ?)"};
  Statement add_error_{database_, "insert into error values (?, ?, ?)"};
  Statement insert_cell_;
  Statement find_cell_{database_, "select id from cell where name = ?"};
  Rows<sqlite3_int64, std::string, std::string> context_{database_,
                                                         "insert or replace into context values"};
  Rows<sqlite3_int64, sqlite3_int64, sqlite3_int64, sqlite3_int64, const std::string*> repetitions_{
      database_, "insert into repetition (id, file, cell, number, label) values"};
  Rows<sqlite3_int64, const std::string*, double> figures_{database_,
                                                           "insert or ignore into figure values"};
  sqlite3_int64 next_repetition_ = 1;
  std::vector<std::string> remarks_;
  // By rank, of one repetition.
  std::vector<std::tuple<std::ptrdiff_t, const std::string*, double>> sorted_;
  std::unordered_map<std::string, sqlite3_int64> cell_ids_;
};

// SHA-256 of each; after an interrupt not of all.
std::vector<Outcome<std::string>> sums_of(const std::vector<const ResultFile*>& files) {
  std::vector<Outcome<std::string>> sums(files.size());
  with_workers(files.size(), [&](std::size_t worker, std::size_t workers) {
    for (auto place = worker; place < files.size() && !interrupted(); place += workers)
      sums[place] = sha256_of_file(files[place]->path);
  });
  return sums;
}

bool execute(sqlite3* database, const char* sql) {
  return sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

}  // namespace

Outcome<std::vector<std::string>> export_sqlite(const ResultSet& set, const std::string& path) {
  catch_interrupts();  // the journal goes and the database is as before
  std::error_code unknown;
  const auto status = std::filesystem::status(path, unknown);
  const bool made_here = status.type() == std::filesystem::file_type::not_found;
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    return fail(ExitCode::kUsage, "{}: is not a regular file: no database can be in it", path);
  sqlite3* raw = nullptr;
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);  // a lock and a sum each time that it takes memory
  // A path and nothing else: ":memory:" would be gone at the end.
  const int opened =
      sqlite3_open_v2(std::filesystem::absolute(path).c_str(), &raw,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  const std::unique_ptr<sqlite3, CloseDatabase> database(raw);
  const auto failure = [&]() -> Outcome<std::vector<std::string>> {
    if (interrupted()) {
      execute(raw, "rollback");
      std::error_code ignored;
      if (made_here) std::filesystem::remove(path, ignored);
      return fail(interrupt_exit_code(), "interrupted: {} is as before", path);
    }
    // SQLite tries several ways, and its errno is that of the last.
    const bool opens =
        sqlite3_errcode(raw) != SQLITE_CANTOPEN || std::ofstream(path, std::ios::app);
    return fail(ExitCode::kUsage, "{}: {}{}", path, sqlite3_errmsg(raw),
                opens ? "" : ": " + std::generic_category().message(errno));
  };
  sqlite3_busy_timeout(raw, 30000);  // others may be adding to it
  // 64 MiB: the index of some million rows is sorted in memory.
  if (opened != SQLITE_OK || !execute(raw, "pragma cache_size = -65536; begin immediate"))
    return failure();
  if (auto ours = check_tables(raw, path); !ours) return fail(ours);
  if (!execute(raw, schema().c_str())) return failure();
  Exporter exporter(raw);
  const auto sums = sums_of(set.files());
  std::size_t place = 0;
  for (const auto& run : set.runs()) {
    for (const auto& file : run.files) {
      if (interrupted()) return failure();
      const auto& sum = sums[place++];
      if (!sum) return fail(sum);
      std::error_code failed;
      const auto where = std::filesystem::weakly_canonical(file.path, failed).string();
      if (!exporter.add(set, run, file, failed ? file.path : where, *sum)) return failure();
    }
  }
  if (!execute(raw, kIndex) || !execute(raw, "commit")) return failure();
  return std::move(exporter).remarks();
}

}  // namespace zp::analysis
