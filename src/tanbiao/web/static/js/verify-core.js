/**
 * The verifier of certificates and label payloads: the same steps, codes and verdicts as `tanbiao verify`.
 *
 *   const verdict = await verifyCredential(document, resolve, { now, value, label, log: {leaf, proof}, statement })
 *   const verdict = await verifyLabel(address, resolve, { now, value, issuer })
 *
 * `resolve(name)` returns (a promise of) the JSON object of an issuer's DID, a status list's URL or a log's origin, or
 * null for what it does not know. Nothing here touches the network, the page or the clock.
 *
 * A verdict is `{verdict, code, demo, statusAsOf, steps: [{id, ok, code, params}], claims}` with verdict "valid",
 * "valid_but", "invalid" or "unknown" and ok true, false or null.
 */
import { holds, isClaim, pairsOf, recordOf } from "./verify-claim.js";
import { base58, base64url, base64urlOf, concat, gunzip, hex, sha256, text, utf8 } from "./verify-crypto.js";
import { verifyEd25519, verifyPoint, VerifyError } from "./verify-crypto.js";
import { canonical, strictJson } from "./verify-json.js";
import { countCosignatures, parseProof, parseVerifier, parseWitness, verifierOf, verifyProof } from "./verify-log.js";
import { statementStep } from "./verify-statement.js";

const TYPE = "vc+jwt";
const MAX_LENGTH = 256 * 1024;
const MIN_ENTRIES = 131072;
const DAY = 24 * 3600 * 1000;
const SKEW = 5 * 60 * 1000;
const BEIJING = "+08:00";
const SUITE = "eddsa-jcs-2022";
const PROOF_MEMBERS = "type cryptosuite created verificationMethod proofPurpose proofValue @context".split(" ");
const CONTEXTS = [
  "https://www.w3.org/ns/credentials/v2",
  "https://vocabulary.uncefact.org/untp/0.7.0/context/",
  "urn:tanbiao:context:certificate:1",
];
const ISO = (moment) => `${new Date(moment).toISOString().slice(0, 19)}Z`;

const step = (id, ok, code, params = {}) => ({ id, ok, code, params });
const failed = (id, error) => {
  if (!(error instanceof VerifyError)) throw error;
  return step(id, false, error.code, error.params);
};

/** Draw the verdict from the steps (the rules of CONTRACT: verdicts). */
export function conclude(steps, { demo = false, statusAsOf = null, claims = null } = {}) {
  const ok = Object.fromEntries(steps.map((one) => [one.id, one.ok]));
  let verdict = "valid";
  if (steps.some((one) => one.ok === false)) verdict = "invalid";
  else if (!ok.signature || !ok.issuer || !ok.claims) verdict = "unknown";
  else if (!ok.status || !ok.validity || ok.witness === null) verdict = "valid_but";
  const shown = demo && verdict.startsWith("valid");
  return { verdict, code: `verdict_${verdict}${shown ? "_demo" : ""}`, demo, statusAsOf, steps, claims };
}

