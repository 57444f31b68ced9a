// SPDX-License-Identifier: MIT
// SQLite's statements, of which many are run. Internal to analysis/export.
#pragma once

#include <fmt/format.h>
#include <sqlite3.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "analysis/text/markup.hpp"

namespace zp::analysis {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

// A prepared statement; text is bound, never pasted.
class Statement {
 public:
  Statement(sqlite3* database, const char* sql) {
    sqlite3_stmt* raw = nullptr;
    ok_ = sqlite3_prepare_v2(database, sql, -1, &raw, nullptr) == SQLITE_OK;
    statement_.reset(raw);
  }
  Statement& text(int place, std::string_view value) {
    const auto valid = visible_text(value, LineEnds::kEscape);
    ok_ = ok_ && sqlite3_bind_text(statement_.get(), place, valid.data(),
                                   static_cast<int>(valid.size()), SQLITE_TRANSIENT) == SQLITE_OK;
    return *this;
  }
  // Numbers, or text that is plain and stays until run().
  Statement& kept(int place, const std::string& value) {
    ok_ = ok_ && sqlite3_bind_text(statement_.get(), place, value.data(),
                                   static_cast<int>(value.size()), SQLITE_STATIC) == SQLITE_OK;
    return *this;
  }
  Statement& kept(int place, const std::string* value) { return kept(place, *value); }
  Statement& kept(int place, sqlite3_int64 value) {
    ok_ = ok_ && sqlite3_bind_int64(statement_.get(), place, value) == SQLITE_OK;
    return *this;
  }
  Statement& kept(int place, double value) {
    ok_ = ok_ && sqlite3_bind_double(statement_.get(), place, value) == SQLITE_OK;
    return *this;
  }
  // Runs it and makes it ready for the next values. The id is of the first column of its row, else
  // of the row it inserted; 0: no row came.
  bool run(sqlite3_int64* id = nullptr) {
    const bool row = step();
    if (id != nullptr) *id = row ? sqlite3_column_int64(statement_.get(), 0) : 0;
    return reset();
  }
  // The same, for the text of the first column; "" where there is none.
  std::string run_for_text() {
    std::string found = step() ? column(0) : "";
    reset();
    return found;
  }

  // The same, for the texts of the first two columns of every row.
  std::vector<std::pair<std::string, std::string>> run_for_pairs() {
    std::vector<std::pair<std::string, std::string>> found;
    while (step()) found.emplace_back(column(0), column(1));
    reset();
    return found;
  }

 private:
  std::string column(int place) const {  // of the row; "" for null
    const unsigned char* text = sqlite3_column_text(statement_.get(), place);
    return text == nullptr ? "" : reinterpret_cast<const char*>(text);
  }
  bool step() {  // to a row
    const int result = ok_ ? sqlite3_step(statement_.get()) : SQLITE_ERROR;
    ok_ = ok_ && (result == SQLITE_ROW || result == SQLITE_DONE);
    return result == SQLITE_ROW;
  }
  bool reset() {
    if (!statement_) return false;
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
    return ok_;
  }

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  bool ok_ = false;
};

// Rows on their way into a table, many by one statement: as many statements take half as long
// again. Their texts are plain, and what is pointed at stays until the row is written.
template <class... Values>
class Rows {
 public:
  using Row = std::tuple<Values...>;

  // `insert` goes up to "values".
  Rows(sqlite3* database, std::string_view insert) : database_(database), insert_(insert) {}

  bool add(Row row) {
    waiting_.push_back(std::move(row));
    return waiting_.size() < kMost || write();
  }
  bool write() {
    if (waiting_.empty()) return true;
    auto& statement = of_size_[waiting_.size()];
    if (!statement) {
      const std::vector<std::string_view> places(sizeof...(Values), "?");
      const std::vector rows(waiting_.size(), fmt::format("({})", fmt::join(places, ", ")));
      const auto sql = fmt::format("{} {}", insert_, fmt::join(rows, ", "));
      statement = std::make_unique<Statement>(database_, sql.c_str());
    }
    int place = 0;
    for (const Row& row : waiting_)
      std::apply([&](const auto&... value) { (statement->kept(++place, value), ...); }, row);
    const bool done = statement->run();
    waiting_.clear();  // not before: texts were not copied
    return done;
  }

 private:
  static constexpr std::size_t kMost = 96;
  sqlite3* database_;
  std::string_view insert_;
  std::vector<Row> waiting_;
  std::map<std::size_t, std::unique_ptr<Statement>> of_size_;
};

}  // namespace zp::analysis
