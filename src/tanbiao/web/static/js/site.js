// Small helps that every page has; each page works without them.
"use strict";

// A file over the limit is refused before it is sent, and the form keeps what was typed.
document.addEventListener("change", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || input.type !== "file") return;
  const limit = Number(input.dataset.maxBytes || document.body.dataset.maxUpload || 0);
  const tooLarge = limit > 0 && Array.from(input.files).some((file) => file.size > limit);
  input.setCustomValidity(tooLarge ? document.body.dataset.tooLarge || "too large" : "");
  if (tooLarge) input.reportValidity();
});

// An act that can't be undone asks once more, in the words of the page.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm || form.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  if (form.method === "post" && !form.hasAttribute("hx-post")) {
    const button = event.submitter;
    if (button) window.setTimeout(() => { button.disabled = true; }, 0);
  }
});

// Coming back with the browser's own button shows a form that can be sent again.
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[disabled][type=submit]:not([data-locked])")) button.disabled = false;
});

// Copy a hash or a token.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button || !navigator.clipboard) return;
  navigator.clipboard.writeText(button.dataset.copy).then(() => {
    button.textContent = button.dataset.copied || "✓";
  });
});

// A choice that is sent as soon as it is made (language, organisation).
document.addEventListener("change", (event) => {
  const field = event.target.closest("[data-submit-on-change]");
  if (field && field.form) field.form.requestSubmit();
});

// On a narrow screen long sections begin folded; the one that the address names, or a page of few, stays open.
if (window.matchMedia("(max-width: 40rem)").matches) {
  const folds = document.querySelectorAll("details[data-fold]");
  const named = window.location.hash ? document.getElementById(window.location.hash.slice(1)) : null;
  if (folds.length > 2) {
    for (const fold of folds) if (!named || !(fold.contains(named) || named.contains(fold))) fold.open = false;
  }
}

// Of tabs in one line the present one is in sight.
for (const here of document.querySelectorAll(".tabs [aria-current], .desks [aria-current]")) {
  const line = here.closest(".tabs, .menu");
  if (line && line.scrollWidth > line.clientWidth) line.scrollLeft = here.offsetLeft - (line.clientWidth - here.offsetWidth) / 2;
}

// A link into a folded section opens it.
window.addEventListener("hashchange", () => {
  const named = document.getElementById(window.location.hash.slice(1));
  for (const fold of named?.querySelectorAll("details[data-fold]") ?? []) { fold.open = true; break; }
  for (let part = named?.parentElement; part; part = part.parentElement) if (part.matches("details[data-fold]")) part.open = true;
  named?.scrollIntoView();
});