/** Take a compact JWS apart without believing it; refuses every algorithm but ES256, EdDSA and SM2. */
export function takeApart(compact) {
  if (compact.length > MAX_LENGTH) throw new VerifyError("jws_malformed", { reason: `longer than ${MAX_LENGTH}` });
  const parts = compact.split(".");
  if (parts.length !== 3) throw new VerifyError("jws_malformed", { reason: "not three parts" });
  let [head, body, signature] = parts;
  try {
    [head, body] = [text(base64url(head)), text(base64url(body))];
    signature = base64url(signature);
  } catch (error) {
    throw new VerifyError("jws_malformed", { reason: error.message });
  }
  const header = strictJson(head);
  if (header === null || typeof header !== "object" || Object.values(header).some((value) => typeof value !== "string")) {
    throw new VerifyError("jws_malformed", { reason: "the header is no object of texts" });
  }
  if (!["ES256", "EdDSA", "SM2"].includes(header.alg) || signature.length !== 64) {
    throw new VerifyError("jws_algorithm", { algorithm: String(header.alg).slice(0, 40) });
  }
  if (header.typ !== TYPE) throw new VerifyError("jws_type", { found: String(header.typ).slice(0, 40), expected: TYPE });
  const known = ["alg", "kid", "typ", "cty"];
  if (Object.keys(header).some((key) => !known.includes(key)) || !header.kid || (header.cty ?? "vc") !== "vc") {
    throw new VerifyError("jws_malformed", { reason: "the header" });
  }
  const payload = strictJson(body);
  if (payload === null || typeof payload !== "object" || Array.isArray(payload)) {
    throw new VerifyError("jws_malformed", { reason: "the payload is no object" });
  }
  return { compact, algorithm: header.alg, kid: header.kid, signature, signed: utf8(`${parts[0]}.${parts[1]}`), payload };
}

async function tokenHolds(token, jwk) {
  const point = { ES256: "P-256", SM2: "SM2" }[token.algorithm];
  if (point) return jwk.crv === point && verifyPoint(jwk, token.signed, token.signature);
  if (jwk.kty !== "OKP" || jwk.crv !== "Ed25519") return false;
  return verifyEd25519(base64url(jwk.x), token.signed, token.signature);
}

function tokenOf(envelope) {
  const prefix = "data:application/vc+jwt,";
  const kinds = [envelope.type].flat();
  if (!kinds.includes("EnvelopedVerifiableCredential") || !String(envelope.id).startsWith(prefix)) {
    throw new VerifyError("jws_malformed", { reason: "no EnvelopedVerifiableCredential" });
  }
  return envelope.id.slice(prefix.length);
}

/** Read any form of credential: `{credential, kid, holds(method)}`. */
function readDocument(source) {
  const trimmed = source.trim();
  if (trimmed.length > MAX_LENGTH) throw new VerifyError("jws_malformed", { reason: `longer than ${MAX_LENGTH}` });
  if (!trimmed.startsWith("{")) return fromToken(trimmed);
  const body = strictJson(trimmed);
  if ([body.type].flat().includes("EnvelopedVerifiableCredential")) return fromToken(tokenOf(body));
  return fromProof(body);
}

function fromToken(compact) {
  const token = takeApart(compact);
  const holds = async (method) => Boolean(method.publicKeyJwk) && tokenHolds(token, method.publicKeyJwk);
  return { credential: token.payload, kid: token.kid, holds, compact };
}

function fromProof(document) {
  const { proof, ...unsecured } = document;
  const supported = proof?.type === "DataIntegrityProof" && proof.cryptosuite === SUITE;
  const understood = supported && Object.keys(proof).every((key) => PROOF_MEMBERS.includes(key));
  if (!understood || proof.proofPurpose !== "assertionMethod" || typeof proof.verificationMethod !== "string") {
    throw new VerifyError("proof_unsupported");
  }
  const { proofValue, ...options } = proof;
  const holds = async (method) => {
    if ("@context" in options && canonical(options["@context"]) !== canonical(unsecured["@context"])) return false;
    try {
      const hashed = concat(sha256(utf8(canonical(options))), sha256(utf8(canonical(unsecured))));
      return proofValue.startsWith("z") && verifyEd25519(rawEd25519(method), hashed, base58(proofValue.slice(1)));
    } catch {
      return false;
    }
  };
  return { credential: unsecured, kid: proof.verificationMethod, holds, compact: null, secured: document };
}

function rawEd25519(method) {
  if (method.publicKeyMultibase) {
    const raw = base58(method.publicKeyMultibase.slice(1));
    if (raw.length !== 34 || raw[0] !== 0xed || raw[1] !== 0x01) throw new Error("no Ed25519 Multikey");
    return raw.slice(2);
  }
  const jwk = method.publicKeyJwk;
  if (jwk.kty !== "OKP" || jwk.crv !== "Ed25519") throw new Error("another kind of key");
  return base64url(jwk.x);
}

