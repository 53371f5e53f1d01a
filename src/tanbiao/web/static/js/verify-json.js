/**
 * JSON that has one meaning only: no duplicate keys, bounded size and depth; and its canonical form (RFC 8785).
 *
 * `JSON.parse` silently keeps the last of two equal keys, so a document could show one thing here and another elsewhere.
 */
import { VerifyError } from "./verify-crypto.js";

const MAX_DEPTH = 64;
const MAX_LENGTH = 5 * 1024 * 1024;

export function strictJson(source) {
  if (source.length > MAX_LENGTH) throw new VerifyError("json_not_strict", { reason: `more than ${MAX_LENGTH} bytes` });
  try {
    const value = JSON.parse(source);
    scan(source);
    return value;
  } catch (error) {
    throw new VerifyError("json_not_strict", { reason: error.message });
  }
}

/** Walk over text that `JSON.parse` accepted and look only for depth and repeated keys. */
function scan(source) {
  const open = [];
  let at = 0;
  while (at < source.length) {
    const char = source[at];
    if (char === "{" || char === "[") {
      open.push(char === "{" ? new Set() : null);
      if (open.length > MAX_DEPTH) throw new Error("nested too deeply");
    } else if (char === "}" || char === "]") {
      open.pop();
    } else if (char === '"') {
      const end = closingQuote(source, at);
      const keys = open.at(-1);
      if (keys && /^\s*:/.test(source.slice(end + 1, end + 64))) {
        const key = JSON.parse(source.slice(at, end + 1));
        if (keys.has(key)) throw new Error("a key stands twice");
        keys.add(key);
      }
      at = end;
    }
    at += 1;
  }
}

function closingQuote(source, at) {
  let end = at + 1;
  while (source[end] !== '"') end += source[end] === "\\" ? 2 : 1;
  return end;
}

/** Return the RFC 8785 form; numbers as ECMAScript writes them, which is what that RFC asks for. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const keys = Object.keys(value).sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }
  return JSON.stringify(value);
}
