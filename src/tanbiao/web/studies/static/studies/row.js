// Of a row's form, the fields of the chosen activity alone are in sight; without scripts all of them are.
"use strict";

for (const form of document.querySelectorAll("form[data-row]")) {
  const choice = form.elements.namedItem("activity");
  const show = () => {
    for (const part of form.querySelectorAll("[data-for]")) {
      part.hidden = !part.dataset.for.split(" ").includes(choice.value);
    }
  };
  choice.addEventListener("change", show);
  show();
}
