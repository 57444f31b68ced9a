# SPDX-License-Identifier: MIT
# Makes `ctest --test-dir PREFIX/share/zpbench -L bench` measure with the installed programs; results
# lie in results/ beside this file, from which ctest runs it.
add_test(quick_matrix scripts/run-matrix.sh
  --quick --bin bin --out results)
set_tests_properties(quick_matrix PROPERTIES
  LABELS bench RUN_SERIAL TRUE SKIP_RETURN_CODE 4 TIMEOUT 3600)
