// Files and folders dropped on the import form are listed and sent: each archive by itself, all others together, so that
// the platform can read as one what belongs together. Without this script the form sends what was chosen at once.
"use strict";

(() => {
  const form = document.querySelector("form[data-import]");
  if (!form) return;
  const drop = form.querySelector("[data-drop]");
  const input = form.querySelector("input[name=file]");
  const folder = form.querySelector("[data-folder]");
  const list = form.querySelector("[data-chosen]");
  const total = form.querySelector("[data-total]");
  const state = form.querySelector("[data-send-state]");
  const words = form.dataset;
  const limit = Number(words.limit);
  const shownMost = 30;
  let chosen = [];

  const size = (bytes) => bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  const sum = (items) => items.reduce((all, one) => all + one.file.size, 0);
  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };
  const button = (text, label, action) => {
    const made = element("button", "btn btn-sm btn-secondary", text);
    made.type = "button";
    made.setAttribute("aria-label", label);
    made.addEventListener("click", action);
    return made;
  };

  function keep(items) {
    chosen = items;
    const box = new DataTransfer();
    for (const one of chosen) box.items.add(one.file);
    input.files = box.files;
    show();
  }

  function add(items) {
    const same = (one, other) => one.path === other.path && one.file.size === other.file.size;
    keep([...chosen, ...items.filter((item) => !chosen.some((one) => same(one, item)))]);
  }

  // What is sent in one request: an archive alone, a folder and the loose files together.
  function batches(items) {
    const alone = items.filter((one) => !one.path.includes("/") && one.file.name.toLowerCase().endsWith(".zip"));
    const rest = items.filter((one) => !alone.includes(one));
    return [...alone.map((one) => [one]), ...(rest.length ? [rest] : [])];
  }

  function show() {
    list.replaceChildren(...chosen.slice(0, shownMost).map((one, at) => {
      const item = element("li");
      item.append(element("span", "name", one.path), element("span", "muted small", size(one.file.size)),
        button(words.wordRemove, `${words.wordRemove} ${one.path}`, () => {
          keep(chosen.filter((_, other) => other !== at));
          input.focus();
        }));
      return item;
    }));
    const hidden = chosen.length - shownMost;
    if (hidden > 0) list.append(element("li", "muted small", `… ${hidden} ${words.wordMore}`));
    list.hidden = chosen.length === 0;
    total.hidden = chosen.length < 2 && sum(chosen) <= limit;
    total.replaceChildren(`${chosen.length} ${words.wordTotal}, ${size(sum(chosen))} `);
    if (batches(chosen).some((batch) => sum(batch) > limit)) total.append(element("strong", "why", words.wordLarge), " ");
    total.append(button(words.wordClear, words.wordClear, () => { keep([]); input.focus(); }));
  }

  // A folder that is dropped is walked through; a browser gives its entries in pieces, the last one empty.
  async function walk(entry, path) {
    if (entry.isFile) {
      const file = await new Promise((done, fail) => entry.file(done, fail));
      return [{ file, path: path + file.name }];
    }
    const reader = entry.createReader();
    const found = [];
    for (;;) {
      const piece = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (piece.length === 0) return found;
      for (const one of piece) found.push(...await walk(one, `${path}${entry.name}/`));
    }
  }

  const plain = (files) => Array.from(files, (file) => ({ file, path: file.webkitRelativePath || file.name }));

  async function dropped(transfer) {
    // The entries are asked for before the first wait: afterwards the transfer is empty.
    const entries = Array.from(transfer.items || [], (item) => item.webkitGetAsEntry ? item.webkitGetAsEntry() : null);
    const files = plain(transfer.files);
    if (!entries.some((entry) => entry && entry.isDirectory)) return add(files);
    const found = await Promise.all(entries.filter(Boolean).map((entry) => walk(entry, "")));
    return add(found.flat());
  }

  let depth = 0;
  drop.addEventListener("dragenter", (event) => { event.preventDefault(); depth += 1; drop.classList.add("is-over"); });
  drop.addEventListener("dragleave", () => { depth -= 1; if (depth <= 0) drop.classList.remove("is-over"); });
  drop.addEventListener("dragover", (event) => { event.preventDefault(); event.dataTransfer.dropEffect = "copy"; });
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    drop.classList.remove("is-over");
    dropped(event.dataTransfer);
  });
  // A file that misses the box would otherwise replace the page.
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => {
    if (!drop.contains(event.target)) event.preventDefault();
  });
  input.addEventListener("change", () => keep(plain(input.files)));

  const picker = folder.querySelector("input");
  if ("webkitdirectory" in picker) {
    folder.hidden = false;
    folder.querySelector("button").addEventListener("click", () => picker.click());
    picker.addEventListener("change", () => { add(plain(picker.files)); picker.value = ""; });
  }

  function send(batch, shown) {
    return new Promise((resolve) => {
      const body = new FormData(form);
      body.delete("file");
      for (const one of batch) {
        body.append("file", one.file, one.file.name);
        body.append("path", one.path);
      }
      const bar = element("progress");
      bar.max = 1;
      bar.setAttribute("aria-label", batch.length === 1 ? batch[0].path : `${batch.length} ${words.wordTotal}`);
      for (const item of shown) item.querySelector("button")?.remove();
      shown[0].append(bar);
      const request = new XMLHttpRequest();
      request.upload.addEventListener("progress", (event) => { bar.value = event.loaded / event.total; });
      request.addEventListener("load", () => resolve(request));
      request.addEventListener("error", () => resolve(request));
      request.open("POST", form.action || window.location.href);
      request.send(body);
    });
  }

  function settle(shown, request) {
    const good = request.status === 200;
    shown[0].querySelector("progress").remove();
    for (const item of shown) item.append(element("span", good ? "chip chip-good" : "chip chip-bad", good ? words.wordSent : words.wordRefused));
    if (good) return true;
    const page = new DOMParser().parseFromString(request.responseText || "", "text/html");
    const told = Array.from(page.querySelectorAll("main .findings p, main .notice p, main h1 ~ p"), (one) => one.textContent.trim());
    shown[0].append(element("p", "why", told.slice(0, 2).join(" ")));
    return false;
  }

  form.addEventListener("submit", async (event) => {
    if (chosen.length === 0) return;
    event.preventDefault();
    show();
    const items = Array.from(list.children);
    const submit = form.querySelector("button[type=submit]");
    submit.disabled = true;
    input.disabled = true;
    const refused = [];
    const parts = batches(chosen);
    let last = "";
    for (const [at, batch] of parts.entries()) {
      // Of a long list the files that are not shown are told by the line that counts them.
      const shown = [...new Set(batch.map((one) => items[Math.min(chosen.indexOf(one), items.length - 1)]))];
      state.textContent = `${words.wordSending}: ${batch.length === 1 ? batch[0].path : `${batch.length} ${words.wordTotal}`} (${at + 1}/${parts.length})`;
      const request = await send(batch, shown);
      if (settle(shown, request)) last = request.responseURL; else refused.push(...batch);
    }
    if (refused.length === 0) {
      window.location.assign(parts.length === 1 ? last : form.action || window.location.pathname);
      return;
    }
    state.textContent = `${words.wordRefused}: ${refused.length}/${chosen.length}`;
    const page = new DOMParser().parseFromString(await (await fetch(window.location.href)).text(), "text/html");
    const brought = page.getElementById("brought");
    document.getElementById("brought").replaceWith(brought);
    if (window.htmx) window.htmx.process(brought);
    // What was sent is not sent again; the reasons stay until the next try.
    chosen = refused;
    const box = new DataTransfer();
    for (const one of refused) box.items.add(one.file);
    input.files = box.files;
    input.disabled = false;
    submit.disabled = false;
    submit.focus();
  });
})();
