/**
 * Keeps the page that checks labels on this device, so that it works in flight mode: registers the service worker that
 * `<link rel="verify-worker" href="…">` names. Without one (plain http, an in-app browser) the page works as before.
 */
const link = document.querySelector('link[rel="verify-worker"]');
if (link && "serviceWorker" in navigator) {
  navigator.serviceWorker
    .register(link.href, { scope: "/" })
    .then(() => navigator.serviceWorker.ready)
    .then(() => {
      for (const part of document.querySelectorAll("[data-verify-kept]")) part.hidden = false;
    })
    .catch(() => {});
}
