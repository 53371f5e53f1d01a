// Files dropped on the import form are listed, sent one by one with their progress, and a refused one keeps none out.
// Without this script the form sends them all at once.
"use strict";

(() => {
  const form = document.querySelector("form[data-import]");
  if (!form) return;
  const drop = form.querySelector("[data-drop]");
  const input = form.querySelector("input[type=file]");
  const list = form.querySelector("[data-chosen]");
  const state = form.querySelector("[data-send-state]");
  const words = form.dataset;

  const size = (bytes) => bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  function keep(files) {
    const box = new DataTransfer();
    for (const file of files) box.items.add(file);
    input.files = box.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function show() {
    list.replaceChildren(...Array.from(input.files, (file, at) => {
      const item = element("li");
      const remove = element("button", "btn btn-sm btn-secondary", words.wordRemove);
      remove.type = "button";
      remove.setAttribute("aria-label", `${words.wordRemove} ${file.name}`);
      remove.addEventListener("click", () => {
        keep(Array.from(input.files).filter((_, other) => other !== at));
        input.focus();
      });
      item.append(element("span", "name", file.name), element("span", "muted small", size(file.size)), remove);
      return item;
    }));
    list.hidden = input.files.length === 0;
  }

  let depth = 0;
  drop.addEventListener("dragenter", (event) => { event.preventDefault(); depth += 1; drop.classList.add("is-over"); });
  drop.addEventListener("dragleave", () => { depth -= 1; if (depth <= 0) drop.classList.remove("is-over"); });
  drop.addEventListener("dragover", (event) => { event.preventDefault(); event.dataTransfer.dropEffect = "copy"; });
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    drop.classList.remove("is-over");
    const old = Array.from(input.files);
    const same = (one, other) => one.name === other.name && one.size === other.size;
    keep([...old, ...Array.from(event.dataTransfer.files).filter((file) => !old.some((one) => same(one, file)))]);
  });
  // A file that misses the box would otherwise replace the page.
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => {
    if (!drop.contains(event.target)) event.preventDefault();
  });
  input.addEventListener("change", show);

  function send(file, item) {
    return new Promise((resolve) => {
      const body = new FormData(form);
      body.delete("file");
      body.append("file", file, file.name);
      const bar = element("progress");
      bar.max = 1;
      bar.setAttribute("aria-label", file.name);
      item.querySelector("button").replaceWith(bar);
      const request = new XMLHttpRequest();
      request.upload.addEventListener("progress", (event) => { bar.value = event.loaded / event.total; });
      request.addEventListener("load", () => resolve(request));
      request.addEventListener("error", () => resolve(request));
      request.open("POST", form.action || window.location.href);
      request.send(body);
    });
  }

  function settle(item, request) {
    const good = request.status === 200;
    item.querySelector("progress").replaceWith(element("span", good ? "chip chip-good" : "chip chip-bad", good ? words.wordSent : words.wordRefused));
    if (good) return true;
    const page = new DOMParser().parseFromString(request.responseText || "", "text/html");
    const told = Array.from(page.querySelectorAll("main .findings p, main .notice p, main h1 ~ p"), (one) => one.textContent.trim());
    item.append(element("p", "why", told.slice(0, 2).join(" ")));
    return false;
  }

  form.addEventListener("submit", async (event) => {
    const files = Array.from(input.files);
    if (files.length === 0) return;
    event.preventDefault();
    show();
    const items = Array.from(list.children);
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    input.disabled = true;
    const refused = [];
    let last = "";
    for (const [at, file] of files.entries()) {
      state.textContent = `${words.wordSending}: ${file.name} (${at + 1}/${files.length})`;
      const request = await send(file, items[at]);
      if (settle(items[at], request)) last = request.responseURL; else refused.push(file);
    }
    if (refused.length === 0) {
      window.location.assign(files.length === 1 ? last : form.action || window.location.pathname);
      return;
    }
    state.textContent = `${words.wordRefused}: ${refused.length}/${files.length}`;
    const page = new DOMParser().parseFromString(await (await fetch(window.location.href)).text(), "text/html");
    const brought = page.getElementById("brought");
    document.getElementById("brought").replaceWith(brought);
    if (window.htmx) window.htmx.process(brought);
    // What was sent is not sent again; the reasons stay until the next try.
    const box = new DataTransfer();
    for (const file of refused) box.items.add(file);
    input.files = box.files;
    input.disabled = false;
    button.disabled = false;
    button.focus();
  });
})();
