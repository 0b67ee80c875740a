/* Charts: an element names its kind (data-chart) and the JSON it is drawn from (data-source). SVG, no inline style of
   ours; tooltips as rich text. The page is ready (body[data-ready]) when all of them are drawn. */
(function () {
  "use strict";
  if (!window.echarts) { return; }
  var drawn = [];

  function tone(name, other) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || other;
  }

  function colours() {
    return {
      text: tone("--tblr-body-color", "#222"), quiet: tone("--tblr-secondary", "#667"),
      line: tone("--tblr-border-color", "#ccd"), ink: tone("--tblr-primary", "#1b5e8c"),
      gold: tone("--desk-gold", "#b98a1d"), green: tone("--state-met", "#14683c"), none: tone("--state-none", "#667"),
      rose: "#c2566f", violet: "#7e6bb5", teal: "#2c9c9a", brown: "#a0703c", surface: tone("--tblr-bg-surface", "#fff")
    };
  }

  function told(value) {
    if (value === null || value === undefined || isNaN(value)) { return "—"; }
    return Number(value).toLocaleString("en-US", { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1 }).replace("-", "−");
  }

  function axes(c, labels, unit) {
    return {
      animation: false,
      textStyle: { color: c.text, fontFamily: getComputedStyle(document.body).fontFamily },
      aria: { enabled: true },
      grid: { left: 12, right: 28, top: 54, bottom: 12, containLabel: true },
      legend: { top: 0, left: 0, textStyle: { color: c.text }, itemWidth: 22 },
      xAxis: { type: "category", data: labels, axisLabel: { color: c.quiet }, axisLine: { lineStyle: { color: c.line } } },
      yAxis: {
        type: "value", scale: true, name: unit, nameLocation: "end", nameTextStyle: { color: c.quiet, align: "left" }, nameGap: 10,
        axisLabel: { color: c.quiet, formatter: told }, splitLine: { lineStyle: { color: c.line } }
      },
      tooltip: { trigger: "axis", renderMode: "richText", confine: true, valueFormatter: told }
    };
  }

  function any(values) { return values && values.some(function (value) { return value !== null; }); }

  function line(name, values, colour, more) {
    return Object.assign({
      name: name, type: "line", data: values, symbol: "none", color: colour, lineStyle: { color: colour, width: 1.5 }, connectNulls: true
    }, more || {});
  }

  /* The edges of a band run straight over years that have none of their own: a stacked area would fall to zero there. */
  function between(values) {
    return values.map(function (value, i) {
      var a = i, b = i;
      while (a >= 0 && values[a] === null) { a -= 1; }
      while (b < values.length && values[b] === null) { b += 1; }
      if (value !== null || a < 0 || b === values.length) { return value; }
      return values[a] + (values[b] - values[a]) * (i - a) / (b - a);
    });
  }

  /* A band is two stacked areas: the lower edge unseen, the width of the band on it. */
  function band(series, name, low, high, colour, opacity) {
    if (!any(low) || !any(high)) { return; }
    var width = low.map(function (value, i) { return value === null || high[i] === null ? null : high[i] - value; });
    var shown = { type: "line", stack: name, stackStrategy: "all", symbol: "none", silent: true, connectNulls: true, lineStyle: { opacity: 0 }, tooltip: { show: false } };
    series.push(Object.assign({ name: name + " ", data: low, areaStyle: { opacity: 0 } }, shown));
    series.push(Object.assign({ name: name, data: width, itemStyle: { color: colour, opacity: opacity * 2 }, areaStyle: { color: colour, opacity: opacity } }, shown));
  }

  function path(data, c) {
    var option = axes(c, data.years.map(String), data.unit);
    var words = data.words;
    var series = [];
    var last = -1;
    data.actual.forEach(function (value, i) { if (value !== null) { last = i; } });
    /* The fan opens at the last actual figure. */
    function fan(values) { return values.map(function (value, i) { return value === null && i === last ? data.actual[i] : value; }); }
    if (any(data.high95)) { band(series, words.band95, between(fan(data.low95)), between(fan(data.high95)), c.ink, 0.12); }
    if (any(data.high80)) { band(series, words.band80, between(fan(data.low80)), between(fan(data.high80)), c.ink, 0.22); }
    if (any(data.straight)) { series.push(line(words.straight, data.straight, c.quiet, { lineStyle: { color: c.quiet, type: "dashed", width: 1.5 } })); }
    if (any(data.growth)) { series.push(line(words.growth, data.growth, c.quiet, { lineStyle: { color: c.quiet, type: "dotted", width: 1.5 } })); }
    if (any(data.agreed)) { series.push(line(words.agreed, data.agreed, c.green, { lineStyle: { color: c.green, type: "dashed", width: 2 } })); }
    if (any(data.forecast)) {
      series.push(line(words.forecast, fan(data.forecast), c.ink, { lineStyle: { color: c.ink, type: [6, 4], width: 2 }, symbol: "emptyCircle", symbolSize: 7 }));
    }
    var missing = (data.missing || []).map(function (year) {
      return { xAxis: String(year), label: { formatter: words.missing, color: c.quiet, position: "insideStartTop" }, lineStyle: { color: c.quiet, type: "dotted" } };
    });
    series.push(line(words.actual, data.actual, c.ink, {
      lineStyle: { color: c.ink, width: 3 }, symbol: "circle", symbolSize: 8, connectNulls: false, z: 5,
      markLine: {
        symbol: "none", silent: true, animation: false,
        data: (data.target === null ? [] : [{ yAxis: data.target, label: { formatter: words.target + " " + told(data.target), color: c.text, position: "insideEndBottom" }, lineStyle: { color: c.gold, width: 2.5, type: "solid" } }]).concat(missing)
      }
    }));
    option.series = series;
    option.legend.data = series.filter(function (one) { return one.name.slice(-1) !== " "; }).map(function (one) {
      return one.stack ? { name: one.name, icon: "rect" } : { name: one.name };
    });
    if (data.target !== null) {
      option.yAxis.max = function (range) { return range.max < data.target ? data.target * 1.05 : undefined; };
      option.yAxis.min = function (range) { return range.min > data.target && data.target > 0 ? data.target * 0.9 : undefined; };
    }
    option.tooltip.formatter = function (hits) {
      var i = hits[0].dataIndex;
      var rows = [[words.actual, data.actual[i]], [words.straight, data.straight[i]], [words.growth, data.growth[i]], [words.agreed, data.agreed[i]], [words.forecast, data.forecast[i]]]
        .filter(function (row) { return row[1] !== null; })
        .map(function (row) { return row[0] + "  " + told(row[1]) + " " + data.unit; });
      if (data.low80[i] !== null) { rows.push(words.band80 + "  " + told(data.low80[i]) + "–" + told(data.high80[i])); }
      if (data.missing.indexOf(data.years[i]) >= 0) { rows.push(words.missing); }
      return [String(data.years[i])].concat(rows).join("\n");
    };
    return option;
  }

  function season(data, c) {
    var option = axes(c, data.labels, data.unit);
    option.yAxis.scale = false;
    var series = [], last = -1;
    data.actual.forEach(function (value, i) { if (value !== null) { last = i; } });
    /* The fan of the months to come opens at the last month that is known. */
    function fan(values) { return values.map(function (value, i) { return value === null && i === last ? data.actual[i] : value; }); }
    if (any(data.forecast)) {
      band(series, data.words.band80, fan(data.low80), fan(data.high80), c.ink, 0.22);
      series.push(line(data.words.forecast, fan(data.forecast), c.ink, { lineStyle: { color: c.ink, type: [6, 4], width: 2 }, connectNulls: false }));
    }
    series.push(line(data.words.expected, data.expected, c.quiet, { lineStyle: { color: c.quiet, type: "dashed", width: 1.5 } }));
    series.push(line(data.words.actual, data.actual, c.ink, { lineStyle: { color: c.ink, width: 3 }, symbol: "circle", symbolSize: 7, connectNulls: false }));
    option.series = series;
    return named(option, data);
  }

  /* The legend without the lower edges of bands; the tooltip tells a band as from – to. */
  function named(option, data) {
    option.legend.data = option.series.filter(function (one) { return one.name.slice(-1) !== " "; }).map(function (one) {
      return one.stack ? { name: one.name, icon: "rect" } : { name: one.name };
    });
    var rows = ["actual", "expected", "landing", "forecast"].filter(function (key) { return data[key]; });
    option.tooltip.formatter = function (hits) {
      var i = hits[0].dataIndex;
      var told_ = rows.filter(function (key) { return data[key][i] !== null; }).map(function (key) { return data.words[key] + "  " + told(data[key][i]) + " " + data.unit; });
      if (data.low80 && data.low80[i] !== null) { told_.push(data.words.band80 + "  " + told(data.low80[i]) + "–" + told(data.high80[i])); }
      return [data.labels[i]].concat(told_).join("\n");
    };
    return option;
  }

  /* moved: a landing and its band as figures came out, and the promise */
  function moved(data, c) {
    var option = axes(c, data.labels, data.unit);
    var series = [];
    band(series, data.words.band80, data.low80, data.high80, c.ink, 0.22);
    series.push(line(data.words.landing, data.landing, c.ink, {
      lineStyle: { color: c.ink, width: 3 }, symbol: "circle", symbolSize: 7,
      markLine: data.target === null ? undefined : {
        symbol: "none", silent: true, animation: false,
        data: [{ yAxis: data.target, label: { formatter: data.words.target + " " + told(data.target), color: c.text, position: "insideEndBottom" }, lineStyle: { color: c.gold, width: 2.5, type: "solid" } }]
      }
    }));
    option.series = series;
    if (data.target !== null) {
      option.yAxis.max = function (range) { return range.max < data.target ? data.target * 1.05 : undefined; };
      option.yAxis.min = function (range) { return range.min > data.target && data.target > 0 ? data.target * 0.95 : undefined; };
    }
    return named(option, data);
  }

  /* lines: {unit, lines: [{name, points: [[label, value], …]}], labels: in their order, where the data knows it} */
  function lines(data, c) {
    var labels = [];
    data.lines.forEach(function (one) { one.points.forEach(function (point) { if (labels.indexOf(point[0]) < 0) { labels.push(point[0]); } }); });
    if (data.labels) { labels = data.labels; } else { labels.sort(); }
    var option = axes(c, labels, data.unit);
    var tones = [c.ink, c.gold, c.green, c.none, c.rose, c.violet, c.teal, c.brown];
    option.series = data.lines.map(function (one, n) {
      var known = new Map(one.points);
      var values = labels.map(function (label) { return known.has(label) ? known.get(label) : null; });
      return line(one.name, values, tones[n % tones.length], { connectNulls: !data.labels, symbol: ["circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect", "emptyTriangle", "emptyDiamond"][n % 8], symbolSize: 6, lineStyle: { color: tones[n % tones.length], width: 2 } });
    });
    return option;
  }

  /* bar: {unit, labels, values, name} */
  function bar(data, c) {
    var option = axes(c, data.labels, data.unit);
    option.yAxis.scale = false;
    option.series = [{ name: data.name || data.unit, type: "bar", data: data.values, color: c.ink, barMaxWidth: 36 }];
    return option;
  }

  /* bars: {unit, name, labels, values}, lying, the largest on top */
  function bars(data, c) {
    var option = bar({ labels: data.labels.slice().reverse(), values: data.values.slice().reverse(), unit: data.unit, name: data.name }, c);
    var value = option.yAxis;
    option.yAxis = Object.assign(option.xAxis, { axisLabel: { color: c.quiet, width: Math.min(200, window.innerWidth / 3.5), overflow: "truncate", interval: 0 } });
    option.legend.show = false;
    option.grid.top = 12;
    option.xAxis = Object.assign(value, { nameLocation: "end", nameTextStyle: { color: c.quiet }, splitNumber: window.innerWidth < 600 ? 3 : 4 });
    option.xAxis.axisLabel = Object.assign({}, value.axisLabel, { hideOverlap: true });
    option.grid.right = 60;
    return option;
  }

  /* Shades for numbers: pale to strong; where some are below zero, gold for those. */
  function shades(values, unit, c) {
    var known = values.filter(function (value) { return value !== null; });
    var low = Math.min.apply(null, known), high = Math.max.apply(null, known);
    var dark = document.documentElement.getAttribute("data-bs-theme") === "dark";
    var pale = dark ? "#22303f" : "#e6eef5", strong = dark ? "#2f7fb8" : "#5b9bc8", below = dark ? "#8a6a1d" : "#e2b965";
    var edge = Math.max(Math.abs(low), Math.abs(high));
    return {
      min: low < 0 ? -edge : low, max: low < 0 ? edge : high, orient: "horizontal", left: "center", bottom: 0, itemHeight: 120,
      text: [unit, ""], textStyle: { color: c.text }, inRange: { color: low < 0 ? [below, pale, strong] : [pale, strong] }, formatter: told
    };
  }

  /* map: the cities of a province where they lie; {boundaries, codes, labels, values, failed} */
  function map(data, c, element) {
    if (!window.echarts.getMap(data.boundaries)) {
      fetch(data.boundaries).then(function (answer) { return answer.json(); }).then(function (boundaries) {
        window.echarts.registerMap(data.boundaries, boundaries);
        draw(element);
      }).catch(function () { element.textContent = data.failed; });
      return null;
    }
    var features = window.echarts.getMap(data.boundaries).geoJSON.features;
    var told_ = new Map(data.codes.map(function (code, i) { return [code, [data.labels[i], data.values[i]]]; }));
    var places = new Map(features.map(function (one) { return [one.properties.name, told_.get(one.properties.code)]; }));
    function words(hit) { var found = places.get(hit.name); return found ? found[0] + "\n" + told(found[1]) : hit.name; }
    return {
      animation: false, aria: { enabled: true }, textStyle: { color: c.text, fontFamily: getComputedStyle(document.body).fontFamily },
      visualMap: shades(data.values, data.unit, c),
      tooltip: { renderMode: "richText", confine: true, formatter: function (hit) { return words(hit) + " " + data.unit; } },
      series: [{
        name: data.name, type: "map", map: data.boundaries, roam: false, selectedMode: false, layoutCenter: ["50%", "46%"], layoutSize: "86%",
        itemStyle: { borderColor: c.line, areaColor: c.surface },
        label: { show: true, color: c.text, fontSize: 11, textBorderColor: c.surface, textBorderWidth: 2, formatter: words },
        data: features.map(function (one) { var found = told_.get(one.properties.code); return { name: one.properties.name, value: found ? found[1] : NaN }; })
      }]
    };
  }

  /* tiles: the places of a city as squares; each says its name and its number, the shade follows the number */
  function tiles(data, c) {
    var wide = Math.ceil(Math.sqrt(data.codes.length * 1.5));
    var places = data.codes.map(function (code, i) { return [code, data.labels[i], data.values[i]]; })
      .sort(function (a, b) { return a[0] < b[0] ? -1 : 1; });
    var high = Math.floor((places.length - 1) / wide) + 1;
    return {
      animation: false, aria: { enabled: true }, textStyle: { color: c.text, fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 8, right: 8, top: 8, bottom: 44 },
      xAxis: { type: "category", show: false, data: Array.from({ length: wide }, function (_x, i) { return i; }) },
      yAxis: { type: "category", show: false, inverse: true, data: Array.from({ length: high }, function (_x, i) { return i; }) },
      visualMap: shades(data.values, data.unit, c),
      tooltip: { renderMode: "richText", confine: true, formatter: function (hit) { var p = places[hit.dataIndex]; return p[1] + "\n" + told(p[2]) + " " + data.unit; } },
      series: [{
        name: data.name, type: "heatmap", itemStyle: { borderColor: c.line, borderWidth: 3 },
        data: places.map(function (p, i) { return [i % wide, Math.floor(i / wide), p[2]]; }),
        label: {
          show: true, color: c.text, fontSize: 13, lineHeight: 19,
          formatter: function (hit) { var p = places[hit.dataIndex]; return p[1] + "\n" + told(p[2]); }
        }
      }]
    };
  }

  /* treemap: {unit, tree: [{name, value | children}]} */
  function treemap(data, c) {
    return {
      animation: false, aria: { enabled: true }, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      tooltip: { renderMode: "richText", confine: true, formatter: function (hit) { return hit.name + "\n" + told(hit.value) + " " + data.unit; } },
      series: [{
        type: "treemap", data: data.tree, roam: false, nodeClick: false, breadcrumb: { show: false }, left: 0, right: 0, top: 0, bottom: 0,
        color: [c.ink, c.green, c.violet, c.teal, c.rose, c.brown, "#566b80", "#8a6d1f"],
        label: { formatter: function (hit) { return hit.name + "\n" + told(hit.value); }, fontSize: 12, color: "#fff" },
        upperLabel: { show: true, height: 22, color: c.text, formatter: function (hit) { return hit.name ? hit.name + "  " + told(hit.value) : ""; } }, levels: [{ itemStyle: { gapWidth: 3, color: "transparent", borderColor: "transparent" } }, { itemStyle: { gapWidth: 1, borderColor: c.line, borderWidth: 2 } }]
      }]
    };
  }

  /* A small chart beside its own sentence: no legend, no words at missing years (the tooltip has them). */
  function compact(option) {
    option.legend.show = false;
    option.grid.top = 30;
    option.series.forEach(function (one) {
      if (one.markLine) { one.markLine.data = one.markLine.data.filter(function (mark) { return "yAxis" in mark; }); }
    });
  }

  var KINDS = { path: path, fan: path, season: season, moved: moved, lines: lines, bar: bar, bars: bars, tiles: tiles, treemap: treemap, map: map };

  /* Files of one area add kinds of their own and draw with the same hand. */
  window.deskCharts = { kinds: KINDS, axes: axes, line: line, band: band, any: any, told: told };

  /* With a view box the print style can scale the drawing to the paper. */
  function fit(element, chart) {
    var svg = element.querySelector("svg");
    if (svg) { svg.setAttribute("viewBox", "0 0 " + chart.getWidth() + " " + chart.getHeight()); }
  }

  function draw(element) {
    var source = document.getElementById(element.dataset.source);
    var make = KINDS[element.dataset.chart];
    if (!source || !make) { return; }
    var chart = window.echarts.getInstanceByDom(element) || window.echarts.init(element, null, { renderer: "svg" });
    var option = make(JSON.parse(source.textContent), colours(), element);
    if (!option) { return; } /* it draws itself when its boundaries have come */
    if ("compact" in element.dataset) { compact(option); }
    chart.setOption(option, true);
    fit(element, chart);
    if (drawn.indexOf(element) < 0) { drawn.push(element); }
  }

  function all() {
    document.querySelectorAll("[data-chart]:not([data-map])").forEach(draw);
    /* A map of states draws itself and says so when its boundaries have come. */
    if (!document.querySelector('[data-map]:not([data-drawn])')) { document.body.dataset.ready = "true"; }
  }

  /* The picture as a file: drawn once more on a canvas of twice the size, out of sight. */
  window.deskPicture = function (element) {
    var chart = window.echarts.getInstanceByDom(element);
    if (!chart) { return null; }
    var aside = document.createElement("canvas");
    aside.width = chart.getWidth();
    aside.height = chart.getHeight();
    var copy = window.echarts.init(aside, null, { renderer: "canvas", width: chart.getWidth(), height: chart.getHeight(), devicePixelRatio: 2 });
    copy.setOption(Object.assign({ backgroundColor: tone("--tblr-bg-surface", "#fff") }, chart.getOption()));
    var address = aside.toDataURL("image/png");
    copy.dispose();
    return address;
  };

  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("desk:theme", function () { drawn.forEach(draw); });
  document.addEventListener("htmx:afterSettle", all);
  window.addEventListener("resize", function () {
    drawn.forEach(function (element) { var chart = window.echarts.getInstanceByDom(element); if (chart) { chart.resize(); fit(element, chart); } });
  });
})();
