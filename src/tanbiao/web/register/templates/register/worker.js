/**
 * The service worker of the page that checks labels: everything that the check needs lies on the device, keys and status
 * lists as they were fetched last. What can be had fresh is fetched fresh; nothing but that page is ever answered for.
 */
const CACHE = "tanbiao-verify-{{ version }}";
const PAGE = "{{ page }}";
const SHELL = {{ shell|safe }};
const EVIDENCE = {{ evidence|safe }};
const PATIENCE = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(CACHE).then(async (cache) => {
      await cache.addAll([PAGE, ...SHELL].map((address) => new Request(address, { cache: "reload", credentials: "omit" })));
      await Promise.allSettled(EVIDENCE.map((address) => cache.add(new Request(address, { credentials: "omit" }))));
      await self.skipWaiting();
    }),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys().then(async (names) => {
      await Promise.all(names.filter((name) => name.startsWith("tanbiao-verify-") && name !== CACHE).map((name) => caches.delete(name)));
      await self.clients.claim();
    }),
  );
});

/** Fetch fresh and remember; fall back to what was fetched last. */
async function freshOr(request, kept) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await Promise.race([
      fetch(request),
      new Promise((_, late) => setTimeout(() => late(new Error("late")), PATIENCE)),
    ]);
    if (answer.ok && kept === undefined) await cache.put(request.url, answer.clone());
    return answer;
  } catch (error) {
    const known = await cache.match(kept ?? request.url, { ignoreVary: true });
    if (known) return known;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    // A scanned label opens /v/<number>?s=…: in flight mode the kept page checks it from its own address.
    if (pathname.startsWith("/v/") || pathname.startsWith("/verify")) event.respondWith(freshOr(request, PAGE));
  } else if (pathname.startsWith("/status/") || pathname.startsWith("/.well-known/")) {
    event.respondWith(freshOr(request));
  } else if (pathname.startsWith("/static/")) {
    event.respondWith(caches.match(request.url, { ignoreSearch: true, ignoreVary: true, cacheName: CACHE }).then((known) => known ?? fetch(request)));
  }
});
