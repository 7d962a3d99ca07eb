"use strict";
// The key "/" leads to the search field, unless the reader has turned that off on the search page (WCAG 2.2, 2.1.4).
(() => {
  function isOff() {
    try {
      return localStorage.getItem("search-key") === "off";
    } catch {
      return false; // the browser keeps nothing for this site
    }
  }
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isOff()) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    const field = document.getElementById("q");
    field.focus();
    field.select();
  });
})();
