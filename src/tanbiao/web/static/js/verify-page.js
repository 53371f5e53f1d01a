/**
 * Binds the verifier to a page. Load with `<script type="module" src="…/verify-page.js">`; needs no inline script, no
 * camera, no service worker, and no https (without WebCrypto the bundled library takes over and the page says so).
 *
 * The page's contract. One or more elements with `data-verify`:
 *
 *   <section data-verify
 *     data-verify-lang="zh"                      zh | en; default: the document's lang
 *     data-verify-did="/.well-known/did.json"    address of the issuer's keys (same origin)
 *     data-verify-trust="/trust.json"            optional: address of a trust list; then only its issuers are believed
 *     data-verify-credential="/v/N/credential.jwt"  optional: checked at once when the page opens
 *     data-verify-leaf="…" data-verify-proof="…" optional: log leaf and .tlog-proof of that credential
 *     data-verify-statement="…"                  optional: public statement of the calculation; its commitments are checked
 *     data-verify-from-address                   optional: if the page's own address carries a label payload
 *                                                (?s=… or #…), it is checked: alone, or as a step of its own when a
 *                                                credential is named (it must be signed by the same issuer and agree)
 *     data-verify-replaced                       optional: the register knows a newer version or certificate; a good
 *                                                signature is then "valid, but" and says so
 *     data-verify-demo>                          optional: the platform is a demonstration
 *
 * Every address may be absolute or relative; only its path is used, on the page's own origin. Inside, each optional:
 *
 *   [data-verify-form]      a form; submitting it checks what stands in the fields below
 *   [data-verify-text]      textarea or input: a credential, or a label's address
 *   [data-verify-file]      file input: a credential as file, or a certificate PDF (the credential inside is found)
 *   [data-verify-value]     input: the figure printed on the pack
 *   [data-verify-verdict]   gets data-state = checking | valid | valid_but | invalid | unknown and data-demo, and the
 *                           headline as its text; give it role="status"
 *   [data-verify-steps]     a list; filled with <li data-step="signature" data-ok="true|false|none">: a mark (✓ ✗ –)
 *                           in <span data-mark aria-hidden> and a sentence in <span data-message>
 *   [data-verify-engine]    says who checked the signature: WebCrypto or the bundled library
 *   [data-verify-as-of]     the time of the status lists, or empty
 *   [data-verify-claim="K"] text of a claim once the signature is good, else "": number product value unit
 *                           declared_unit boundary holder producer body valid_from valid_until gwp_set period rule
 *   [data-verify-shown]     hidden until there is a verdict
 *
 * The section gets `data-verify-state` (as above) and fires `tanbiao:verified` with the verdict in `event.detail`.
 */
import { conclude, decodeLabel, verifyCredential, verifyLabel } from "./verify-core.js";
import { engine, text } from "./verify-crypto.js";
import { MESSAGES } from "./verify-messages.js";
import { credentialInPdf } from "./verify-pdf.js";

const MARKS = { true: "✓", false: "✗", none: "–" };
const MAX_FILE = 20 * 1024 * 1024;
const state = (ok) => (ok === null ? "none" : String(ok));

/** Fill a message's placeholders. */
export function sentence(code, params, lang) {
  const template = MESSAGES[code]?.[lang] ?? code;
  return template.replace(/\{(\w+)\}/g, (whole, key) => (key in params ? String(params[key]) : whole));
}

/** Address on this page's own origin: what is signed may be fetched from anywhere, so the nearest place will do. */
function here(address) {
  const url = new URL(address, window.location.href);
  return url.pathname + url.search;
}

async function fetched(address) {
  try {
    const response = await fetch(here(address), { credentials: "omit", cache: "no-cache" });
    return response.ok ? await response.text() : null;
  } catch {
    return null;
  }
}

async function fetchedJson(address) {
  const body = await fetched(address);
  try {
    return body === null ? null : JSON.parse(body);
  } catch {
    return null;
  }
}

