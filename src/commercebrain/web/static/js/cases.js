/* Cases by keyboard: letters on buttons, j and k between cards or cases, h and l between columns; cards may be dragged. */
(function () {
  "use strict";
  var board = document.getElementById("kanban");

  function cards() { return Array.from(document.querySelectorAll(".kanban-card")); }
  function chosen() { return board && board.querySelector(".kanban-card.chosen"); }

  function choose(card) {
    cards().forEach(function (one) { one.classList.toggle("chosen", one === card); });
    if (card) {
      card.focus({ preventScroll: true });
      card.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }

  function step(by) {
    var all = cards();
    var at = all.indexOf(chosen());
    if (all.length) { choose(all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))]); }
  }

  function aside(by) {
    var columns = Array.from(board.querySelectorAll(".kanban-column"));
    var card = chosen();
    var at = card ? columns.indexOf(card.closest(".kanban-column")) : -1;
    for (var next = at + by; next >= 0 && next < columns.length; next += by) {
      var first = columns[next].querySelector(".kanban-card");
      if (first) { choose(first); return; }
    }
  }

  function press(within, key) {
    var button = Array.from(within.querySelectorAll("[data-key]")).find(function (one) { return one.dataset.key === key; });
    if (button) { button.click(); }
    return Boolean(button);
  }

  function follow(what) {
    var link = document.querySelector("[data-" + what + "]");
    if (link) { link.click(); }
    return Boolean(link);
  }

  document.addEventListener("keydown", function (event) {
    if (event.target.closest("input, textarea, select, dialog, [contenteditable]")) {
      if (event.key === "Escape") { event.target.blur(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    var done = false;
    if (board) {
      var moves = { j: function () { step(1); }, k: function () { step(-1); }, l: function () { aside(1); }, h: function () { aside(-1); } };
      if (moves[event.key]) { moves[event.key](); done = true; }
      if (event.key === "Enter" && event.target === chosen()) { chosen().querySelector("[data-open]").click(); done = true; }
      if (!done && chosen() && event.key.length === 1) { done = press(chosen(), event.key); }
    } else {
      if (event.key === "j") { done = follow("case-next") || follow("month-next"); }
      if (event.key === "k") { done = follow("case-previous") || follow("month-previous"); }
      if (event.key === "n" && document.getElementById("note-text")) { document.getElementById("note-text").focus(); done = true; }
      var ways = document.querySelector(".ways");
      if (!done && ways && event.key.length === 1) { done = press(ways, event.key); }
    }
    if (done) { event.preventDefault(); }
  });

  if (board) {
    var carried = null;
    board.addEventListener("focusin", function (event) {
      var card = event.target.closest(".kanban-card");
      if (card) { cards().forEach(function (one) { one.classList.toggle("chosen", one === card); }); }
    });
    board.addEventListener("dragstart", function (event) { carried = event.target.closest(".kanban-card"); });
    board.addEventListener("dragend", function () {
      carried = null;
      board.querySelectorAll(".takes").forEach(function (one) { one.classList.remove("takes"); });
    });
    board.addEventListener("dragover", function (event) {
      var column = event.target.closest(".kanban-column");
      if (!column || !carried) { return; }
      var takes = Boolean(carried.querySelector('[data-to="' + column.dataset.stage + '"]'));
      column.classList.toggle("takes", takes);
      if (takes) { event.preventDefault(); }
    });
    board.addEventListener("dragleave", function (event) {
      var column = event.target.closest(".kanban-column");
      if (column && !column.contains(event.relatedTarget)) { column.classList.remove("takes"); }
    });
    board.addEventListener("drop", function (event) {
      var column = event.target.closest(".kanban-column");
      var way = column && carried && carried.querySelector('[data-to="' + column.dataset.stage + '"]');
      if (way) { event.preventDefault(); way.click(); }
    });
  }
}());
