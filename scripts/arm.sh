#!/bin/sh
# The promise of the same bits, kept on an emulated 64-bit ARM processor: what scripts/same_bits.py prints there must be
# what it prints here, and the tests of numerics, of small systems and of refusals must pass there. Needs Debian's
# qemu-user-static and debootstrap and takes some minutes; the emulated system is not entered, only its interpreter runs.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
folder=${TANBIAO_ARM:-${TMPDIR:-/tmp}/tanbiao-arm}
python=$root/.venv/bin/python
if [ ! -x "$folder/system/usr/bin/python3.11" ]; then
    rm -rf "$folder/system"
    mkdir -p "$folder"
    debootstrap --arch=arm64 --foreign --variant=minbase --include=python3 bookworm "$folder/system" >"$folder/system.log"
    for file in "$folder"/system/var/cache/apt/archives/*.deb; do dpkg -x "$file" "$folder/system"; done
    # The emulator looks for every path in the system first: what is ours must not be hidden by its empty folders.
    for name in dev home proc root run sys tmp var; do rm -rf "$folder/system/$name"; done
fi
grep -v "^-e" requirements.lock >"$folder/requirements.txt"
"$root/.venv/bin/uv" pip install --quiet --target "$folder/packages" --python-version 3.11 \
    --python-platform aarch64-manylinux_2_28 --only-binary :all: --requirement "$folder/requirements.txt"
arm() {
    env PYTHONPATH="$folder/packages:$root/src:$root:$root/tests" PYTHONDONTWRITEBYTECODE=1 \
        NUMBA_CACHE_DIR="$folder/compiled" TANBIAO_DATA="$folder/data" \
        qemu-aarch64-static -L "$folder/system" "$folder/system/usr/bin/python3.11" "$@"
}
"$python" scripts/same_bits.py | tee "$folder/here.txt"
arm scripts/same_bits.py >"$folder/arm.txt"
diff "$folder/here.txt" "$folder/arm.txt"
echo "the same bits on $(arm -c 'import platform; print(platform.machine())') and on $(uname -m)"
printf '[pytest]\n' >"$folder/pytest.ini"
# Tests that start another interpreter start this machine's, and need not be run for the other's sake.
arm -m pytest -q --noconftest -c "$folder/pytest.ini" --rootdir="$root" -p no:cacheprovider -p no:xdist -p no:django \
    tests/core/numerics tests/core/lca/test_small_systems.py tests/core/lca/test_refusals.py \
    -k "not vector and not Haswell"
