/**
 * The audit at the site: check-in, interviews, photos and answers are first written on the device, then sent in their order
 * as soon as there is a network. Each has an id of this device's own, so that sending twice records once.
 */
import * as queue from "./audit-queue.js";

const root = document.querySelector("[data-audit]");
const taken = JSON.parse(document.getElementById("audit-data").textContent);
const words = JSON.parse(document.getElementById("audit-words").textContent);
const part = (name) => root.querySelector(`[data-${name}]`);
const RUNNING = `tanbiao-audit-visit-${taken.case}-${taken.person}`;

/** The visit that goes on: begun by this device (its check-in's own id), or known to the platform. */
const running = () => localStorage.getItem(RUNNING) ?? taken.running;
const say = (name, text) => { part(name).textContent = text; };

async function hex(data) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return `sha256:${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function base64(data) {
  const bytes = new Uint8Array(data);
  let text = "";
  for (let place = 0; place < bytes.length; place += 0x8000) text += String.fromCharCode(...bytes.subarray(place, place + 0x8000));
  return btoa(text);
}

async function record(item, more = {}) {
  const whole = { client_id: crypto.randomUUID(), at: new Date().toISOString(), ...item };
  await queue.add({ case: taken.case, person: taken.person, item: whole, said: "", ...more });
  await show();
  sync();
  return whole;
}

function position() {
  if (!("geolocation" in navigator)) return Promise.resolve(null);
  return new Promise((resolve) => {
    const read = ({ coords }) => resolve({ latitude: coords.latitude, longitude: coords.longitude, accuracy_m: coords.accuracy });
    navigator.geolocation.getCurrentPosition(read, () => resolve(null), { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 });
  });
}

const forms = {
  async check_in(form) {
    const remote = form.remote.checked;
    say("said", remote ? "" : words.locating);
    const read = remote ? null : await position();
    say("said", remote ? "" : read ? `${words.position} ${Math.round(read.accuracy_m)}` : words.no_position);
    const item = { kind: "check_in", place: form.place.value, remote, site: form.site?.value ?? "", remark: form.remark.value };
    const made = await record(read ? { ...item, position: read } : item);
    localStorage.setItem(RUNNING, made.client_id);
  },
  async check_out(form) {
    const interviews = Number(form.interviews.value || 0), samples = Number(form.samples.value || 0);
    await record({ kind: "check_out", visit: running(), interviews, samples, text: form.text.value });
    localStorage.setItem(RUNNING, "");
  },
  async interview(form) {
    await record({ kind: "interview", visit: running(), role: form.role.value, topic: form.topic.value, notes: form.notes.value });
  },
  async photo(form) {
    for (const file of form.photo.files) {
      const data = await file.arrayBuffer();
      const taken_hash = await hex(data);
      say("said", `${words.hashed} ${taken_hash}`);
      // The picture lies beside its item as it was read, and becomes text only on its way.
      const item = { kind: "photo", visit: running(), filename: file.name, taken_hash, caption: form.caption.value, item: form.item.value };
      await record(item, { photo: data });
    }
  },
  async answer(form) {
    const item = form.dataset.item;
    await record({ kind: "answer", item, answer: form.answer.value, remark: form.remark.value, seen: taken.answers[item] ?? "" });
    taken.answers[item] = form.answer.value;
    form.querySelector("[data-stands]").textContent = form.answer.selectedOptions[0].textContent;
  },
};
const NEEDS_VISIT = new Set(["check_out", "interview", "photo"]);

root.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-record]");
  if (!form) return;
  event.preventDefault();
  event.stopPropagation();
  const kind = form.dataset.record;
  if (NEEDS_VISIT.has(kind) && !running()) return say("said", words.first);
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    await forms[kind](form);
    if (kind !== "answer") form.reset();
    buttons();
  } catch (error) {
    say("said", String(error));
  } finally {
    button.disabled = false;
  }
}, true);

function buttons() {
  for (const one of root.querySelectorAll("[data-in-visit]")) one.hidden = !running();
  for (const one of root.querySelectorAll("[data-before-visit]")) one.hidden = Boolean(running());
}

async function show() {
  const waiting = await queue.waiting(taken.case, taken.person);
  part("count").textContent = String(waiting.length);
  part("nothing").hidden = waiting.length > 0;
  part("queue").replaceChildren(...waiting.map(line));
}

function line(held) {
  const row = document.createElement("li");
  const { kind, at, topic, place, filename, item } = held.item;
  const about = topic ?? place ?? filename ?? item ?? "";
  row.dataset.state = held.said ? "refused" : "waiting";
  row.textContent = `${words[kind]} ${about} · ${at.slice(11, 16)} UTC · ${held.said ? `${words.refused}: ${held.said}` : words.waiting}`;
  if (held.said) {
    if (kind === "answer" && held.code === "answer_changed_meanwhile") {
      row.append(" ", button(words.again, async () => {
        await queue.change({ ...held, said: "", code: "", item: { ...held.item, seen: held.theirs ?? "" } });
        await show();
        sync();
      }));
    }
    row.append(" ", button(words.remove, async () => {
      if (!window.confirm(words.sure)) return;
      await queue.remove(held.order);
      await show();
    }));
  }
  return row;
}

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn-secondary btn-sm";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

const token = () => /(?:^|; )tanbiao_csrf=([^;]*)/.exec(document.cookie)?.[1] ?? "";

async function send(held) {
  const items = [held.photo ? { ...held.item, content_base64: base64(held.photo) } : held.item];
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token(), "Accept-Language": document.documentElement.lang };
  const answer = await fetch(taken.sync, { method: "POST", credentials: "same-origin", headers, body: JSON.stringify({ items }) });
  if (answer.status === 401 || (answer.status === 403 && !(await still()))) throw new Error(words.signed_out);
  const body = await answer.json();
  if (answer.ok) return body[0];
  if (answer.status >= 500 || answer.status === 429) throw new Error(`${answer.status}`);
  return { outcome: "refused", findings: [{ code: body.code, message: body.title, remedy: body.remedy ?? "" }] };
}

/** Whether the platform still knows who is here. */
async function still() {
  const answer = await fetch(taken.sync.replace(/sync$/, ""), { method: "HEAD", credentials: "same-origin", redirect: "manual" }).catch(() => null);
  return answer !== null && answer.type !== "opaqueredirect" && answer.status !== 401;
}

const AGAIN_MS = 10_000;
let sending = null;
let later = 0;
/** Send what waits, in its order; an item that was refused before is left for its reader to decide on. */
function sync() {
  sending ??= (async () => {
    try {
      for (const held of await queue.waiting(taken.case, taken.person)) {
        if (held.said) continue;
        const told = await send(held);
        if (told.outcome === "refused") {
          const [first] = told.findings;
          const text = [first.message, first.remedy].filter(Boolean).join(" ");
          await queue.change({ ...held, said: text, code: first.code, theirs: await theirs(held, first.code) });
        } else {
          await queue.remove(held.order);
        }
        await show();
      }
      say("network", words.online);
    } catch (error) {
      // Where the device believes to be online, the answer was lost on its way: try again by itself.
      clearTimeout(later);
      if (navigator.onLine) later = setTimeout(sync, AGAIN_MS);
      say("network", navigator.onLine && error instanceof Error && !(error instanceof TypeError) ? error.message : words.offline);
    } finally {
      sending = null;
      await show();
    }
  })();
  return sending;
}

/** What the platform holds as the answer now, so that sending one's own again is done knowingly. */
async function theirs(held, code) {
  if (code !== "answer_changed_meanwhile") return "";
  const answer = await fetch(taken.sync.replace(/audit\/sync$/, "consistency"), { credentials: "same-origin" });
  const rows = answer.ok ? await answer.json() : [];
  return rows.find((row) => row.item === held.item.item)?.answer ?? "";
}

async function keep() {
  if (!("serviceWorker" in navigator)) return say("kept", words.not_kept);
  await navigator.serviceWorker.register(taken.worker, { scope: "/cases/" });
  const registration = await navigator.serviceWorker.getRegistration("/cases/");
  const worker = registration.active ?? (await activated(registration));
  const channel = new MessageChannel();
  const told = new Promise((resolve) => { channel.port1.onmessage = ({ data }) => resolve(data); });
  worker.postMessage({ kind: "keep", page: location.pathname, shell: taken.shell }, [channel.port2]);
  say("kept", (await told) === "kept" ? words.kept : words.not_kept);
}

function activated(registration) {
  const worker = registration.installing ?? registration.waiting;
  return new Promise((resolve) => {
    worker.addEventListener("statechange", () => { if (worker.state === "activated") resolve(worker); });
  });
}

part("keep").addEventListener("click", () => keep().catch(() => say("kept", words.not_kept)));
part("send").addEventListener("click", sync);
part("forget").addEventListener("click", async () => {
  if ((await queue.waiting(taken.case, taken.person)).length) return say("kept", words.left);
  await (await caches.open("tanbiao-audit-pages")).delete(location.pathname);
  say("kept", "");
});
window.addEventListener("online", sync);
window.addEventListener("offline", () => say("network", words.offline));
part("live").hidden = false;
buttons();
await show();
if ("caches" in window && (await caches.match(location.pathname, { cacheName: "tanbiao-audit-pages" }))) say("kept", words.kept);
sync();
root.dataset.ready = "yes";
