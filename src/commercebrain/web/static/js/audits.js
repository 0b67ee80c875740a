/* The audit beside a plan's text: a mark opens its card, the words are shown, Escape goes back to the mark. */
(function () {
  "use strict";
  var card = document.getElementById("audit-card");
  var text = document.getElementById("plan-text");
  if (!card || !text) { return; }
  var opener = null;

  function show(id) {
    document.querySelectorAll(".au.current, .au-words.current").forEach(function (node) { node.classList.remove("current"); });
    text.querySelectorAll('[data-audit="' + id + '"], [data-a~="' + id + '"]').forEach(function (node) { node.classList.add("current"); });
  }

  function close() {
    card.replaceChildren();
    show("");
    if (opener) { opener.focus(); opener = null; }
  }

  document.addEventListener("click", function (event) {
    var mark = event.target.closest(".au");
    if (mark) { opener = mark; show(mark.dataset.audit); }
    if (event.target.closest("[data-close-audit]")) { close(); }
  });
  card.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { event.stopPropagation(); close(); }
  });
  document.body.addEventListener("htmx:afterSettle", function (event) {
    if (event.detail.target === card) {
      var body = card.querySelector("[data-audit-card]");
      if (body) { body.focus({ preventScroll: true }); card.scrollTop = 0; }
    }
  });
  document.body.addEventListener("audits:answered", function (event) {
    text.querySelectorAll('[data-audit="' + event.detail.id + '"]').forEach(function (node) { node.classList.add("au-answered"); });
  });

  var wanted = /^#a(\d+)$/.exec(location.hash);
  var mark = wanted && document.getElementById("a" + wanted[1]);
  if (mark) {
    var top = mark.getBoundingClientRect().top - text.getBoundingClientRect().top + text.scrollTop;
    text.scrollTo({ top: top - text.clientHeight / 3 });
    show(wanted[1]);
    window.addEventListener("load", function () { mark.click(); });
  }
})();