const index = (value) => {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  if (typeof value === "string" && /^(0|[1-9]\d{0,15})$/.test(value)) return Number(value);
  throw new Error("status list index");
};

/** Return the record of a certificate of another kind, once all around it says the same and its statement holds. */
function claimsOfKind(credential) {
  let record;
  try {
    record = recordOf(credential);
    record = { ...record, status: { ...record.status, index: index(record.status.index) } };
  } catch (error) {
    throw new VerifyError("credential_not_ours", { reason: error.message });
  }
  let same = false;
  let sound = false;
  try {
    sound = holds(record);
    same = pairsOf(credential, record, partyName).every(([said, recorded]) => canonical(said) === canonical(recorded));
  } catch {
    // What can't even be read says something else.
  }
  if (!sound) throw new VerifyError("claim_statement_wrong", { field: "statement", reason: "—" });
  if (!same) throw new VerifyError("credential_contradicts");
  return record;
}

/** Compare a typed figure with the certified one; a certificate of another kind has none. */
function valueStep(claims, value) {
  if (!claims || (claims.form && value === null)) return step("value", null, "step_value_not_asked");
  if (!claims.form) return figureStep(claims.value, claims.unit, value);
  return step("value", false, "step_value_no_figure", { typed: String(value ?? "").slice(0, 40) });
}

/** Return the record of a certificate's claims, once the credential's UNTP fields are seen to say the same. */
function claimsOf(credential) {
  let claims;
  try {
    claims = credential.credentialSubject.productCarbonFootprint;
    if (claims.v !== 1 || typeof claims.demo !== "boolean" || !/^-?(0|[1-9]\d*)(\.\d+)?$/.test(claims.value)) {
      throw new Error("version or value");
    }
    for (const key of ["number", "issuer", "valid_from", "valid_until", "unit", "query_url", "log_origin"]) {
      if (typeof claims[key] !== "string" || claims[key] === "") throw new Error(key);
    }
    claims = { ...claims, status: { ...claims.status, index: index(claims.status.index) } };
  } catch (error) {
    throw new VerifyError("credential_not_ours", { reason: error.message });
  }
  if (!agrees(credential, claims)) throw new VerifyError("credential_contradicts");
  return claims;
}

const partyName = (party) => {
  return !party.name_en || party.name_en === party.name_zh ? party.name_zh : `${party.name_zh} / ${party.name_en}`;
};

function agrees(credential, claims) {
  try {
    const subject = credential.credentialSubject;
    const [assessment, ...more] = subject.conformityAssessment;
    const { measure } = assessment.assessedPerformance[0];
    const entry = credential.credentialStatus;
    const pairs = [
      [credential["@context"], CONTEXTS],
      [[...credential.type].sort(), ["DigitalConformityCredential", "VerifiableCredential"]],
      [more.length, 0],
      [credential.id, claims.id],
      [[credential.issuer.id, credential.issuer.name], [claims.issuer, partyName(claims.body)]],
      [credential.validFrom, `${claims.valid_from}T00:00:00${BEIJING}`],
      [credential.validUntil, `${claims.valid_until}T23:59:59${BEIJING}`],
      [entry.statusPurpose, "suspension"],
      [[index(entry.statusListIndex), entry.statusListCredential], [claims.status.index, claims.status.suspension]],
      [[subject.issuedToParty.id, subject.issuedToParty.name], [claims.holder.id, partyName(claims.holder)]],
      [[subject.attestationType, subject.conformityCertificate.linkURL], ["certification", claims.query_url]],
      [[measure.value, measure.unit, assessment.conformance], [Number(claims.value), claims.unit, true]],
      [assessment.assessedProduct.map((item) => item.product.modelNumber), claims.models],
      [assessment.assessedFacility.map((item) => item.facility.id), claims.sites.map((site) => site.id)],
    ];
    return pairs.every(([said, recorded]) => canonical(said) === canonical(recorded));
  } catch {
    return false;
  }
}

