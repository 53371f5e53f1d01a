/**
 * Certificates of other kinds than a footprint: the record of a `TanbiaoClaimCertificate`, and whether its statement
 * holds by itself. Numbers are compared as whole decimals (BigInt), never as floating point.
 */

const CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "urn:tanbiao:context:claim-certificate:1"];
const TYPES = ["VerifiableCredential", "TanbiaoClaimCertificate"];
const LABEL_FIELDS = ["value", "unit", "declared_unit", "boundary", "stages", "grade", "productCarbonFootprint", "net"];
const TONNES = { "g CO2e": "0.000001", "kg CO2e": "0.001", "t CO2e": "1" };
const PLACES = 40;
const FIELDS = (
  "v id number form certification kind_zh kind_en says_zh says_en issuer body holder product_zh product_en statement " +
  "scheme_id scheme_name decided_on valid_from valid_until query_url package_hash public_bundle_hash log_origin demo " +
  "status engine replaces"
).split(" ");
const PARTS = ["form", "subject", "claim", "cited", "computed"];

/** Whether a credential is of this type. */
export const isClaim = (credential) => Array.isArray(credential.type) && credential.type.includes(TYPES[1]);

/** Return the record of such a credential; throws where it is none. */
export function recordOf(credential) {
  const record = credential.credentialSubject.claimCertificate;
  if (record.v !== 1 || typeof record.demo !== "boolean") throw new Error("version");
  if (Object.keys(record).sort().join() !== [...FIELDS].sort().join()) throw new Error("fields");
  for (const key of ["number", "form", "kind_zh", "issuer", "valid_from", "valid_until", "query_url", "log_origin"]) {
    if (typeof record[key] !== "string" || record[key] === "") throw new Error(key);
  }
  return record;
}

/** Return what the credential says around its record, and what it must say, pair by pair. */
export function pairsOf(credential, record, name) {
  const entry = credential.credentialStatus;
  return [
    [credential["@context"], CONTEXTS],
    [credential.type, TYPES],
    [credential.id, record.id],
    [[credential.issuer.id, credential.issuer.name], [record.issuer, name(record.body)]],
    [credential.validFrom, `${record.valid_from}T00:00:00+08:00`],
    [credential.validUntil, `${record.valid_until}T23:59:59+08:00`],
    [[entry.statusPurpose, entry.statusListIndex], ["suspension", record.status.index]],
    [entry.statusListCredential, record.status.suspension],
    [[credential.credentialSubject.holder.id, credential.credentialSubject.holder.name], [record.holder.id, name(record.holder)]],
  ];
}

/** A decimal as a whole number of 10^-PLACES. */
function whole(text) {
  const found = /^(0|[1-9]\d*)(?:\.(\d+))?$/.exec(text);
  if (!found || (found[2] ?? "").length > PLACES / 2) throw new Error("decimal");
  return BigInt(found[1] + (found[2] ?? "").padEnd(PLACES, "0"));
}

const times = (one, other) => (one * other) / 10n ** BigInt(PLACES);

/** Whether a record's statement holds by itself: no field of a footprint, and numbers that follow from what it cites. */
export function holds({ form, statement }) {
  if (Object.keys(statement).sort().join() !== [...PARTS].sort().join()) return false;
  const { claim, cited, computed, subject } = statement;
  for (const part of [statement, claim, subject]) {
    const alien = LABEL_FIELDS.filter((name) => name in part);
    if (alien.some((name) => !(name === "unit" && form === "removal" && part === claim))) return false;
  }
  if (statement.form !== form || claim.form !== form) return false;
  if (form === "management_system" || form === "service") {
    const counted = claim.requirements.length === Number(computed.requirements) && claim.sites.length === Number(computed.sites);
    return counted && Object.keys(computed).length === 2 && Object.keys(cited).length === 0 && !/\d\s*(k?g|t)\s*CO/i.test(JSON.stringify(statement));
  }
  if (form === "reduction") {
    const [before, after, saved] = [cited.baseline.value, cited.later.value, computed.reduced].map(whole);
    const same = computed.baseline === cited.baseline.value && computed.later === cited.later.value && computed.unit === cited.later.unit;
    const off = whole(computed.reduced_percent) * before - saved * 100n * 10n ** BigInt(PLACES);
    const least = before * 10n ** BigInt(PLACES - 2);
    return same && saved > 0n && before - after === saved && (off < 0n ? -off : off) * 2n <= least;
  }
  const same = computed.footprint === cited.footprint.value && computed.footprint_unit === cited.footprint.unit;
  if (form === "removal") return same && computed.removed === claim.amount && computed.unit === claim.unit;
  const factor = TONNES[cited.footprint.unit.split("/")[0]];
  const emitted = times(times(whole(cited.footprint.value), whole(claim.quantity)), whole(factor));
  const retired = claim.credits.reduce((sum, one) => sum + BigInt(one.last) - BigInt(one.first) + 1n, 0n);
  const covered = whole(computed.retired_tonnes) >= whole(computed.emitted_tonnes);
  const counted = whole(computed.emitted_tonnes) === emitted && whole(computed.retired_tonnes) === retired * 10n ** BigInt(PLACES);
  const named = computed.quantity === claim.quantity && computed.declared_unit === cited.footprint.declared_unit;
  return same && covered && counted && named;
}
