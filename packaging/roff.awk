# SPDX-License-Identifier: MIT
# What markdown.awk and usage.awk share: text as a man page takes it.

function roff(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  gsub(/'/, "\\(aq", text)
  return text ~ /^\./ ? "\\&" text : text
}

function trimmed(text) { sub(/^ +/, "", text); sub(/ +$/, "", text); return text }
