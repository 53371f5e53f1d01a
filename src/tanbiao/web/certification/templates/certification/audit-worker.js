/**
 * The service worker of the audit pages: a page that an auditor took along opens without a network. It answers for those
 * pages and for what they are made of; everything else goes to the network as if it were not there.
 */
const SHELL = "tanbiao-audit-shell-{{ version }}";
const PAGES = "tanbiao-audit-pages";
const PATIENCE = 4000;

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys().then(async (names) => {
      const old = names.filter((name) => name.startsWith("tanbiao-audit-shell-") && name !== SHELL);
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.clients.claim();
    }),
  );
});

// The page itself is kept only when its reader asks for it: it holds the applicant's data.
self.addEventListener("message", (event) => {
  if (event.data?.kind !== "keep") return;
  const { page, shell } = event.data;
  const port = event.ports[0];
  event.waitUntil(
    (async () => {
      const kept = await caches.open(SHELL);
      await kept.addAll(shell.map((address) => new Request(address, { cache: "reload" })));
      const answer = await fetch(page, { cache: "no-store", credentials: "same-origin" });
      // After the sign-out the address answers with the sign-in page: that is not the audit.
      if (!answer.ok || answer.redirected) throw new Error("page");
      await (await caches.open(PAGES)).put(page, answer);
    })().then(
      () => port.postMessage("kept"),
      () => port.postMessage("failed"),
    ),
  );
});

async function freshOrKept(request) {
  const page = new URL(request.url).pathname;
  try {
    return await Promise.race([
      fetch(request),
      new Promise((_, late) => setTimeout(() => late(new Error("late")), PATIENCE)),
    ]);
  } catch (error) {
    const known = await caches.match(page, { cacheName: PAGES, ignoreSearch: true, ignoreVary: true });
    if (known) return known;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (/^\/cases\/[0-9a-f-]{36}\/audit\/$/.test(pathname)) event.respondWith(freshOrKept(request));
  } else if (pathname.startsWith("/static/")) {
    const known = caches.match(request.url, { cacheName: SHELL, ignoreSearch: true, ignoreVary: true });
    event.respondWith(known.then((answer) => answer ?? fetch(request)));
  }
});