/** Verify a certificate; never throws for a bad document: that is an invalid one with the reason in its first step. */
export async function verifyCredential(document, resolve, how) {
  const { now, value = null, label = null, log = null, statement = null } = how;
  let read;
  try {
    read = readDocument(document);
  } catch (error) {
    return conclude([failed("document", error)]);
  }
  const steps = [step("document", true, "step_document_ok")];
  const issuer = String(read.credential.issuer?.id ?? read.credential.issuer ?? "");
  const trusted = await resolve(issuer);
  let claims = null;
  try {
    claims = isClaim(read.credential) ? claimsOfKind(read.credential) : claimsOf(read.credential);
    steps.push(step("claims", true, "step_claims_ok", { number: claims.number }));
  } catch (error) {
    steps.push(failed("claims", error));
  }
  steps.push(issuerStep(read, issuer, trusted, claims), ...accreditationSteps(trusted, claims));
  steps.push(await signatureStep(read, trusted));
  steps.push(validityStep(read.credential, now));
  const [status, statusAsOf] = await statusStep(claims, resolve, trusted, issuer, now);
  steps.push(status, valueStep(claims, value));
  if (label) steps.push(await labelStep(label, claims, trusted));
  if (log && claims) {
    steps.push(await logStep(read, claims, log, resolve, trusted));
    steps.push(...(await witnessSteps(claims.log_origin, log, resolve, trusted)));
  }
  if (statement && claims && !claims.form) steps.push(statementStep(statement, claims));
  const demo = Boolean(trusted?.trust?.demo) || Boolean(claims?.demo);
  return conclude(steps, { demo, statusAsOf, claims });
}

function issuerStep(read, issuer, trusted, claims) {
  if (!trusted) return step("issuer", null, "step_issuer_unknown", { issuer });
  if (trusted.id !== issuer || !read.kid.startsWith(`${issuer}#`)) {
    return step("issuer", false, "step_issuer_other_key", { issuer });
  }
  const { valid_from: begin, valid_to: end, bodies = {} } = trusted.trust ?? {};
  const day = claims?.valid_from;
  if (day && ((begin && day < begin) || (end && day > end))) {
    return step("issuer", false, "step_issuer_not_entitled", { issuer, day });
  }
  if (claims && bodies[read.kid] && bodies[read.kid] !== claims.body.id) {
    return step("issuer", false, "step_issuer_other_body", { body: partyName(claims.body) });
  }
  return step("issuer", true, issuerCode(trusted), { issuer });
}

/** Whether the body was accredited on the day it decided, where the trust list says anything of its accreditations. */
function accreditationSteps(trusted, claims) {
  const own = (trusted?.trust?.accreditations ?? []).filter((one) => one.body === claims?.body.id);
  if (own.length === 0) return [];
  const said = { body: partyName(claims.body), day: claims.decided_on };
  const found = own.find((one) => one.from <= said.day && said.day <= one.to);
  if (!found) return [step("accreditation", false, "step_accreditation_none", said)];
  return [step("accreditation", true, "step_accreditation_ok", { number: found.number, by: found.by, ...said })];
}

/** Without a term nobody said that this issuer was entitled: its keys are at hand, that is all. */
const issuerCode = (trusted) => (trusted.trust?.valid_from ? "step_issuer_ok" : "step_issuer_keys");

/** Return a key's verification method if it may serve one of the purposes: by the trust list, else by its own name. */
function methodOf(trusted, kid, purposes) {
  const short = kid.slice(kid.indexOf("#"));
  const named = /^#(certificate|status|twin|log)-/.exec(short)?.[1];
  const allowed = trusted.trust?.purposes?.[kid] ?? named;
  if (allowed && !purposes.includes(allowed)) return null;
  return (trusted.verificationMethod ?? []).find((method) => method.id === kid || method.id === short) ?? null;
}

