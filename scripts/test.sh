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
swift test --skip-build </dev/null || finish "FAILED: tests" $?
finish "PASSED: format, build and all tests" 0
