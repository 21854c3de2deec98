#!/bin/bash
# Checks the format, builds, runs every test and says how it went. Its exit code is that of the first step that failed.
set -uo pipefail
cd "$(dirname "$0")/.."

started=$SECONDS
finish() {
    echo "$1 after $((SECONDS - started)) s"
    exit "$2"
}

make --no-print-directory lint || finish "FAILED: format (make format mends it)" $?
swift build --build-tests || finish "FAILED: build" $?
# All tests at once would start every broker at once; on two cores nothing would meet a deadline then.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:-4}
record=$(mktemp) || finish "FAILED: no temporary file" $?
trap 'rm -f "$record"' EXIT
if swift test --skip-build </dev/null 2>&1 | tee "$record"; then
    finish "PASSED: format, build and all tests" 0
fi
# Tests run side by side: what went wrong is far above, between what went well.
echo "What failed:"
grep -a -A 4 -E '^✘ .*(recorded an issue|failed after)|: (Fatal error|error): ' "$record" | grep -avE '^(--|◇|✔)' | cut -c 1-600 | head -n 100
finish "FAILED: tests" 1
