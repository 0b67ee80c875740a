/* The review page of a report by keyboard: j and k to the next and previous one, a passes it on, r to send it back. */
(function () {
  "use strict";
  var form = document.querySelector("[data-review]");

  function follow(what) {
    var link = document.querySelector("[data-review-" + what + "]");
    if (link) { link.click(); }
  }

  document.addEventListener("keydown", function (event) {
    var typing = event.target.closest("input, textarea, select, dialog, [contenteditable]");
    if (typing) {
      if (event.key === "Escape") { event.target.blur(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (event.key === "j") { follow("next"); }
    if (event.key === "k") { follow("previous"); }
    if (event.key === "a" && form) { follow("pass"); }
    if (event.key === "r" && form) {
      var sentence = document.getElementById("review-sentence");
      if (sentence) { event.preventDefault(); sentence.focus(); }
    }
  });
}());
