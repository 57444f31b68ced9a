# SPDX-License-Identifier: MIT
# results/README.md as the man page zpbench-results(5): headings, paragraphs, lists, tables, text as it stands.
# What stands before the layout of a run directory is about the folder of the repository, and left out. -v version=

# `code` and **strong** in bold, [links](url) as their text.
function inline(text,  out, part, n, i, parts) {
  n = split(text, parts, "`")
  for (i = 1; i <= n; i++) {
    part = parts[i]
    if (i % 2) {
      gsub(/\*\*/, "", part)
      while (match(part, /\]\([^)]*\)/)) part = substr(part, 1, RSTART - 1) substr(part, RSTART + RLENGTH)
      gsub(/\[/, "", part)
      out = out roff(part)
    } else {
      out = out "\\fB" roff(part) "\\fR"
    }
  }
  return out ~ /^\./ ? "\\&" out : out
}

function verbatim(on) {
  if (on == in_verbatim) return
  print on ? ".PP\n.EX" : ".EE"
  in_verbatim = on
}

# A row: what it is of as the tag; a short second cell behind it, a long one in the text.
function row(line,  cells, n, first, i, body) {
  n = split(substr(line, 2), cells, "|") - 1
  for (i = 1; i <= n; i++) cells[i] = trimmed(cells[i])
  if (heads == 0) {
    for (i = 1; i <= n; i++) head[i] = cells[i]
    heads = n
    return
  }
  first = inline(cells[1])
  if (n > 2 && cells[2] != "" && (head[2] == "type" || head[2] == "unit")) first = first " (" inline(cells[2]) ")"
  else if (n > 2 && cells[2] != "") body = inline(cells[2]) "; " inline(head[3]) ": "
  print ".TP\n" first
  body = body inline(cells[n])
  print body == "" ? "\\&" : body
}

BEGIN {
  printf ".\\\" Made from results/README.md.\n.TH ZPBENCH\\-RESULTS 5 \"\" \"zpbench %s\" \"File Formats\"\n.nh\n.ad l\n", version
  print ".SH NAME\nzpbench\\-results \\- the files of a run: manifest and passes\n.SH RUN DIRECTORY"
}
/^    results\// { begun = 1 }
!begun { next }
!/^\|/ { heads = 0 }
/^    / { verbatim(1); print roff(substr($0, 5)); next }
{ verbatim(0) }
/^\|[-|]+$/ { next }
/^\|/ { row($0); next }
/^##? / { sub(/^#+ /, ""); print ".SH " roff(toupper($0)); next }
/^### / { sub(/^#+ /, ""); print ".SS " inline($0); next }
/^\* / { print ".IP \\(bu 2\n" inline(substr($0, 3)); next }
/^$/ { gap = 1; next }
{
  if (gap) print ".PP"
  gap = 0
  print inline($0)
}
END {
  verbatim(0)
  print ".SH SEE ALSO\n.BR zpbench (1),\n.BR zpanalyze (1),\n.BR zpbench\\-run (1)"
}
