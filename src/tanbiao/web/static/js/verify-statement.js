/**
 * The public statement of a certified calculation, checked in the browser: it is the one that the certificate names, each
 * row that it shows stands under the commitments' root, and its total is the certified figure.
 */
import { base64url, concat, equal, hex, sha256, utf8, VerifyError } from "./verify-crypto.js";
import { canonical, strictJson } from "./verify-json.js";
import { leafHash, rootFromPath } from "./verify-log.js";

const SALTS = { "statement/1": 16, "statement/2": 32 };
const step = (ok, code, params = {}) => ({ id: "bundle", ok, code, params });

/** Return the step "bundle" for a statement's text and a certificate's claims. */
export function statementStep(source, claims) {
  if (`sha256:${hex(sha256(utf8(source)))}` !== claims.public_bundle_hash) return step(false, "step_bundle_other");
  try {
    const said = strictJson(source);
    const { root, size } = said.commitments;
    const shown = new Map(said.disclosed.map((row) => [row.path, checked(row, root, size, SALTS[said.tanbiao])]));
    const agrees =
      said.package === claims.package_hash &&
      isDeclared(shown.get("/result/declared/text"), shown.get("/result/total/value"), claims.value) &&
      (shown.get("/result/total/unit") ?? claims.unit) === claims.unit;
    return agrees ? step(true, "step_bundle_ok", { count: shown.size, size }) : step(false, "step_bundle_differs");
  } catch (error) {
    return step(false, "step_bundle_bad", { reason: error instanceof VerifyError ? error.code : "disclosure_malformed" });
  }
}

/** Return a shown row's value, once it is seen to stand under the root. */
function checked(row, root, size, saltLength) {
  const salt = base64url(row.salt);
  if (saltLength === undefined || salt.length !== saltLength) throw new Error("salt");
  const line = utf8(canonical({ path: row.path, value: row.value }));
  const reached = rootFromPath(row.index, size, leafHash(sha256(concat(salt, line))), row.proof.map(bytes));
  if (reached === null) throw new VerifyError("proof_malformed");
  if (!equal(reached, bytes(root.replace(/^sha256:/, "")))) throw new VerifyError("proof_root_differs");
  return row.value;
}

const bytes = (digits) => {
  if (!/^[0-9a-f]{64}$/.test(digits)) throw new VerifyError("proof_malformed");
  return Uint8Array.from(digits.match(/../g), (pair) => parseInt(pair, 16));
};

/** Whether the certified text is what the result declares; without that, its total rounded to the text's own places. */
function isDeclared(text, total, value) {
  if (text) return text === value;
  const places = value.split(".")[1]?.length ?? 0;
  return Math.abs(Number(total) - Number(value)) <= 0.5 * 10 ** -places * (1 + 1e-12);
}
