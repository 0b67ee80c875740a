/* What every page does: the theme switch, forms that ask before acting, the search hits, faults from htmx. */
(function () {
  "use strict";
  var root = document.documentElement;

  document.addEventListener("click", function (event) {
    var themeSwitch = event.target.closest("[data-theme-switch]");
    if (themeSwitch) {
      var next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
      root.setAttribute("data-bs-theme", next);
      try { localStorage.setItem("theme", next); } catch (_) { /* the choice then lasts for this page */ }
      document.dispatchEvent(new CustomEvent("desk:theme", { detail: next }));
      return;
    }
    var fill = event.target.closest("[data-fill-username]");
    if (fill) {
      document.getElementById("id_username").value = fill.dataset.fillUsername;
      document.getElementById("id_password").value = fill.dataset.fillPassword;
      document.getElementById("sign-in-button").focus();
      return;
    }
    if (event.target.closest(".skip-link")) {
      /* Without a fragment in the address: with one, the next answer's fault or field would not get the focus. */
      event.preventDefault();
      document.getElementById("main").focus();
      return;
    }
    if (event.target.closest("[data-print]")) { window.print(); return; }
    var hits = document.getElementById("search-hits");
    if (hits && !event.target.closest(".topbar-search")) { hits.replaceChildren(); }
  });

  document.addEventListener("submit", function (event) {
    var question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) { event.preventDefault(); }
  });

  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-submit-on-change]");
    if (form && event.target.matches("select, input[type=date]") && !form.hasAttribute("hx-get")) { form.requestSubmit(); }
  });

  document.addEventListener("keydown", function (event) {
    var box = document.getElementById("search-box");
    var hits = document.getElementById("search-hits");
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    if (event.key === "/" && box && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      box.focus();
      return;
    }
    if (!hits || !event.target.closest(".topbar-search")) { return; }
    var links = Array.from(hits.querySelectorAll("a"));
    if (event.key === "Escape") { hits.replaceChildren(); box.focus(); return; }
    var step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && links.length) {
      event.preventDefault();
      var at = links.indexOf(document.activeElement) + step;
      if (at < 0) { box.focus(); } else { links[Math.min(at, links.length - 1)].focus(); }
    }
  });

  /* Paper is white: a dark page is printed as a light one. */
  var shown = null;
  window.addEventListener("beforeprint", function () {
    shown = root.getAttribute("data-bs-theme");
    root.setAttribute("data-bs-theme", "light");
  });
  window.addEventListener("afterprint", function () {
    if (shown) { root.setAttribute("data-bs-theme", shown); }
  });

  function complain(text) {
    var place = document.getElementById("messages");
    if (!place) { return; }
    var box = document.createElement("div");
    box.className = "alert alert-warning";
    box.setAttribute("role", "alert");
    box.textContent = text;
    place.replaceChildren(box);
    box.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("htmx:responseError", function (event) {
    var answer = event.detail.xhr;
    var plain = (answer.getResponseHeader("Content-Type") || "").indexOf("text/plain") === 0;
    complain(plain && answer.responseText ? answer.responseText : document.body.dataset.failed || String(answer.status));
  });
  document.addEventListener("htmx:sendError", function () { complain(document.body.dataset.offline || "—"); });

  document.addEventListener("DOMContentLoaded", function () {
    /* Pages with charts are ready when charts.js has drawn them. */
    if (!document.querySelector("[data-chart]")) { document.body.dataset.ready = "true"; }
  });
})();
