/* Runs before the page is painted, so that a dark reader never sees a white flash. */
(function () {
  "use strict";
  var stored = null;
  try { stored = localStorage.getItem("theme"); } catch (_) { /* storage may be forbidden */ }
  var dark = stored ? stored === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.setAttribute("data-bs-theme", dark ? "dark" : "light");
})();