async function signatureStep(read, trusted) {
  if (!trusted) return step("signature", null, "step_signature_no_key");
  const method = methodOf(trusted, read.kid, ["certificate", "twin"]);
  if (!method) return step("signature", false, "step_signature_unknown_key", { kid: read.kid });
  if (await read.holds(method)) return step("signature", true, "step_signature_ok", { kid: read.kid });
  return step("signature", false, "step_signature_bad");
}

function validityStep(credential, now) {
  const [begin, end] = [Date.parse(credential.validFrom), Date.parse(credential.validUntil)];
  if (Number.isNaN(begin) || Number.isNaN(end)) return step("validity", false, "step_validity_unreadable");
  const shown = { begin: credential.validFrom.slice(0, 10), end: credential.validUntil.slice(0, 10) };
  if (now < begin) return step("validity", false, "step_validity_not_yet", shown);
  if (now > end) return step("validity", false, "step_validity_expired", shown);
  return step("validity", true, "step_validity_ok", shown);
}

async function statusStep(claims, resolve, trusted, issuer, now) {
  if (!claims || !trusted) return [step("status", null, "step_status_not_checked"), null];
  const wanted = [
    ["revocation", claims.status.revocation],
    ["suspension", claims.status.suspension],
  ];
  const found = [];
  for (const [purpose, url] of wanted) found.push([purpose, await listAt(resolve, trusted, issuer, url, purpose)]);
  const atHand = found.map(([, list]) => list).filter(Boolean);
  const oldest = atHand.length ? ISO(Math.min(...atHand.map((list) => list.asOf))) : null;
  const at = claims.status.index;
  for (const [purpose, list] of found) {
    if (list && at < list.bits.length * 8 && (list.bits[at >> 3] >> (7 - (at & 7))) & 1) {
      return [step("status", false, `step_status_${purpose}`, { as_of: ISO(list.asOf) }), oldest];
    }
  }
  if (!oldest) return [step("status", null, "step_status_absent"), null];
  if (atHand.length < found.length || atHand.some((list) => at >= list.bits.length * 8)) {
    return [step("status", null, "step_status_incomplete", { as_of: oldest }), oldest];
  }
  const isFresh = (list) => now - list.asOf >= -SKEW && now - list.asOf <= DAY && (list.until === null || now <= list.until);
  if (!atHand.every(isFresh)) return [step("status", null, "step_status_old", { as_of: oldest }), oldest];
  return [step("status", true, "step_status_ok", { as_of: oldest }), oldest];
}

/** Lists that were read and found good, so that a thousand labels need not check the same signature again. */
const goodLists = new Map();
const MOST_LISTS = 8;

/** Return a status list whose signature holds, else null: a list that can't be believed is a list that is not there. */
async function listAt(resolve, trusted, issuer, url, purpose) {
  const envelope = await resolve(url);
  if (!envelope) return null;
  try {
    const compact = tokenOf(envelope);
    const known = goodLists.get(compact);
    const token = known?.token ?? takeApart(compact);
    const method = methodOf(trusted, token.kid, ["status"]);
    if (!method?.publicKeyJwk) return null;
    const place = [url, issuer, purpose, method.publicKeyJwk.x, method.publicKeyJwk.y].join(" ");
    if (known?.place === place) return known.list;
    if (!(await tokenHolds(token, method.publicKeyJwk))) return null;
    const list = readList(token.payload, url, issuer, purpose);
    if (goodLists.size >= MOST_LISTS) goodLists.clear();
    if (list) goodLists.set(compact, { place, list, token });
    return list;
  } catch {
    return null;
  }
}

