/* Lists: ticking rows for an action on many, by mouse or keyboard. */
(function () {
  "use strict";
  function boxes() { return Array.from(document.querySelectorAll('#list input[name="row"]')); }
  function count() {
    var place = document.querySelector("[data-bulk-count]");
    if (!place) { return; }
    var ticked = boxes().filter(function (box) { return box.checked; }).length;
    place.textContent = ticked ? place.dataset.words.replace("#", String(ticked)) : "";
    var all = document.querySelector("[data-bulk-all]");
    if (all) { all.checked = ticked > 0 && ticked === boxes().length; all.indeterminate = ticked > 0 && !all.checked; }
  }
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-bulk-all]")) {
      boxes().forEach(function (box) { box.checked = event.target.checked; });
      count();
    } else if (event.target.matches('#list input[name="row"]')) {
      count();
    } else if (event.target.matches("[data-bulk-every]")) {
      boxes().forEach(function (box) { box.disabled = event.target.checked; });
    }
  });
})();
