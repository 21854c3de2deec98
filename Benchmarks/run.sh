#!/usr/bin/env bash
# Builds what the benchmarks need and runs them: Benchmarks/run.sh [NAME ...] [--help]
# Exit status: 0 all bars met, 3 a bar missed, 1 no result.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

is_given() {
    local wanted=$1 argument
    shift
    for argument; do [[ $argument == "$wanted" || $argument == "$wanted"=* ]] && return 0; done
    return 1
}

for tool in cc make python3; do
    command -v "$tool" >/dev/null || { echo "bench: $tool is missing: apt-get install build-essential python3" >&2; exit 1; }
done
for header in amqp.h curl/curl.h mimalloc.h; do
    echo "#include <$header>" | cc -E - >/dev/null 2>&1 ||
        { echo "bench: $header is missing: apt-get install librabbitmq-dev libcurl4-openssl-dev libmimalloc-dev" >&2; exit 1; }
done
make --silent -C "$here/floor"

moltbot=()
if ! is_given --help "$@" && ! is_given -h "$@" && ! is_given --floor-only "$@" && ! is_given --moltbot "$@"; then
    for product in moltbot RestBaseline LedgerBenchmark SelectionBenchmark; do swift build --package-path "$here/.." -c release --product "$product" >&2; done
    moltbot=(--moltbot "$(swift build --package-path "$here/.." -c release --show-bin-path)/moltbot")
fi
PYTHONDONTWRITEBYTECODE=1 exec python3 "$here/harness" "${moltbot[@]}" "$@"