function readList(credential, url, issuer, purpose) {
  const subject = credential.credentialSubject;
  const said = credential.issuer?.id ?? credential.issuer;
  const isList = credential.type.includes("BitstringStatusListCredential") && subject.type === "BitstringStatusList";
  if (!isList || credential.id !== url || said !== issuer || ![subject.statusPurpose].flat().includes(purpose)) return null;
  if ((subject.statusSize ?? 1) !== 1) return null;
  const coded = subject.encodedList.startsWith("uH4s") ? subject.encodedList.slice(1) : subject.encodedList;
  const bits = gunzip(base64url(coded));
  const asOf = Date.parse(credential.validFrom);
  const until = credential.validUntil === undefined ? null : Date.parse(credential.validUntil);
  return bits.length * 8 < MIN_ENTRIES || Number.isNaN(asOf) || Number.isNaN(until) ? null : { bits, asOf, until };
}

/** Compare the figure on the pack with the certified one as numbers: 61.30 and ６１．３ are the figure 61.3. */
export function figureStep(certified, unit, typed) {
  if (typed === null || typed === undefined) return step("value", null, "step_value_not_asked");
  const shown = typed.slice(0, 40);
  const plain = typed.normalize("NFKC").trim();
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/.test(plain)) {
    return step("value", null, "step_value_unreadable", { typed: shown });
  }
  const same = decimal(plain) === decimal(certified);
  return step("value", same, same ? "step_value_ok" : "step_value_differs", { typed: shown, certified, unit });
}