/** Return a resolver that asks this origin: keys by DID, logs by their origin, status lists by address. */
function resolverOf(section) {
  const { verifyDid, verifyTrust, verifyDemo } = section.dataset;
  const known = new Map();
  const load = async (name) => {
    if (name.startsWith("did:")) {
      const trust = verifyTrust ? await fetchedJson(verifyTrust) : null;
      const entry = trust?.issuers?.find((issuer) => issuer.id === name);
      if (entry) return issuerDocument(entry);
      const document = verifyTrust ? null : await fetchedJson(verifyDid ?? "/.well-known/did.json");
      if (document?.id !== name) return null;
      return verifyDemo === undefined ? document : { ...document, trust: { demo: true } };
    }
    if (!/^https?:\/\//.test(name)) {
      const trust = verifyTrust ? await fetchedJson(verifyTrust) : null;
      return trust?.logs?.find((log) => log.origin === name) ?? null;
    }
    const token = await fetched(name);
    return token && { type: "EnvelopedVerifiableCredential", id: `data:application/vc+jwt,${token.trim()}` };
  };
  return (name) => {
    if (!known.has(name)) known.set(name, load(name));
    return known.get(name);
  };
}

/** Return an issuer of a trust list as a DID document, as `tanbiao.evidence.trust.issuer_document` does. */
function issuerDocument(entry) {
  const pick = (field) => Object.fromEntries(entry.keys.filter((key) => key[field]).map((key) => [key.kid, key[field]]));
  return {
    id: entry.id,
    verificationMethod: entry.keys.map((key) => ({ id: key.kid, controller: entry.id, publicKeyJwk: key.jwk })),
    trust: {
      valid_from: entry.valid_from,
      valid_to: entry.valid_to,
      demo: entry.demo,
      bodies: pick("body"),
      purposes: pick("purpose"),
      accreditations: entry.accreditations ?? [],
    },
  };
}

/** One section of a page and what is checked in it. */
class Section {
  constructor(root) {
    this.root = root;
    this.lang = root.dataset.verifyLang ?? (document.documentElement.lang.startsWith("en") ? "en" : "zh");
    this.resolve = resolverOf(root);
    this.turn = 0;
  }

  parts(name) {
    return this.root.querySelectorAll(`[data-verify-${name}]`);
  }

  field(name) {
    return this.root.querySelector(`[data-verify-${name}]`);
  }

