/**
 * The transparency log's part of the verifier: Merkle inclusion (RFC 9162, 2.1.3.2), signed checkpoints and proof files
 * (C2SP signed-note, tlog-checkpoint, tlog-proof).
 */
import { base64, concat, equal, sha256, utf8, verifyEd25519, VerifyError } from "./verify-crypto.js";

const HEADER = "c2sp.org/tlog-proof@v1";
const DASH = "— ";
const SIZE = /^(0|[1-9]\d{0,15})$/;
const MAX_NOTE = 64 * 1024;

export const leafHash = (leaf) => sha256(concat(Uint8Array.of(0), leaf));
const nodeHash = (left, right) => sha256(concat(Uint8Array.of(1), left, right));

/** Return the root that a leaf hash and its path lead to; null when the path has the wrong length. */
export function rootFromPath(index, size, digest, path) {
  if (!(index >= 0 && index < size)) return null;
  const sides = [];
  let low = 0;
  let high = size;
  while (high - low > 1) {
    let half = 1;
    while (half * 2 < high - low) half *= 2;
    const left = index < low + half;
    sides.push(left);
    if (left) high = low + half;
    else low += half;
  }
  if (sides.length !== path.length) return null;
  return path.reduce((hash, sibling, at) => {
    return sides[sides.length - 1 - at] ? nodeHash(hash, sibling) : nodeHash(sibling, hash);
  }, digest);
}

const LOG_KEY = 1;
const WITNESS_KEY = 4;

/** Return the verifier of a raw Ed25519 key under a name: `{name, hash, key}`; `kind` is the C2SP signature type. */
export function verifierOf(name, key, kind = LOG_KEY) {
  const hash = sha256(concat(utf8(`${name}\n`), Uint8Array.of(kind), key)).slice(0, 4);
  return { name, hash, key };
}

/** Read a verifier key, `name+hash+base64(kind ‖ key)`. */
export function parseVerifier(line, kind = LOG_KEY) {
  const [name, , ...coded] = line.trim().split("+");
  const raw = base64(coded.join("+"));
  if (raw.length !== 33 || raw[0] !== kind) throw new VerifyError("note_key_malformed", { reason: "kind of key" });
  return verifierOf(name, raw.slice(1), kind);
}

/** Read a witness's key. */
export const parseWitness = (line) => parseVerifier(line, WITNESS_KEY);

/** Take a signed note apart into its text and its signature lines `{name, raw}`; nothing is believed yet. */
function parseNote(note) {
  const gap = note.lastIndexOf("\n\n");
  if (note.length > MAX_NOTE || gap < 0 || !note.endsWith("\n")) throw new VerifyError("note_malformed", { reason: "form" });
  const signatures = [];
  for (const line of note.slice(gap + 2, -1).split("\n")) {
    const [dash, name, coded] = line.split(" ");
    if (`${dash} ` !== DASH || !coded) throw new VerifyError("note_malformed", { reason: "a signature line" });
    signatures.push({ name, raw: bytesOr(coded, "note_malformed") });
  }
  return { body: note.slice(0, gap + 1), signatures };
}

/** Return how many of the witnesses co-signed a checkpoint (C2SP tlog-cosignature v1). */
export function countCosignatures(note, witnesses) {
  const { body, signatures } = parseNote(note);
  const found = new Set();
  for (const { name, raw } of signatures) {
    for (const known of witnesses) {
      if (known.name !== name || !equal(known.hash, raw.slice(0, 4))) continue;
      const seconds = raw.slice(4, 12).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
      const message = utf8(`cosignature/v1\ntime ${seconds}\n${body}`);
      const good = raw.length === 76 && seconds < 1n << 63n && verifyEd25519(known.key, message, raw.slice(12));
      if (!good) throw new VerifyError("cosignature_bad", { name });
      found.add(name);
    }
  }
  return found.size;
}

/** Return `{origin, size, root}` of a checkpoint signed by a known key of its own origin. */
export function openCheckpoint(note, verifiers) {
  const { body, signatures } = parseNote(note);
  const [origin, size, root] = body.split("\n");
  let signed = false;
  for (const { name, raw } of signatures) {
    for (const known of verifiers) {
      if (known.name !== name || !equal(known.hash, raw.slice(0, 4))) continue;
      if (!verifyEd25519(known.key, utf8(body), raw.slice(4))) throw new VerifyError("note_signature_bad", { name });
      signed = signed || name === origin;
    }
  }
  if (!signed) throw new VerifyError("note_unsigned");
  const digest = bytesOr(root ?? "", "checkpoint_malformed");
  if (!origin || !SIZE.test(size ?? "") || digest.length !== 32) throw new VerifyError("checkpoint_malformed");
  return { origin, size: Number(size), root: digest };
}

function bytesOr(coded, code) {
  try {
    return base64(coded);
  } catch (error) {
    throw new VerifyError(code, { reason: error.message });
  }
}

/** Read a proof file into `{index, path, checkpoint}`. */
export function parseProof(source) {
  const gap = source.indexOf("\n\n");
  const lines = source.slice(0, Math.max(gap, 0)).split("\n");
  if (gap < 0 || source.length > MAX_NOTE || lines.shift() !== HEADER) {
    throw new VerifyError("log_proof_malformed", { reason: "header" });
  }
  if (lines[0]?.startsWith("extra ")) lines.shift();
  const index = lines.shift()?.replace(/^index /, "") ?? "";
  const path = lines.map((line) => bytesOr(line, "log_proof_malformed"));
  if (!SIZE.test(index) || path.some((digest) => digest.length !== 32)) {
    throw new VerifyError("log_proof_malformed", { reason: "index or hash" });
  }
  return { index: Number(index), path, checkpoint: source.slice(gap + 2) };
}

/** Check that a leaf (raw bytes) is in the log of the proof's signed checkpoint, which is returned with the index. */
export function verifyProof(source, leaf, verifiers) {
  const proof = parseProof(source);
  const signed = openCheckpoint(proof.checkpoint, verifiers);
  const reached = rootFromPath(proof.index, signed.size, leafHash(leaf), proof.path);
  if (reached === null) throw new VerifyError("proof_malformed", { reason: "length" });
  if (!equal(reached, signed.root)) throw new VerifyError("proof_root_differs", { size: signed.size });
  return { ...signed, index: proof.index };
}
