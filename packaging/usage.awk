# SPDX-License-Identifier: MIT
# The help that a script prints, as a man page and completions.
# -v program=, its name when installed; version=; matrices=; share=, the directory to write below.

# "--passes N": the option in bold, its value in italics.
function bold(tag,  at) {
  at = index(tag, " ")
  return at == 0 ? "\\fB" roff(tag) "\\fR" : "\\fB" roff(substr(tag, 1, at - 1)) "\\fR \\fI" roff(substr(tag, at + 1)) "\\fR"
}

function quoted(text, escape) { gsub(/'/, escape, text); return text }

function name_of(tag) { sub(/ .*/, "", tag); return tag }

function takes_value(tag) { return tag ~ / / }

{ gsub(/run-matrix\.sh/, program) }
/^  --/ {
  line = trimmed($0)
  wide = !match(line, /  +/)  # a tag on a line of its own
  tag[++options] = wide ? line : substr(line, 1, RSTART - 1)
  text[options] = wide ? "" : substr(line, RSTART + RLENGTH)
  next
}
/^          / && options == 0 { synopsis = synopsis " " trimmed($0); next }
/^          / { text[options] = text[options] (text[options] == "" ? "" : " ") trimmed($0); next }
/^  / { synopsis = trimmed($0); next }
/^Exit status/ { ending = 1; sub(/^Exit status: /, "") }
ending { status = status (status == "" ? "" : " ") $0; next }
/[^ ]/ { about = about (about == "" ? "" : " ") $0 }

END {
  man = share "/man/man1/" program ".1"
  printf ".\\\" Made from the comment at the top of scripts/run-matrix.sh.\n" >man
  printf ".TH %s 1 \"\" \"zpbench %s\" \"User Commands\"\n.nh\n.ad l\n", roff(toupper(program)), version >man
  printf ".SH NAME\n%s \\- measures a matrix of cells in several passes\n", roff(program) >man
  sub(/^[^ ]+ /, "", synopsis)
  printf ".SH SYNOPSIS\n.B %s\n%s\n", roff(program), roff(synopsis) >man
  printf ".SH DESCRIPTION\n%s\n.SH OPTIONS\n", roff(about) >man
  for (i = 1; i <= options; i++) printf ".TP\n%s\n%s\n", bold(tag[i]), roff(text[i]) >man
  printf ".SH EXIT STATUS\n%s\n", roff(status) >man
  printf ".SH SEE ALSO\n.BR zpbench (1),\n.BR zpanalyze (1),\n.BR zpbench\\-results (5)\n" >man

  gsub(/,/, "", matrices)
  bash = share "/bash-completion/completions/" program
  zsh = share "/zsh/site-functions/_" program
  fish = share "/fish/vendor_completions.d/" program ".fish"
  printf "#compdef %s\n_arguments", program >zsh
  for (i = 1; i <= options; i++) {
    name = name_of(tag[i])
    names = names (i == 1 ? "" : " ") name
    summary = text[i]
    sub(/;.*/, "", summary)
    gsub(/ \([^)]*\)/, "", summary)
    words = name == "--matrix" ? matrices : ""
    action = words == "" ? "_files" : "(" words ")"
    printf " \\\n  '%s[%s]%s'", name, quoted(summary, "'\\''"), takes_value(tag[i]) ? ":value:" action : "" >zsh
    printf "complete -c %s -l %s%s -d '%s'\n", program, substr(name, 3),
      !takes_value(tag[i]) ? "" : words == "" ? " -r" : " -x -a '" words "'", quoted(summary, "\\'") >fish
  }
  print "" >zsh
  printf "_%s() {\n", program >bash
  printf "  local current=${COMP_WORDS[COMP_CWORD]} words=''\n" >bash
  printf "  case $current in -*) words='%s' ;; esac\n", names >bash
  printf "  case ${COMP_WORDS[COMP_CWORD - 1]} in --matrix) words='%s' ;; esac\n", matrices >bash
  printf "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n}\n" >bash
  printf "complete -o default -F _%s %s\n", program, program >bash
}
