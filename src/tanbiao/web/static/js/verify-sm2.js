/**
 * SM2 signatures with SM3 (GB/T 32918.2-2016 and .5-2017, GB/T 32905-2016), checked in the browser; as
 * tanbiao.evidence.sm2 makes them, under the usual identifier 1234567812345678.
 */
const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
const A = P - 3n;
const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const GX = 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n;
const GY = 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n;
const USER_ID = new TextEncoder().encode("1234567812345678");
const START = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];

const left = (x, n) => (n % 32 === 0 ? x >>> 0 : ((x << (n % 32)) | (x >>> (32 - (n % 32)))) >>> 0);

/** Return the SM3 hash of bytes, 32 bytes. */
export function sm3(message) {
  const length = message.length;
  const padded = new Uint8Array(Math.ceil((length + 9) / 64) * 64);
  padded.set(message);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(padded.length - 4, (length << 3) >>> 0);
  let state = START;
  for (let at = 0; at < padded.length; at += 64) state = compress(state, view, at);
  const out = new DataView(new ArrayBuffer(32));
  state.forEach((word, place) => out.setUint32(place * 4, word));
  return new Uint8Array(out.buffer);
}

function compress(state, view, at) {
  const w = Array.from({ length: 16 }, (_, place) => view.getUint32(at + place * 4));
  for (let j = 16; j < 68; j += 1) {
    const x = w[j - 16] ^ w[j - 9] ^ left(w[j - 3], 15);
    w[j] = (x ^ left(x, 15) ^ left(x, 23) ^ left(w[j - 13], 7) ^ w[j - 6]) >>> 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let j = 0; j < 64; j += 1) {
    const t = left(j < 16 ? 0x79cc4519 : 0x7a879d8a, j);
    const ss1 = left((left(a, 12) + e + t) >>> 0, 7);
    const ss2 = (ss1 ^ left(a, 12)) >>> 0;
    const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
    const tt1 = ((ff >>> 0) + d + ss2 + ((w[j] ^ w[j + 4]) >>> 0)) >>> 0;
    const tt2 = ((gg >>> 0) + h + ss1 + w[j]) >>> 0;
    [d, c, b, a] = [c, left(b, 9), a, tt1];
    [h, g, f, e] = [g, left(f, 19), e, (tt2 ^ left(tt2, 9) ^ left(tt2, 17)) >>> 0];
  }
  return [a, b, c, d, e, f, g, h].map((word, place) => (word ^ state[place]) >>> 0);
}

const mod = (x) => ((x % P) + P) % P;

function double([x, y, z]) {
  if (!y || !z) return [1n, 1n, 0n];
  const square = mod(y * y);
  const s = mod(4n * x * square);
  const z2 = mod(z * z);
  const m = mod(3n * (x - z2) * (x + z2));
  const x3 = mod(m * m - 2n * s);
  return [x3, mod(m * (s - x3) - 8n * square * square), mod(2n * y * z)];
}

function add(one, other) {
  if (!one[2]) return other;
  if (!other[2]) return one;
  const [[x1, y1, z1], [x2, y2, z2]] = [one, other];
  const [a, b] = [mod(z1 * z1), mod(z2 * z2)];
  const [u1, u2, s1, s2] = [mod(x1 * b), mod(x2 * a), mod(y1 * b * z2), mod(y2 * a * z1)];
  if (u1 === u2) return s1 === s2 ? double(one) : [1n, 1n, 0n];
  const [h, r] = [mod(u2 - u1), mod(s2 - s1)];
  const h2 = mod(h * h);
  const [h3, v] = [mod(h2 * h), mod(u1 * h2)];
  const x3 = mod(r * r - h3 - 2n * v);
  return [x3, mod(r * (v - x3) - s1 * h3), mod(h * z1 * z2)];
}

/** Return s·G + t·Q, both at once. */
function sum(s, t, point) {
  const base = [GX, GY, 1n];
  const table = [null, base, point, add(base, point)];
  let found = [1n, 1n, 0n];
  for (let at = 255n; at >= 0n; at -= 1n) {
    found = double(found);
    const pick = table[Number(((s >> at) & 1n) | (((t >> at) & 1n) << 1n))];
    if (pick) found = add(found, pick);
  }
  return found;
}

function inverse(value) {
  let [r0, r1, t0, t1] = [P, mod(value), 0n, 1n];
  while (r1) {
    const q = r0 / r1;
    [r0, r1, t0, t1] = [r1, r0 - q * r1, t1, t0 - q * t1];
  }
  return mod(t0);
}

const number = (bytes) => bytes.reduce((total, byte) => (total << 8n) | BigInt(byte), 0n);
const bytes32 = (value) => Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * (31 - at))) & 255n));
const join = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));

/** Whether 64 bytes r ‖ s are the signature of a message under the point (x, y), each 32 bytes. */
export function verifySm2(xBytes, yBytes, message, signature) {
  const [x, y] = [number(xBytes), number(yBytes)];
  if (xBytes.length !== 32 || yBytes.length !== 32 || x >= P || y >= P) return false;
  if (mod(y * y - (x * x * x + A * x + B)) !== 0n || signature.length !== 64) return false;
  const [r, s] = [number(signature.slice(0, 32)), number(signature.slice(32))];
  const t = (r + s) % N;
  if (r < 1n || r >= N || s < 1n || s >= N || t === 0n) return false;
  const za = sm3(join([0, USER_ID.length * 8], USER_ID, ...[A, B, GX, GY, x, y].map(bytes32)));
  const [px, , pz] = sum(s, t, [x, y, 1n]);
  if (!pz) return false;
  const zi = inverse(pz);
  return (number(sm3(join(za, message))) + mod(px * zi * zi)) % N === r;
}
