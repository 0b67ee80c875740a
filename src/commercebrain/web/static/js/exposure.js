/* The exposure page: printing, and choosing a file or a kept list empties the other ways of giving one. */
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-print]")) { window.print(); }
  });
  var text = document.getElementById("x-text"), version = document.getElementById("x-version"), file = document.getElementById("x-file");
  if (!text || !version || !file) { return; }
  var kept = document.querySelector('.exposure-ask input[name="pasted"]');
  version.addEventListener("change", function () {
    if (version.value && kept) { kept.disabled = true; }
    if (!version.value && kept) { kept.disabled = false; }
  });
  text.addEventListener("input", function () { if (text.value) { version.value = ""; } });
  file.addEventListener("change", function () { if (file.value) { version.value = ""; } });
})();
