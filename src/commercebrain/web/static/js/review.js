/* The review page: move between found rows, decide on them, filter them. The server does every change. */
(function () {
  "use strict";
  var review = document.getElementById("review");
  if (!review) { return; }
  var list = document.getElementById("findings");
  var text = document.getElementById("plan-text");
  var filters = document.getElementById("review-filters");
  var dialog = document.getElementById("reject-dialog");
  var may = review.hasAttribute("data-may-review");
  var current = null;
  var rejecting = [];

  function item(id) { return document.getElementById("f" + id); }
  function marks(id) { return text.querySelectorAll('[data-f~="' + id + '"]'); }
  function items() { return Array.from(list.querySelectorAll(".finding:not([hidden])")); }

  function inside(pane, node) {
    var top = node.getBoundingClientRect().top - pane.getBoundingClientRect().top + pane.scrollTop;
    pane.scrollTo({ top: top - pane.clientHeight / 3 });
  }

  function choose(id, focus) {
    document.querySelectorAll(".current").forEach(function (node) { node.classList.remove("current"); });
    var row = item(id);
    if (!row) { return; }
    current = id;
    row.classList.add("current");
    inside(list, row);
    var places = marks(id);
    places.forEach(function (node) { node.classList.add("current"); });
    if (places.length) { inside(text, places[0]); }
    if (focus) { row.focus({ preventScroll: true }); }
    /* While the page loads the browser would scroll the whole page to a new fragment. */
    if (document.readyState === "complete") { history.replaceState(null, "", "#f" + id); }
  }

  function step(by) {
    var rows = items();
    if (!rows.length) { return; }
    var at = rows.findIndex(function (row) { return row.dataset.id === current; });
    var next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by))];
    choose(next.dataset.id, true);
  }

  function post(address, values) {
    return window.htmx.ajax("POST", address, { source: review, target: "#undo", swap: "innerHTML", values: values });
  }

  function act(what, id) {
    var row = item(id);
    if (!may || !row) { return; }
    if (what === "accept" && row.dataset.state === "waiting") { post(review.dataset.accept, { ids: id }); }
    if (what === "reject" && row.dataset.state === "waiting") { askReason([id]); }
    if (what === "reopen") { post(review.dataset.reopen, { token: row.dataset.token }); }
    if (what === "edit" || what === "cancel") {
      var address = (what === "edit" ? review.dataset.edit : review.dataset.show).replace("/0/", "/" + id + "/");
      window.htmx.ajax("GET", address, { source: row, target: "#f" + id, swap: "outerHTML" }).then(function () {
        choose(id, what === "cancel");
        var first = item(id) && item(id).querySelector("input:not([type=hidden]), select, textarea");
        if (what === "edit" && first) { first.focus(); }
      });
    }
  }

  function askReason(ids) {
    rejecting = ids;
    dialog.querySelector("form").reset();
    dialog.showModal();
    dialog.querySelector("input").focus();
  }

  dialog.addEventListener("submit", function (event) {
    event.preventDefault();
    post(review.dataset.reject, { ids: rejecting.join(","), reason: dialog.querySelector("input").value });
    dialog.close();
  });

  function undo() {
    var button = document.querySelector("[data-undo]");
    if (button) { post(review.dataset.reopen, { token: button.dataset.undo }); }
  }

  function help() {
    var panel = document.getElementById("review-help");
    panel.hidden = !panel.hidden;
    document.querySelector("[data-review-help]").setAttribute("aria-expanded", String(!panel.hidden));
  }

  function filter() {
    var chosen = new FormData(filters);
    var shown = 0;
    list.querySelectorAll(".finding").forEach(function (row) {
      var below = Number(chosen.get("below")) || 101;
      var fits = (!chosen.get("kind") || row.dataset.kind === chosen.get("kind")) &&
        (!chosen.get("state") || row.dataset.state === chosen.get("state")) &&
        Number(row.dataset.confidence) < below &&
        (!chosen.get("unmatched") || row.hasAttribute("data-unmatched"));
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    document.getElementById("review-count").textContent = String(shown);
  }

  function waitingOf(rows) {
    return rows.filter(function (row) { return row.dataset.state === "waiting"; }).map(function (row) { return row.dataset.id; });
  }

  function bulk(what) {
    var selected = items().filter(function (row) { var box = row.querySelector("[data-select]"); return box && box.checked; });
    var ids = waitingOf(selected.length || what === "reject" ? selected : items());
    if (!ids.length) { return; }
    if (what === "reject") { askReason(ids); } else { post(review.dataset.accept, { ids: ids.join(",") }); }
  }

  filters.addEventListener("change", filter);
  filters.addEventListener("submit", function (event) { event.preventDefault(); });

  document.addEventListener("click", function (event) {
    var mark = event.target.closest(".plan-text .mk");
    if (mark) {
      event.preventDefault();
      var ids = mark.dataset.f.split(" ");
      choose(ids[(ids.indexOf(current) + 1) % ids.length], true);
      return;
    }
    var button = event.target.closest("button");
    if (button && button.dataset.act) { act(button.dataset.act, button.closest(".finding").dataset.id); return; }
    if (button && button.dataset.bulk) { bulk(button.dataset.bulk); return; }
    if (button && button.hasAttribute("data-undo")) { undo(); return; }
    if (button && button.hasAttribute("data-review-help")) { help(); return; }
    if (button && button.hasAttribute("data-close-dialog")) { dialog.close(); return; }
    var row = event.target.closest(".finding");
    if (row && !event.target.closest("input, select, textarea, form")) { choose(row.dataset.id, false); }
  });

  document.addEventListener("keydown", function (event) {
    var typing = event.target.closest("input:not([type=checkbox]), textarea, select, dialog");
    if (event.key === "Escape" && typing) {
      var open = event.target.closest(".finding-open");
      if (open) { act("cancel", open.dataset.id); }
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) { return; }
    var keys = {
      j: function () { step(1); }, k: function () { step(-1); },
      a: function () { if (current) { act("accept", current); } },
      e: function () { if (current) { act("edit", current); } },
      r: function () { if (current) { act("reject", current); } },
      x: function () { var box = current && item(current) && item(current).querySelector("[data-select]"); if (box) { box.checked = !box.checked; } },
      u: undo, "?": help
    };
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });

  document.body.addEventListener("plans:decided", function (event) {
    var detail = event.detail;
    detail.ids.forEach(function (id) {
      marks(String(id)).forEach(function (node) {
        node.className = node.className.replace(/st-[a-z]+/, "st-" + detail.state);
      });
    });
  });
  document.addEventListener("htmx:afterSettle", function () {
    filter();
    if (current && item(current)) { item(current).classList.add("current"); }
  });
  document.addEventListener("htmx:responseError", function (event) {
    if (event.detail.xhr.status === 409 && current) { act("cancel", current); }
  });

  var wanted = /^#[ft](\d+)$/.exec(location.hash);
  if (wanted) { choose(wanted[1], false); } else if (items().length) {
    var first = list.querySelector('.finding[data-state="waiting"]');
    if (first) { choose(first.dataset.id, false); }
  }
})();
