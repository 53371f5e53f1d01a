// Puts the label's frame wherever a page has <div data-tanbiao-label="NUMBER"></div>. It sends, stores and counts nothing.
(function () {
  "use strict";
  var source = document.currentScript && document.currentScript.src;
  if (!source) { return; }
  var base = new URL(".", source).href;
  function place(holder) {
    var number = holder.getAttribute("data-tanbiao-label");
    if (!number || holder.querySelector("iframe")) { return; }
    var lang = holder.getAttribute("data-lang") === "en" ? "en" : "zh";
    var frame = document.createElement("iframe");
    frame.src = base + "widget/" + encodeURIComponent(number) + "/" + lang + "/";
    frame.title = (lang === "en" ? "Carbon footprint label " : "碳足迹标识 ") + number;
    frame.width = holder.getAttribute("data-width") || "300";
    frame.height = holder.getAttribute("data-height") || "190";
    frame.loading = "lazy";
    frame.referrerPolicy = "no-referrer";
    frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox allow-same-origin");
    frame.setAttribute("frameborder", "0");
    holder.appendChild(frame);
  }
  function all() { document.querySelectorAll("[data-tanbiao-label]").forEach(place); }
  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", all); } else { all(); }
})();
