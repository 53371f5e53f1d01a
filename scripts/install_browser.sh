#!/bin/sh
# Installs what the tests need from Debian's packages, where that is allowed; else says what will skip.
set -u
missing=""
if ! command -v chromium >/dev/null 2>&1 || ! fc-list 2>/dev/null | grep -qi "noto.*cjk"; then
    missing="chromium fonts-noto-cjk fontconfig poppler-utils"
fi
command -v softhsm2-util >/dev/null 2>&1 || missing="$missing softhsm2"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "missing, and only root on Debian can install it here: $missing; tests that need it will skip" >&2
    exit 0
fi
# shellcheck disable=SC2086 (a list of packages)
apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null ||
    echo "could not be installed: $missing; tests that need it will skip" >&2
exit 0
