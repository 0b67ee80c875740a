/* Filling in a report: what is typed stays in this browser until it is sent; lines are added and removed without a
   question to the server; sending without a network keeps everything and says so. */
(function () {
  "use strict";
  var OLD = 30 * 86400000;

  function store(own) {
    try { return own ? window.localStorage : window.sessionStorage; } catch (_) { return null; }
  }
  function read(place, key) {
    try { return JSON.parse(place.getItem(key)); } catch (_) { return null; }
  }
  function forget(key) {
    [store(true), store(false)].forEach(function (place) {
      try { place.removeItem(key); } catch (_) { /* no storage: nothing is kept there */ }
    });
  }
  function form() { return document.getElementById("filing-form"); }
  function say(text) {
    var place = document.getElementById("filing-state");
    if (!place) { return; }
    place.textContent = text;
    place.hidden = !text;
  }

  /* --- what is typed -------------------------------------------------------------------------------------------- */
  function values(page) {
    var out = [];
    new FormData(page).forEach(function (value, name) {
      if (typeof value === "string" && name[0] !== "_" && name !== "csrfmiddlewaretoken") { out.push([name, value]); }
    });
    return out;
  }
  function own(page) {
    var box = document.getElementById("own-device");
    return Boolean(box && box.checked);
  }
  function keep(page) {
    var place = store(own(page));
    if (!place) { return; }
    try {
      place.setItem(page.dataset.draft, JSON.stringify({ at: Date.now(), since: page.dataset.since, values: values(page) }));
    } catch (_) { say(page.dataset.full); }
  }
  function fill(page, typed) {
    var byName = {};
    typed.forEach(function (pair) { (byName[pair[0]] = byName[pair[0]] || []).push(pair[1]); });
    var wanted = Object.keys(byName).map(function (name) { return /^l(\d+)-/.exec(name); }).filter(Boolean)
      .map(function (found) { return Number(found[1]); });
    var list = page.querySelector("[data-lines]");
    if (list) {
      var there = Array.from(list.querySelectorAll("[data-line]"));
      there.forEach(function (line) { if (wanted.indexOf(Number(line.dataset.line)) < 0) { line.remove(); } });
      wanted.filter(function (n, at) { return wanted.indexOf(n) === at; }).sort(function (a, b) { return a - b; })
        .forEach(function (n) { if (!list.querySelector('[data-line="' + n + '"]')) { addLine(page, n, true); } });
      count(page);
    }
    Array.from(page.elements).forEach(function (field) {
      if (!field.name || field.name[0] === "_" || field.name === "csrfmiddlewaretoken" || field.type === "file") { return; }
      var given = byName[field.name] || [];
      if (field.type === "radio" || field.type === "checkbox") { field.checked = given.indexOf(field.value) >= 0; }
      else if (given.length) { field.value = given[0]; chapter(field); }
    });
  }
  function same(one, other) { return JSON.stringify(one) === JSON.stringify(other); }

  /* --- lines ---------------------------------------------------------------------------------------------------- */
  function addLine(page, number, quiet) {
    var list = page.querySelector("[data-lines]");
    var pattern = document.getElementById("line-pattern");
    if (!list || !pattern) { return; }
    var last = Array.from(list.querySelectorAll("[data-line]")).reduce(function (most, line) {
      return Math.max(most, Number(line.dataset.line));
    }, 0);
    var n = number || last + 1;
    var holder = document.createElement("div");
    holder.innerHTML = pattern.innerHTML.replace(/__n__/g, String(n));
    var line = holder.firstElementChild;
    list.appendChild(line);
    if (!quiet) { count(page); line.querySelector("input, select").focus(); keep(page); }
  }
  /* The chapter that a product code belongs to stands below it while it is typed. */
  function chapter(field) {
    var place = field.parentNode && field.parentNode.querySelector("[data-chapter]");
    var known = document.getElementById("chapters");
    if (!place || !known) { return; }
    var option = known.querySelector('option[value="' + field.value.replace(/\D/g, "").slice(0, 2) + '"]');
    place.textContent = option ? option.textContent : "";
  }
  function count(page) {
    var lines = page.querySelectorAll("[data-line]");
    lines.forEach(function (line, at) { line.querySelector("[data-line-number]").textContent = String(at + 1); });
  }

  /* --- the page ------------------------------------------------------------------------------------------------- */
  function edited(page, start) {
    var quick = document.getElementById("filing-quick");
    if (quick) { quick.hidden = !same(values(page), start); }
  }
  function begin() {
    var done = document.querySelector("[data-sent-draft]");
    if (done) { forget(done.dataset.sentDraft); }
    var page = form();
    if (!page || page.dataset.begun) { return; }
    page.dataset.begun = "true";
    var start = values(page);
    var box = document.getElementById("own-device");
    var mine = "filing:own:" + page.dataset.person;
    try { box.checked = window.localStorage.getItem(mine) === "yes"; } catch (_) { /* asked again next time */ }
    document.getElementById("device-choice").hidden = false;

    var kept = [store(true), store(false)].map(function (place) { return place && read(place, page.dataset.draft); })
      .filter(function (one) { return one && one.since === page.dataset.since && Date.now() - one.at < OLD; })
      .sort(function (one, other) { return other.at - one.at; })[0];
    if (kept && page.dataset.answered !== "true" && !same(kept.values, start)) {
      fill(page, kept.values);
      var note = document.getElementById("filing-restored");
      document.querySelectorAll(".draft-offer").forEach(function (offer) { offer.hidden = offer !== note; });
      note.querySelector("time").textContent = new Date(kept.at).toLocaleString(document.documentElement.lang);
    } else if (!kept) { forget(page.dataset.draft); }
    edited(page, start);

    var waiting = null;
    function touched() {
      clearTimeout(waiting);
      waiting = setTimeout(function () { keep(page); edited(page, start); }, 250);
    }
    page.addEventListener("input", touched);
    page.addEventListener("input", function (event) { chapter(event.target); });
    page.addEventListener("change", touched);
    box.addEventListener("change", function () {
      try {
        if (box.checked) { window.localStorage.setItem(mine, "yes"); } else { window.localStorage.removeItem(mine); }
      } catch (_) { /* no storage */ }
      forget(page.dataset.draft);
      if (!same(values(page), start)) { keep(page); }
    });
    page.addEventListener("click", function (event) {
      var button = event.target.closest("button");
      if (!button || button.name !== "_do") { return; }
      if (button.value === "add_line") { event.preventDefault(); event.stopPropagation(); addLine(page); touched(); }
      if (button.value.indexOf("remove:") === 0) {
        event.preventDefault();
        event.stopPropagation();
        button.closest("[data-line]").remove();
        count(page);
        touched();
      }
    });
    if (!window.navigator.onLine) { say(page.dataset.offline); }
  }

  document.addEventListener("click", function (event) {
    if (!event.target.closest("[data-forget-draft]")) { return; }
    event.preventDefault();
    forget(form().dataset.draft);
    window.location.assign(window.location.pathname);
  });
  window.addEventListener("offline", function () { if (form()) { say(form().dataset.offline); } });
  window.addEventListener("online", function () { if (form()) { say(form().dataset.online); } });

  document.addEventListener("htmx:beforeRequest", function (event) {
    if (!form() || window.navigator.onLine) { return; }
    event.preventDefault();  /* the draft on the server waits as well */
    if (event.target !== form()) { return; }
    keep(form());
    say(form().dataset.unsent);
    document.getElementById("filing-state").scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("htmx:sendError", function (event) {
    if (event.target === form()) { keep(form()); say(form().dataset.unsent); }
  });
  document.addEventListener("htmx:beforeOnLoad", function (event) {
    if (event.target === form() && event.detail.xhr.getResponseHeader("HX-Redirect")) {
      var answer = event.detail.xhr.getResponseHeader("HX-Redirect");
      if (/\/sent\//.test(answer)) { forget(form().dataset.draft); } else { keep(form()); }
    }
  });
  /* What is at fault comes back as the form itself, with everything that was typed in it. */
  document.addEventListener("htmx:beforeSwap", function (event) {
    var status = event.detail.xhr.status;
    if (event.detail.target && event.detail.target.id === "filing" && (status === 422 || status === 409)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  document.addEventListener("htmx:afterSettle", function (event) {
    if (event.target.id !== "filing") { return; }
    begin();
    if (form()) { keep(form()); }
    var faults = document.getElementById("filing-faults");
    if (faults) { faults.focus(); faults.scrollIntoView({ block: "start" }); }
  });
  document.addEventListener("DOMContentLoaded", begin);
})();
