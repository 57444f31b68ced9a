# SPDX-License-Identifier: MIT
# What a QEMU plugin saw of the timed walks, beside what the suite in the guest says of them: each row's reads
# (all of them were followed), frames, and misses of L1D and synonyms by the model of each CPU. Exits with 5
# where they differ. Takes $rows (a pass), $windows (its trace), $cpus ("z196,z13").
def reads_of_row: (.name | capture("/table:(?<table>[0-9]+)/stride:(?<stride>[0-9]+)/")
    | (.table | tonumber) / (.stride | tonumber)) as $reads
  | .iterations * $reads * ([1, (65536 / $reads | floor)] | max);
def same($a; $b): $b != null and ($a - $b | fabs) < 1e-9;
($cpus | split(",")) as $cpus
| ($windows | map({key: .name, value: .}) | from_entries) as $last  # earlier ones only looked for the iterations
| [$rows[0].benchmarks[] | select(.error_occurred | not)
    | . as $row | $last[.name] as $window
    | {name, reads: ($window.reads // 0), differs:
        [ if $window == null then "not traced" else
            (if $window.reads != reads_of_row then "reads" else empty end),
            (if $window.frames != .frames then "frames" else empty end),
            (if $window.other_reads + $window.untranslated + $window.remapped != 0 then "other reads" else empty end),
            ($cpus | to_entries[] | .value as $cpu
              | (if $cpus | length == 1 then "model_" else "model_\($cpu)_" end) as $key
              | $window.models[.key] as $seen
              | (if same($row[$key + "l1d_miss"]; $seen.misses[0] / $seen.reads) then empty else "L1D misses of \($cpu)" end),
                (if same($row[$key + "synonym_miss"]; ($seen.exceptions // $seen.synonym_misses) / $seen.reads) then empty
                 else "synonym misses of \($cpu)" end))
          end ]}] as $cells
| ($cells | map(select(.differs == [])) | length) as $same
| "Traced: \($cells | map(.reads) | add) reads of \($cells | length) cells followed by a QEMU plugin;",
  "reads, frames, L1D and synonym misses as above in \($same) of \($cells | length) cells (\($cpus | join(", "))).",
  ($cells[] | select(.differs != []) | "  differs: \(.name): \(.differs | join(", "))"),
  (if $same == ($cells | length) then empty else ("the trace differs" | halt_error(5)) end)
