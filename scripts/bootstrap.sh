#!/bin/sh
# Installs what Martlet's build needs from Debian and does not find: OpenBLAS, LAPACKE, zlib and pkg-config.
# Needs root or sudo only when something is missing. Arguments name further packages.
set -eu

missing=""
for package in libopenblas-dev liblapacke-dev zlib1g-dev pkg-config "$@"; do
    if ! dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed"; then
        # pkg-config is also provided by pkgconf.
        if [ "$package" = pkg-config ] && command -v pkg-config >/dev/null 2>&1; then continue; fi
        missing="$missing $package"
    fi
done

if ! command -v swift >/dev/null 2>&1; then
    echo "martlet: Swift 6.2 or later is needed (https://www.swift.org/install/linux)" >&2
    exit 1
fi

[ -z "$missing" ] && exit 0

echo "martlet: installing from Debian:$missing"
if [ "$(id -u)" -eq 0 ]; then
    run=""
elif command -v sudo >/dev/null 2>&1; then
    run="sudo"
else
    echo "martlet: run as root, or with sudo installed, or install these packages yourself:$missing" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
$run apt-get update -qq
# shellcheck disable=SC2086
$run apt-get install -y -qq --no-install-recommends $missing
