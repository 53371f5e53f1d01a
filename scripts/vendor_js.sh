#!/bin/sh
# Make web/static/vendor/noble/noble-p256.min.js again: P-256, Ed25519 and SHA-256 in plain JavaScript, and gunzip, for
# browsers without WebCrypto (plain http) or DecompressionStream; and web/static/vendor/qr/qr-decode.min.js, which reads
# a label's code where the browser has no BarcodeDetector. Needs npm; run it from the project's root.
# The bundle is committed, so nobody needs this script to build, run or test the project.
set -eu
target="$(pwd)/src/tanbiao/web/static/vendor/noble"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --no-audit --no-fund --save-exact @noble/curves@1.9.7 @noble/hashes@1.8.0 fflate@0.8.2 esbuild@0.25.9
cat >entry.js <<'JS'
export { p256 } from "@noble/curves/nist.js";
export { ed25519 } from "@noble/curves/ed25519.js";
export { sha256 } from "@noble/hashes/sha2.js";
export { Unzlib, gunzipSync } from "fflate";
JS
npx esbuild entry.js --bundle --minify --format=esm --target=es2020 --legal-comments=none \
  --banner:js='/*! @noble/curves 1.9.7, @noble/hashes 1.8.0 (MIT, Paul Miller), fflate 0.8.2 (MIT, Arjun Barrett); see LICENSE */' \
  --outfile="$target/noble-p256.min.js"
{
  echo "@noble/curves 1.9.7"; echo; cat node_modules/@noble/curves/LICENSE
  echo; echo "@noble/hashes 1.8.0"; echo; cat node_modules/@noble/hashes/LICENSE
  echo; echo "fflate 0.8.2"; echo; cat node_modules/fflate/LICENSE
} >"$target/LICENSE"
npm install --no-audit --no-fund --save-exact qr@0.7.0
echo 'export { decodeQR } from "qr/decode.js";' >entry.js
npx esbuild entry.js --bundle --minify --format=esm --target=es2020 --legal-comments=none \
  --banner:js='/*! qr 0.7.0 (MIT or Apache-2.0, Paul Miller); see LICENSE */' \
  --outfile="$target/../qr/qr-decode.min.js"
cp node_modules/qr/LICENSE-MIT "$target/../qr/LICENSE"
ls -l "$target" "$target/../qr"
