#!/bin/sh
# Installs what the browser tests need from Debian's packages, where that is allowed; else says why they will skip.
set -u
if command -v chromium >/dev/null 2>&1 && fc-list 2>/dev/null | grep -qi "noto.*cjk"; then
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "chromium or a Chinese font is missing, and only root on Debian can install them here: browser tests will skip" >&2
    exit 0
fi
apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk fontconfig poppler-utils >/dev/null ||
    echo "chromium could not be installed: browser tests will skip" >&2
exit 0
