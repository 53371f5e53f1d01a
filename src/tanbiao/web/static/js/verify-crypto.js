/**
 * Hashes, signatures and codings for the verifier, the same in a browser and in node.
 *
 * ES256 goes through WebCrypto where the page has it (https, or localhost) and through the bundled library where it has
 * not (plain http on a phone): both must say the same, and `engine()` says which one was asked.
 */
import { ed25519, gunzipSync, p256, sha256 as nobleSha256, Unzlib } from "../vendor/noble/noble-p256.min.js";

const MAX_UNPACKED = 1024 * 1024;
const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export class VerifyError extends Error {
  /** A document that can't be read: `code` and `params` are those of the message catalogue. */
  constructor(code, params = {}) {
    super(code);
    this.code = code;
    this.params = params;
  }
}

export const utf8 = (text) => encoder.encode(text);

export function text(bytes) {
  return decoder.decode(bytes);
}

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function equal(left, right) {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Decode standard base64 with padding; throws on anything but the one spelling of its bytes. */
export function base64(coded) {
  let raw;
  try {
    raw = atob(coded);
  } catch {
    throw new Error("not base64");
  }
  if (btoa(raw) !== coded) throw new Error("not canonical base64");
  return Uint8Array.from(raw, (char) => char.charCodeAt(0));
}

/** Decode base64url without padding (RFC 7515, 2); throws on anything but the one spelling of its bytes. */
export function base64url(coded) {
  if (!/^[A-Za-z0-9_-]*$/.test(coded) || coded.length % 4 === 1) throw new Error("not base64url");
  const padded = coded.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (coded.length % 4)) % 4);
  return base64(padded);
}

/** Return base64url without padding. */
export function base64urlOf(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function base58(coded) {
  if (coded.length > 256) throw new Error("too long for base58");
  let number = 0n;
  for (const char of coded) {
    const digit = BASE58.indexOf(char);
    if (digit < 0) throw new Error("not base58");
    number = number * 58n + BigInt(digit);
  }
  const body = [];
  for (; number > 0n; number >>= 8n) body.unshift(Number(number & 255n));
  const zeros = coded.length - coded.replace(/^1+/, "").length;
  return Uint8Array.from([...new Array(zeros).fill(0), ...body]);
}

export const sha256 = (bytes) => nobleSha256(bytes);

const subtle = () => globalThis.crypto?.subtle;

/** "webcrypto" or "bundled": who checks the certificate's signature on this page. */
export const engine = () => (subtle() ? "webcrypto" : "bundled");

/** Whether an ES256 signature (r ‖ s) of a public JWK is good. */
export async function verifyEs256(jwk, message, signature) {
  if (jwk.kty !== "EC" || jwk.crv !== "P-256" || "d" in jwk || signature.length !== 64) return false;
  const point = { kty: "EC", crv: "P-256", x: jwk.x, y: jwk.y };
  try {
    if (subtle()) {
      const algorithm = { name: "ECDSA", namedCurve: "P-256" };
      const key = await subtle().importKey("jwk", point, algorithm, false, ["verify"]);
      return await subtle().verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, message);
    }
    const key = concat(Uint8Array.of(4), base64url(point.x), base64url(point.y));
    return p256.verify(signature, message, key, { prehash: true, lowS: false });
  } catch {
    return false;
  }
}

/** Whether the signature of a certificate key is good, with the one algorithm of the key's kind. */
export async function verifyPoint(jwk, message, signature) {
  if (jwk.kty === "OKP") {
    return jwk.crv === "Ed25519" && !("d" in jwk) && verifyEd25519(base64url(jwk.x), message, signature);
  }
  if (jwk.crv !== "SM2") return verifyEs256(jwk, message, signature);
  if (jwk.kty !== "EC" || "d" in jwk) return false;
  try {
    const { verifySm2 } = await import("./verify-sm2.js");
    return verifySm2(base64url(jwk.x), base64url(jwk.y), message, signature);
  } catch {
    return false;
  }
}

/** Whether an Ed25519 signature under a raw 32-byte key is good, by the strict rules of RFC 8032. */
export function verifyEd25519(key, message, signature) {
  try {
    return signature.length === 64 && ed25519.verify(signature, message, key, { zip215: false });
  } catch {
    return false;
  }
}

/** Unpack gzip whose unpacked length is bounded before anything is unpacked. */
export function gunzip(packed) {
  if (packed.length < 18) throw new Error("no gzip");
  const tail = packed.subarray(packed.length - 4);
  const length = tail[0] + tail[1] * 2 ** 8 + tail[2] * 2 ** 16 + tail[3] * 2 ** 24;
  if (length > MAX_UNPACKED) throw new Error("too long");
  const unpacked = gunzipSync(packed, { out: new Uint8Array(length) });
  if (unpacked.length !== length) throw new Error("cut off");
  return unpacked;
}

/** Unpack a zlib stream, stopping with an error as soon as it grows beyond the bound. */
export function inflateStream(packed) {
  const parts = [];
  let length = 0;
  const unpacker = new Unzlib((part) => {
    length += part.length;
    if (length > MAX_UNPACKED) throw new Error("too long");
    parts.push(part);
  });
  unpacker.push(packed, true);
  return concat(...parts);
}
