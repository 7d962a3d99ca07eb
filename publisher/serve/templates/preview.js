"use strict";
// Reload the page when the workspace has changed, and show findings at the places that they are about.
(() => {
  const bar = document.getElementById("pv-bar");
  for (const item of document.querySelectorAll("#pv-here [data-anchor]")) {
    const target = document.getElementById(item.dataset.anchor);
    if (!target) continue;
    const note = document.createElement("div");
    note.className = `pv-note ${item.className}`;
    note.append(...item.childNodes);
    target.append(note);
    item.remove();
  }
  const here = document.getElementById("pv-here");
  if (here && !here.querySelector("li")) here.remove();
  const open = bar.querySelector("details");
  if (open) {
    open.open = sessionStorage.getItem("pv-open") === "yes";
    open.addEventListener("toggle", () => sessionStorage.setItem("pv-open", open.open ? "yes" : "no"));
  }
  const events = new EventSource(bar.dataset.events);
  events.addEventListener("message", (event) => {
    if (event.data !== bar.dataset.number) location.reload();
  });
  addEventListener("pagehide", () => events.close());
})();
