
run_bench() {
	$SCRIPTDIR/shellpacks/shellpack-bench-zpbench \
		--matrix     $ZPBENCH_MATRIX \
		--iterations $ZPBENCH_ITERATIONS

	return $?
}