/** Return one spelling per decimal number, exactly (no floating point): sign, digits without outer zeros, exponent. */
function decimal(source) {
  const [, sign, whole, , fraction = "", exponent = "0"] = /^([+-]?)(\d*)(\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(source);
  const digits = (whole + fraction).replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  if (kept === "") return "0";
  return `${sign === "-" ? "-" : ""}${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`;
}

/** Check that the log holds a leaf that publishes exactly this credential. `log` is `{leaf: text, proof: text}`. */
async function logStep(read, claims, log, resolve, trusted) {
  const verifiers = await logVerifiers(claims.log_origin, resolve, trusted);
  if (verifiers.length === 0) return step("log", null, "step_log_unknown", { origin: claims.log_origin });
  try {
    const leaf = strictJson(log.leaf);
    const hash = `sha256:${hex(sha256(utf8(read.compact ?? canonical(read.secured))))}`;
    const said = read.compact ? leaf.public?.credential : leaf.public?.twin;
    if (said !== hash || leaf.public?.certificate !== claims.number) {
      return step("log", false, "step_log_bad", { reason: "leaf" });
    }
    const found = verifyProof(log.proof, utf8(log.leaf), verifiers);
    if (found.origin !== claims.log_origin) return step("log", false, "step_log_bad", { reason: "origin" });
    return step("log", true, "step_log_ok", { index: found.index, size: found.size });
  } catch (error) {
    if (!(error instanceof VerifyError)) throw error;
    return step("log", false, "step_log_bad", { reason: error.code });
  }
}

/** Check that enough known witnesses co-signed the checkpoint; no step where nobody asks for any. */
async function witnessSteps(origin, log, resolve, trusted) {
  const known = await resolve(origin);
  const witnesses = (known?.witnesses ?? []).flatMap(usableWitness);
  if (!witnesses.length || (await logVerifiers(origin, resolve, trusted)).length === 0) return [];
  try {
    const found = countCosignatures(parseProof(log.proof).checkpoint, witnesses);
    const quorum = known.quorum ?? 0;
    const [ok, code] = found >= quorum ? [true, "step_witness_ok"] : [null, "step_witness_few"];
    return [step("witness", ok, code, { found, known: witnesses.length, quorum })];
  } catch (error) {
    if (!(error instanceof VerifyError)) throw error;
    return [step("witness", false, "step_witness_bad", { reason: error.code })];
  }
}

/** A key that can't be read is a key that is not there. */
function usableWitness(line) {
  try {
    return [parseWitness(line)];
  } catch {
    return [];
  }
}

/** Return the log's keys: those a trust list names for its origin, else those in the issuer's DID document. */
async function logVerifiers(origin, resolve, trusted) {
  const named = await resolve(origin);
  if (named?.vkeys) return named.vkeys.map((line) => parseVerifier(line));
  const methods = (trusted?.verificationMethod ?? []).filter((method) => /#log-/.test(method.id));
  return methods.map((method) => verifierOf(origin, rawEd25519(method)));
}

/** Read a label's address or bare payload; nothing is believed yet. */
export function decodeLabel(source) {
  const address = source.trim();
  let [raw, host, origin] = [address, "", ""];
  try {
    if (address.length > 600) throw new Error("too long");
    if (address.includes("://")) {
      const url = new URL(address);
      host = url.host;
      origin = url.origin;
      raw = url.searchParams.get("s") ?? decodeURIComponent(url.hash.slice(1)).replace(/^s=/, "");
    }
    return { ...readLabel(raw.split("~")), host, origin };
  } catch (error) {
    throw new VerifyError("label_malformed", { reason: error.message });
  }
}

/** Read a payload's fields strictly: every one has one spelling. */
function readLabel(fields) {
  const [version, number, value, unit] = fields;
  const form = `${version}/${fields.length}`;
  if (form !== "1/8" && form !== "2/14") throw new Error("form");
  const [key, flag, signature] = fields.slice(-3);
  const until = version === "2" ? fields[8] : fields[4];
  const good =
    /^[A-Z0-9][A-Za-z0-9._-]{2,63}$/.test(number) &&
    /^-?(0|[1-9]\d{0,17})(\.\d{1,17})?$/.test(value) &&
    /^[A-Za-z0-9_-]{16}$/.test(key);
  if (!good || !["d", "c"].includes(flag)) throw new Error("a field");
  const made = { version, number, value, unit: labelText(unit), valid_until: labelDay(until), key, demo: flag === "d" };
  const signed = { ...made, signature: base64url(signature) };
  if (version === "1") return signed;
  const [declared, boundary, scheme, begin, , index, holder] = fields.slice(4);
  const words = /^[A-Za-z0-9._-]{1,60}$/;
  const plain = words.test(boundary) && words.test(scheme) && /^(0|[1-9]\d{0,7})$/.test(index);
  if (!plain || !/^[A-Za-z0-9_-]{11}$/.test(holder)) throw new Error("a field");
  const more = { declared_unit: labelText(declared), boundary, scheme, valid_from: labelDay(begin) };
  return { ...signed, ...more, index: Number(index), holder };
}

function labelText(coded) {
  const plain = text(base64url(coded));
  if (plain === "" || plain.includes("\n")) throw new Error("no text of one line");
  return plain;
}

function labelDay(day) {
  if (!/^\d{8}$/.test(day ?? "")) throw new Error("a day");
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
}

function labelBytes(label) {
  const { number, value, unit, version } = label;
  const more = version === "2" ? [label.declared_unit, label.boundary, label.scheme, label.valid_from] : [];
  const place = version === "2" ? [String(label.index), label.holder] : [];
  const lines = [number, value, unit, ...more, label.valid_until, ...place, label.key, label.demo ? "d" : "c"];
  return utf8([`tanbiao-label/${version}`, ...lines].map((line) => `${line}\n`).join(""));
}

/**
 * Verify a label's payload alone. With fresh status lists at hand the flight form may be "valid"; the short form is at
 * best "valid, but", because it can't know of a suspension.
 */
export async function verifyLabel(source, resolve, { now, value = null, issuer = null }) {
  let label;
  try {
    label = decodeLabel(source);
    if (!issuer && !label.host) throw new VerifyError("base_url_malformed", { value: "" });
  } catch (error) {
    return conclude([failed("document", error)]);
  }
  const did = issuer ?? `did:web:${label.host.replace(":", "%3A")}`;
  const trusted = await resolve(did);
  const steps = [step("document", true, "step_document_ok"), step("claims", true, "step_label_ok", { number: label.number })];
  if (!trusted) {
    steps.push(step("issuer", null, "step_issuer_unknown", { issuer: did }), step("signature", null, "step_signature_no_key"));
  } else {
    steps.push(step("issuer", true, issuerCode(trusted), { issuer: did }));
    steps.push(await labelSignature(label, did, trusted));
  }
  const end = Date.parse(`${label.valid_until}T23:59:59${BEIJING}`);
  const begin = label.valid_from === undefined ? -Infinity : Date.parse(`${label.valid_from}T00:00:00${BEIJING}`);
  const term = { begin: label.valid_from, end: label.valid_until };
  if (Number.isNaN(end) || Number.isNaN(begin)) steps.push(step("validity", false, "step_validity_unreadable"));
  else if (now < begin) steps.push(step("validity", false, "step_validity_not_yet", term));
  else if (now > end) steps.push(step("validity", false, "step_validity_expired", { end: label.valid_until }));
  else steps.push(step("validity", true, "step_label_validity", { end: label.valid_until }));
  const [status, statusAsOf] = await labelStatus(label, resolve, trusted, did, now);
  steps.push(status, figureStep(label.value, label.unit, value));
  return conclude(steps, { demo: label.demo || Boolean(trusted?.trust?.demo), statusAsOf, claims: label });
}

/** Look the label's certificate up in the status lists of the address's host; the short form has no place in them. */
async function labelStatus(label, resolve, trusted, did, now) {
  if (label.version === "1" || !label.origin) return [step("status", null, "step_label_status"), null];
  const [list, index] = [Math.floor(label.index / MIN_ENTRIES), label.index % MIN_ENTRIES];
  const at = (purpose) => `${label.origin}/status/${purpose}${list ? `/${list}` : ""}`;
  const status = { index, revocation: at("revocation"), suspension: at("suspension") };
  return statusStep({ status }, resolve, trusted, did, now);
}

async function labelSignature(label, did, trusted) {
  const kid = `${did}#certificate-${label.key}`;
  const method = methodOf(trusted, kid, ["certificate"]);
  if (!method?.publicKeyJwk) return step("signature", false, "step_signature_unknown_key", { kid });
  const good = await verifyPoint(method.publicKeyJwk, labelBytes(label), label.signature);
  return step("signature", good, good ? "step_signature_ok" : "step_signature_bad", { kid });
}

/** Check that the label that led here belongs to the certificate: signed by the same issuer, and saying the same. */
async function labelStep(source, claims, trusted) {
  let label;
  try {
    label = decodeLabel(source);
  } catch (error) {
    return failed("label", error);
  }
  if (!claims || !trusted) return step("label", null, "step_label_not_checked");
  const plain = ["number", "value", "unit", "valid_until", "demo"];
  const same = plain.every((key) => label[key] === claims[key]) && (label.version === "1" || sameFlight(label, claims));
  if (!same) return step("label", false, "step_label_differs", { number: label.number, value: label.value });
  const signature = await labelSignature(label, claims.issuer, trusted);
  return step("label", signature.ok, signature.ok ? "step_label_matches" : "step_label_bad");
}

function sameFlight(label, claims) {
  const holder = base64urlOf(sha256(utf8(claims.holder.id)).slice(0, 8));
  const pairs = [
    [label.declared_unit, claims.declared_unit],
    [label.boundary, claims.boundary],
    [label.scheme, claims.scheme_id],
    [label.valid_from, claims.valid_from],
    [label.index % MIN_ENTRIES, claims.status.index],
    [label.holder, holder],
  ];
  return pairs.every(([said, recorded]) => said === recorded);
}
