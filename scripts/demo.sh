#!/bin/sh
# Builds MoltBot and shows that no task is lost: see `moltbot demo --help`.
# Needs what `make setup` installs. Arguments are passed on, such as --prompts FILE.
set -eu
cd "$(dirname "$0")/.."
swift build --configuration release --product moltbot
exec .build/release/moltbot demo "$@"
