#!/bin/sh
# Installs the Debian packages that MoltBot is built, run and tested with, and only those that are missing.
# RabbitMQ is used as a private broker of the current user, nginx as a test's own server: a system service that a package would start is
# not left behind.
set -eu

packages="librabbitmq-dev libcurl4-openssl-dev libsqlite3-dev libmimalloc-dev rabbitmq-server pkg-config"
# The tests' peers and judges.
packages="$packages python3 python3-venv amqp-tools nginx-light openssl chromium-headless-shell"

fail() {
    echo "setup: $1" >&2
    exit 1
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]
}

command -v swift >/dev/null || fail "swift is not on PATH; install Swift 6.2 or later, see https://www.swift.org/install/linux"
command -v dpkg-query >/dev/null || fail "this is not a Debian system; install by hand what corresponds to: $packages"

missing=""
for package in $packages; do
    is_installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "setup: installing$missing"
as_root=""
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "run as root, or install by hand:$missing"
    # Without a terminal sudo could only wait for a password that nobody types.
    if [ -t 0 ]; then as_root="sudo"; else as_root="sudo -n"; fi
    $as_root true || fail "sudo is not permitted; as root run: apt-get install$missing"
fi

services=""
is_installed rabbitmq-server || services="rabbitmq-server.service"
is_installed nginx-light || services="$services nginx.service"
is_installed erlang-base || services="$services epmd.service epmd.socket"
has_systemd=""
[ -d /run/systemd/system ] && has_systemd=yes

# A masked unit cannot be started by a package; the mask is gone after a reboot at the latest.
restore_services() {
    [ -n "$services" ] && [ -n "$has_systemd" ] || return 0
    $as_root systemctl unmask --runtime --quiet $services || true
    $as_root systemctl disable --quiet $services || true
}
if [ -n "$services" ] && [ -n "$has_systemd" ]; then
    trap restore_services EXIT
    $as_root systemctl mask --runtime --quiet $services
fi

# RUNLEVEL=1 makes invoke-rc.d skip starting services where there is no systemd.
apt="$as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -q -o DPkg::Lock::Timeout=300"
$apt update </dev/null || echo "setup: the package lists cannot be refreshed; trying with those at hand" >&2
$apt install -y --no-install-recommends $missing </dev/null || fail "apt-get could not install:$missing"

for package in $missing; do
    is_installed "$package" || fail "$package is still missing after apt-get install"
done
