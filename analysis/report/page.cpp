// SPDX-License-Identifier: MIT
#include "analysis/report/page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/load/sha256.hpp"
#include "analysis/report/page_style.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/markup.hpp"
#include "harness/support/words.hpp"

namespace zp::analysis {
namespace {

// As a Content-Security-Policy names a script that stands in the page.
std::string hash_source(std::string_view script) {
  const auto digest = sha256_bytes_of_text(script);
  return "'sha256-" + base64({reinterpret_cast<const char*>(digest.data()), digest.size()}) + "'";
}

}  // namespace

std::string page_start(std::string_view title, std::string_view script) {
  const auto scripts = script.empty() ? std::string() : "script-src " + hash_source(script) + "; ";
  return fmt::format(
      "{}<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; {}style-src "
      "'unsafe-inline'; img-src data:\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
      "{}\n<style>\n{}</style>\n</head>\n<body>\n<main>\n{}\n",
      kPageStart, scripts, element("title", shorten(title, 120)), kPageStyle,
      element("h1", shorten(title, 120)));
}

std::string page_end() {
  return "</main>\n</body>\n</html>\n";
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve(bytes.size() * 4 / 3 + 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    const auto count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t b = 0; b < 3; ++b)
      group = group << 8 | (b < count ? static_cast<unsigned char>(bytes[i + b]) : 0U);
    for (std::size_t d = 0; d < 4; ++d)
      text += d <= count ? kDigits[group >> (18 - 6 * d) & 63] : '=';
  }
  return text;
}

std::string element(const char* name, std::string_view text) {
  return fmt::format("<{0}>{1}</{0}>", name, html_text(text));
}

std::string table_row(const char* cell, const std::vector<std::string>& cells, std::size_t labels) {
  std::string text = "<tr>";
  for (std::size_t i = 0; i < cells.size(); ++i)
    text += i < labels ? fmt::format("<th scope=\"row\">{}</th>", cells[i])
                       : fmt::format("<{0}>{1}</{0}>", cell, cells[i]);
  return text + "</tr>\n";
}

std::string section_start(std::string_view title) {
  return fmt::format("<section><h2 id=\"{}\">{}</h2>\n", machine_name(title), html_text(title));
}

std::string note(std::string_view text) {
  return "<p class=\"note\">" + html_text(text) + "</p>\n";
}

std::string table_start(const std::vector<std::string>& head, std::size_t labels) {
  return "<div class=\"wide\"><table>\n<thead>" + table_row("th", head, labels) +
         "</thead>\n<tbody>\n";
}

std::string with_interval(const std::string& figure) {
  const auto interval = figure.find(" [");
  if (interval == figure.npos) return html_text(figure);
  return fmt::format("{} <small>{}</small>", html_text(figure.substr(0, interval)),
                     html_text(figure.substr(interval + 1)));
}

std::string_view class_of(Effect effect) {
  return word_for(effect, {"bad", "good", "same", "open"});
}

std::string html_lines(const std::string& plain) {
  std::string lines;
  for (std::size_t begin = 0; begin < plain.size();) {
    const auto end = std::min(plain.find('\n', begin), plain.size());
    lines += html_text(plain.substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  return lines;
}

}  // namespace zp::analysis
