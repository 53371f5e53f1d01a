/**
 * Finds the credential that a certificate PDF carries as an attachment.
 *
 * Not a PDF reader: every compressed stream of the file is unpacked within bounds and the one that is a VC-JWT is taken.
 * Nothing rests on the PDF itself; the credential found is verified like any other.
 */
import { inflateStream, text, VerifyError } from "./verify-crypto.js";

const TOKEN = /^eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{100,}\.[A-Za-z0-9_-]{86}\s*$/;
const MAX_STREAMS = 5000;

export function credentialInPdf(bytes) {
  let raw = "";
  for (let at = 0; at < bytes.length; at += 32768) raw += String.fromCharCode(...bytes.subarray(at, at + 32768));
  const streams = /stream\r?\n/g;
  for (let count = 0; count < MAX_STREAMS; count += 1) {
    const found = streams.exec(raw);
    if (!found) break;
    const begin = found.index + found[0].length;
    const end = raw.indexOf("endstream", begin);
    if (end < 0) break;
    const content = readable(bytes.subarray(begin, end));
    if (content !== null && TOKEN.test(content)) return content.trim();
    streams.lastIndex = end + "endstream".length;
  }
  throw new VerifyError("pdf_without_credential");
}

function readable(stream) {
  try {
    return text(stream[0] === 0x78 ? inflateStream(stream) : stream);
  } catch {
    return null;
  }
}
