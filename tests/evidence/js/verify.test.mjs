// Run by tests/evidence/test_browser_verifier.py, which copies the modules to TANBIAO_JS and writes the cases there.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test from "node:test";

const folder = process.env.TANBIAO_JS;
const vectors = process.env.TANBIAO_VECTORS;
const module = (name) => import(pathToFileURL(join(folder, "js", name)));
const json = (path) => JSON.parse(readFileSync(path, "utf-8"));

const crypto = await module("verify-crypto.js");
const core = await module("verify-core.js");
const log = await module("verify-log.js");
const { canonical, strictJson } = await module("verify-json.js");
const { MESSAGES } = await module("verify-messages.js");
const { credentialInPdf } = await module("verify-pdf.js");
const cases = json(join(folder, "cases.json"));

const run = (one) => {
  const resolve = async (name) => one.documents[name] ?? null;
  const how = { now: Date.parse(one.now), value: one.value };
  if (one.kind === "label") return core.verifyLabel(one.document, resolve, { ...how, issuer: one.issuer });
  return core.verifyCredential(one.document, resolve, {
    ...how,
    label: one.label,
    log: one.log,
    statement: one.statement ?? null,
  });
};

const said = (verdict) => ({
  verdict: verdict.verdict,
  code: verdict.code,
  demo: verdict.demo,
  statusAsOf: verdict.statusAsOf,
  steps: verdict.steps.map((step) => [step.id, step.ok, step.code]),
});

for (const without of [false, true]) {
  test(`python and this verifier agree ${without ? "without" : "with"} crypto.subtle`, async (t) => {
    const own = Object.getOwnPropertyDescriptor(globalThis, "crypto");
    if (without) Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });
    assert.equal(crypto.engine(), without ? "bundled" : "webcrypto");
    for (const one of cases) {
      await t.test(one.name, async () => {
        const verdict = await run(one);
        assert.deepEqual(said(verdict), one.expected);
        for (const step of verdict.steps) assert.ok(MESSAGES[step.code], step.code);
        assert.ok(MESSAGES[verdict.code]);
      });
    }
    Object.defineProperty(globalThis, "crypto", own);
  });
}

test("one flipped byte anywhere in a certificate is invalid", async () => {
  const good = cases.find((one) => one.name === "good");
  for (let at = 0; at < good.document.length; at += 211) {
    if (good.document[at] === ".") continue;
    const other = good.document[at] === "A" ? "B" : "A";
    const changed = good.document.slice(0, at) + other + good.document.slice(at + 1);
    assert.equal((await run({ ...good, document: changed })).verdict, "invalid", String(at));
  }
});

test("one flipped byte anywhere in a label's payload is invalid", async () => {
  const good = cases.find((one) => one.name === "label: good");
  const begin = good.document.indexOf("s=") + 2;
  for (let at = begin; at < good.document.length; at += 1) {
    const other = good.document[at] === "A" ? "B" : "A";
    const changed = good.document.slice(0, at) + other + good.document.slice(at + 1);
    assert.equal((await run({ ...good, document: changed })).verdict, "invalid", String(at));
  }
});

test("inclusion proofs of the RFC 6962 vectors", () => {
  const reference = json(join(vectors, "rfc6962_vectors.json"));
  const bytes = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  for (const one of reference.inclusion) {
    const leaf = log.leafHash(bytes(reference.leaves_hex[one.leaf_index]));
    assert.equal(crypto.hex(leaf), one.leaf_hash);
    const root = log.rootFromPath(one.leaf_index, one.tree_size, leaf, one.proof.map(bytes));
    assert.equal(crypto.hex(root), one.root);
    assert.equal(log.rootFromPath(one.leaf_index, one.tree_size, leaf, [...one.proof.map(bytes), leaf]), null);
  }
});

test("checkpoints of a real log open, and not after any change", () => {
  const folder = join(vectors, "tessera-testlog");
  const key = log.parseVerifier(readFileSync(join(folder, "VKEY.txt"), "utf-8"));
  for (const name of readdirSync(folder).filter((each) => each.startsWith("checkpoint."))) {
    const note = readFileSync(join(folder, name), "utf-8");
    assert.equal(log.openCheckpoint(note, [key]).size, Number(name.split(".")[1]));
    for (let at = 0; at < note.length; at += 7) {
      const changed = note.slice(0, at) + (note[at] === "A" ? "B" : "A") + note.slice(at + 1);
      assert.throws(() => log.openCheckpoint(changed, [key]));
    }
  }
});

test("the W3C's eddsa-jcs-2022 vector has the canonical form of its specification", () => {
  const document = json(join(vectors, "eddsa", "unsigned.json"));
  const expected = readFileSync(join(vectors, "eddsa", "eddsa-jcs-2022", "canonDocJCS.txt"), "utf-8");
  assert.equal(canonical(document), expected);
});

test("JSON with two meanings is refused", () => {
  for (const source of ['{"a":1,"a":2}', '{"a":{"b":1,"b":2}}', '{"a":1,"\\u0061":2}', "[".repeat(99) + "]".repeat(99), "NaN"]) {
    assert.throws(() => strictJson(source), { code: "json_not_strict" });
  }
  assert.deepEqual(strictJson('{"a":"b:{\\"a\\":","c":["a","a"]}'), { a: 'b:{"a":', c: ["a", "a"] });
});

test("a PDF without a credential is refused, and one with it gives it out", () => {
  assert.throws(() => credentialInPdf(crypto.utf8("%PDF-1.7\nstream\nhello\nendstream")), { code: "pdf_without_credential" });
  const good = cases.find((one) => one.name === "good").document;
  assert.equal(credentialInPdf(crypto.utf8(`%PDF-1.7\nstream\n${good}\nendstream`)), good);
});

test("a gzip bomb is refused before it is unpacked", () => {
  const bomb = new Uint8Array(64);
  bomb.set([0x1f, 0x8b, 8]);
  bomb.fill(0xff, 60);
  assert.throws(() => crypto.gunzip(bomb));
});