  start() {
    this.field("form")?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.check();
    });
    const { verifyCredential: address, verifyFromAddress } = this.root.dataset;
    if (address || (verifyFromAddress !== undefined && addressHasLabel())) this.check();
  }

  async check() {
    this.turn += 1;
    const { turn } = this;
    this.state("checking");
    const verdict = this.capped(await this.verdict());
    if (turn === this.turn) this.show(verdict);
  }

  async verdict() {
    const typed = this.field("value")?.value.trim() ?? "";
    const how = { now: Date.now(), value: typed === "" ? null : typed };
    try {
      const given = await this.given();
      if (given.credential === undefined) return await verifyLabel(given.label, this.resolve, how);
      const { label = null, log = null, statement = null } = given;
      return await verifyCredential(given.credential, this.resolve, { ...how, label, log, statement });
    } catch (error) {
      const code = MESSAGES[error.code] ? error.code : "document_not_text";
      return conclude([{ id: "document", ok: false, code, params: error.params ?? {} }]);
    }
  }

  /** A replaced certificate is still signed and on no list, but its page must not read as plain "valid". */
  capped(verdict) {
    if (this.root.dataset.verifyReplaced === undefined || verdict.verdict !== "valid") return verdict;
    return { ...verdict, verdict: "valid_but", code: verdict.demo ? "verdict_replaced_demo" : "verdict_replaced" };
  }

  /** What is to be checked: a file before a text before what the page itself names. */
  async given() {
    const file = this.field("file")?.files?.[0];
    if (file) return { credential: await credentialOfFile(file) };
    const pasted = this.field("text")?.value.trim() ?? "";
    if (pasted !== "") return isLabel(pasted) ? { label: pasted } : { credential: pasted };
    const { verifyCredential: address, verifyLeaf, verifyProof, verifyStatement, verifyFromAddress } = this.root.dataset;
    const own = verifyFromAddress !== undefined && addressHasLabel() ? window.location.href : null;
    if (!address) return own ? { label: own } : { credential: "" };
    const [credential, leaf, proof, statement] = await Promise.all(
      [address, verifyLeaf, verifyProof, verifyStatement].map((each) => (each ? fetched(each) : null)),
    );
    return { credential: credential ?? "", label: own, log: leaf && proof ? { leaf, proof } : null, statement };
  }

  state(name, demo = false) {
    this.root.dataset.verifyState = name;
    for (const part of this.parts("verdict")) {
      part.dataset.state = name;
      part.dataset.demo = String(demo);
      if (name === "checking") part.textContent = { zh: "正在核对……", en: "Checking …" }[this.lang];
    }
  }

  show(verdict) {
    this.state(verdict.verdict, verdict.demo);
    for (const part of this.parts("verdict")) part.textContent = sentence(verdict.code, {}, this.lang);
    for (const list of this.parts("steps")) list.replaceChildren(...verdict.steps.map((one) => this.item(one)));
    for (const part of this.parts("engine")) part.textContent = sentence(`engine_${engine()}`, {}, this.lang);
    for (const part of this.parts("as-of")) part.textContent = localTime(verdict.statusAsOf, this.lang);
    const good = verdict.steps.some((one) => one.id === "signature" && one.ok);
    for (const part of this.parts("claim")) {
      part.textContent = good && verdict.claims ? claimText(verdict.claims, part.dataset.verifyClaim, this.lang) : "";
    }
    for (const part of this.parts("shown")) part.hidden = false;
    this.root.dispatchEvent(new CustomEvent("tanbiao:verified", { bubbles: true, detail: verdict }));
  }

  item(one) {
    const item = document.createElement("li");
    item.dataset.step = one.id;
    item.dataset.ok = state(one.ok);
    const mark = document.createElement("span");
    mark.dataset.mark = "";
    mark.setAttribute("aria-hidden", "true");
    mark.textContent = MARKS[state(one.ok)];
    const said = document.createElement("span");
    said.dataset.message = "";
    said.textContent = sentence(one.code, one.params, this.lang);
    item.append(mark, " ", said);
    return item;
  }
}

function isLabel(source) {
  try {
    decodeLabel(source);
    return true;
  } catch {
    return false;
  }
}

/** Whether the address was meant to carry a payload, a broken one too: broken must not read as absent. */
const addressHasLabel = () => /[?&]s=|#.*~/.test(window.location.href);

async function credentialOfFile(file) {
  if (file.size > MAX_FILE) throw Object.assign(new Error(), { code: "jws_malformed", params: { reason: "size" } });
  const bytes = new Uint8Array(await file.arrayBuffer());
  const isPdf = bytes[0] === 0x25 && bytes[1] === 0x50 && bytes[2] === 0x44 && bytes[3] === 0x46;
  return isPdf ? credentialInPdf(bytes) : text(bytes);
}

function localTime(moment, lang) {
  if (moment === null) return "";
  return new Date(moment).toLocaleString(lang === "zh" ? "zh-CN" : "en-GB", { timeZoneName: "short" });
}

function claimText(claims, key, lang) {
  const name = (party) => (lang === "en" && party.name_en ? party.name_en : party.name_zh);
  const own = {
    product: () => (lang === "en" && claims.product_en ? claims.product_en : claims.product_zh),
    kind: () => (lang === "en" ? claims.kind_en : claims.kind_zh) ?? "",
    holder: () => name(claims.holder),
    producer: () => name(claims.producer),
    body: () => name(claims.body),
    period: () => `${claims.period_from} – ${claims.period_to}`,
    rule: () => `${claims.rule_id} ${claims.rule_version}`,
  };
  const plain = claims[key];
  if (own[key] && !claims.holder) return ""; // a label alone names no product and no company
  return own[key] ? own[key]() : typeof plain === "string" ? plain : "";
}

for (const root of document.querySelectorAll("[data-verify]")) new Section(root).start();
