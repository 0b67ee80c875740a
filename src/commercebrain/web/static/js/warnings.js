/* Warnings by keyboard, the threshold slider of a rule, and the course of orders as a picture. */
(function () {
  "use strict";

  /* --- keyboard: j and k, a, c, f, n on a card; j, k and Enter through the rows of the list ------------------------- */
  function follow(what) {
    var link = document.querySelector("[data-signal-" + what + "]");
    if (link) { link.click(); }
    return Boolean(link);
  }

  function focus(id) {
    var field = document.getElementById(id);
    if (field) { field.focus(); field.scrollIntoView({ block: "nearest" }); }
    return Boolean(field);
  }

  function rows() { return Array.prototype.slice.call(document.querySelectorAll("#list tbody tr a[href^='/warnings/']")); }

  function walk(by) {
    var links = rows();
    if (!links.length) { return false; }
    var place = links.indexOf(document.activeElement) + by;
    if (place < 0) { place = by > 0 ? 0 : links.length - 1; }
    links[Math.min(place, links.length - 1)].focus();
    return true;
  }

  var KEYS = {
    j: function () { return follow("next") || walk(1); },
    k: function () { return follow("previous") || walk(-1); },
    c: function () { return follow("case"); },
    a: function () { return focus("ack-sentence"); },
    f: function () { return focus("false-sentence"); },
    n: function () { return focus("note-sentence"); }
  };

  document.addEventListener("keydown", function (event) {
    if (event.target.closest("input, textarea, select, dialog, [contenteditable]")) {
      if (event.key === "Escape") { event.target.blur(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) { return; }
    if (KEYS[event.key]()) { event.preventDefault(); }
  });

  /* --- the slider: it only picks among what the back-test computed; every value stands in text beside it ------------ */
  function slide(box) {
    var slider = box.querySelector("input[type=range]"), points = JSON.parse(document.getElementById(box.dataset.source).textContent);
    var said = box.querySelector("[data-slider-said]"), hidden = box.querySelectorAll("[data-slider-value]");
    function show() {
      var point = points[Number(slider.value)];
      slider.setAttribute("aria-valuetext", point.said);
      said.textContent = point.said;
      hidden.forEach(function (field) { field.value = point.value; });
      Object.keys(point.told).forEach(function (key) {
        var cell = box.querySelector("[data-slider-" + key + "]");
        if (cell) { cell.textContent = point.told[key]; }
      });
      document.querySelectorAll("[data-curve-row]").forEach(function (row) {
        if (row.dataset.curveRow === String(slider.value)) { row.setAttribute("aria-current", "true"); } else { row.removeAttribute("aria-current"); }
      });
    }
    slider.addEventListener("input", show);
    box.querySelectorAll("[data-slider-step]").forEach(function (button) {
      button.addEventListener("click", function () {
        slider.value = Math.max(0, Math.min(points.length - 1, Number(slider.value) + Number(button.dataset.sliderStep)));
        show();
      });
    });
    show();
  }
  document.querySelectorAll("[data-slider]").forEach(slide);

  /* --- orders in hand: columns, with the months that they last written above each ----------------------------------- */
  var desk = window.deskCharts;
  if (!desk) { return; }
  desk.kinds.orders = function (data, c) {
    var option = desk.axes(c, data.labels, data.unit);
    option.yAxis.scale = false;
    option.legend.show = false;
    option.series = [{
      name: data.name, type: "bar", barMaxWidth: 40, itemStyle: { color: c.ink },
      data: data.values,
      label: { show: true, position: "top", color: c.text, fontSize: 11, formatter: function (hit) { return data.covers[hit.dataIndex] || ""; } }
    }];
    option.tooltip.formatter = function (hits) {
      var i = hits[0].dataIndex, value = data.values[i];
      return [data.labels[i], data.name + "  " + (value === null ? data.none : desk.told(value) + " " + data.unit), data.covers[i]].filter(Boolean).join("\n");
    };
    return option;
  };
}());
