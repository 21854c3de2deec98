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
# In memory where there is plenty: what brokers write is deleted at the end of their test, and need not wait for a disk.
folder=${TMPDIR:-/tmp}
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ] && [ "$(df --output=avail -B 1G /dev/shm | tail -n 1)" -ge 8 ]; then folder=/dev/shm; fi
TMPDIR=$(mktemp -d "$folder/moltbot-make-test-XXXXXX") || finish "FAILED: no temporary folder" $?
export TMPDIR
# The tests' watchdog may still be ending brokers that write.
trap 'for _ in {1..50}; do rm -rf "$TMPDIR" 2>/dev/null && break; sleep 0.2; done' EXIT
record=$TMPDIR/record
if swift test --skip-build </dev/null 2>&1 | tee "$record"; then
    finish "PASSED: format, build and all tests" 0
fi
# Tests run side by side: what went wrong is far above, between what went well.
echo "What failed:"
grep -a -A 4 -E '^✘ .*(recorded an issue|failed after)|: (Fatal error|error): ' "$record" | grep -avE '^(--|◇|✔)' | cut -c 1-600 | head -n 100
finish "FAILED: tests" 1
