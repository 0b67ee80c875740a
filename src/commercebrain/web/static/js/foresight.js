/* Pictures of foresight, drawn by charts.js: the fan of a series (outlook) and its components. */
(function () {
  "use strict";
  var desk = window.deskCharts;
  if (!desk) { return; }

  /* The intervals open at the last actual month, so that the fan grows out of the line. */
  function opened(values, actual) {
    var last = -1;
    actual.forEach(function (value, i) { if (value !== null) { last = i; } });
    return values.map(function (value, i) { return value === null && i === last ? actual[i] : value; });
  }

  /* outlook: {unit, labels, actual, expected, point, low80, high80, low95, high95, past: [[label, value]], words} */
  function outlook(data, c) {
    var option = desk.axes(c, data.labels, data.unit), words = data.words, series = [];
    var ahead = data.actual[data.actual.length - 1] === null;
    var before = data.actual.slice(0, -1); /* the interval of the last month opens at the month before it */
    function fan(values) { return opened(values, ahead ? data.actual : before); }
    /* What a short history does not have is no word of the legend either. */
    if (desk.any(data.low95)) { desk.band(series, words.band95, fan(data.low95), fan(data.high95), c.ink, 0.12); }
    if (desk.any(data.low80)) { desk.band(series, words.band80, fan(data.low80), fan(data.high80), c.ink, 0.22); }
    if (desk.any(data.expected)) { series.push(desk.line(words.expected, data.expected, c.gold, { lineStyle: { color: c.gold, type: "dashed", width: 1.5 } })); }
    if (desk.any(data.point)) {
      series.push(desk.line(words.point, fan(data.point), c.ink, { lineStyle: { color: c.ink, type: [6, 4], width: 2 }, symbol: "emptyCircle", symbolSize: 7 }));
    }
    series.push(desk.line(words.actual, data.actual, c.ink, { lineStyle: { color: c.ink, width: 2.5 }, symbol: "circle", symbolSize: 5, connectNulls: false, z: 5 }));
    if (data.past.length) {
      var dots = new Map(data.past);
      series.push({
        name: words.past, type: "scatter", symbol: "diamond", symbolSize: 9, z: 6,
        itemStyle: { color: c.surface, borderColor: c.violet, borderWidth: 2 },
        data: data.labels.map(function (label) { return dots.has(label) ? dots.get(label) : null; })
      });
    }
    option.series = series;
    option.legend.type = "scroll"; /* on a small screen one line, not three over the picture */
    option.legend.pageIconColor = c.ink;
    option.legend.pageTextStyle = { color: c.text };
    option.legend.data = series.filter(function (one) { return one.name.slice(-1) !== " "; }).map(function (one) {
      return one.stack ? { name: one.name, icon: "rect" } : { name: one.name };
    });
    option.tooltip.formatter = function (hits) {
      var i = hits[0].dataIndex, dots = new Map(data.past), label = data.labels[i];
      var rows = [[words.actual, data.actual[i]], [words.expected, data.expected[i]], [words.point, data.point[i]], [words.past, dots.get(label)]]
        .filter(function (row) { return row[1] !== null && row[1] !== undefined; })
        .map(function (row) { return row[0] + "  " + desk.told(row[1]) + " " + data.unit; });
      if (data.low80[i] !== null) { rows.push(words.band80 + "  " + desk.told(data.low80[i]) + "–" + desk.told(data.high80[i])); }
      if (data.low95[i] !== null) { rows.push(words.band95 + "  " + desk.told(data.low95[i]) + "–" + desk.told(data.high95[i])); }
      return [label].concat(rows).join("\n");
    };
    return option;
  }

  /* A factor as per cent: 1.07 → +7%; effects below a hundredth with two places. */
  function share(value) {
    var by = (value - 1) * 100, places = Math.abs(by) < 1 ? 100 : 10;
    var rounded = Math.round(by * places) / places;
    return (rounded > 0 ? "+" : rounded < 0 ? "−" : "") + Math.abs(rounded) + "%";
  }

  /* components: {unit, labels, value, value_name, parts: [{name, factor, values}], shifts, outliers, words} */
  function components(data, c) {
    var option = desk.axes(c, data.labels, data.unit), count = data.parts.length;
    var heights = [30, 15, 15, 15, 15], top = 6, grids = [], xs = [], ys = [], titles = [], series = [];
    var tones = [c.ink, c.green, c.gold, c.teal, c.none];
    data.parts.forEach(function (part, n) {
      grids.push({ left: 64, right: 20, top: top + "%", height: (heights[n] - 6) + "%", containLabel: false });
      titles.push({ text: part.name + (part.factor ? " ×" : ""), left: 8, top: (top - 4.2) + "%", textStyle: { color: c.text, fontSize: 12, fontWeight: 600 } });
      xs.push({
        type: "category", gridIndex: n, data: data.labels, axisLabel: { show: n === count - 1, color: c.quiet },
        axisTick: { show: n === count - 1 }, axisLine: { lineStyle: { color: c.line }, onZero: false }
      });
      ys.push({
        type: "value", gridIndex: n, scale: true, splitNumber: n ? 2 : 4, splitLine: { lineStyle: { color: c.line } },
        axisLabel: { color: c.quiet, hideOverlap: true, formatter: part.factor ? share : desk.told }
      });
      if (n === 0) {
        series.push(Object.assign(desk.line(data.value_name, data.value, c.quiet, { lineStyle: { color: c.quiet, width: 1.2 }, connectNulls: false }), { xAxisIndex: 0, yAxisIndex: 0 }));
      }
      var marks = n === 0 ? data.shifts.map(function (label) {
        return { xAxis: label, label: { formatter: data.words.shift, color: c.text, fontSize: 11 }, lineStyle: { color: c.violet, type: "dashed" } };
      }) : n === count - 1 ? data.outliers.map(function (label) {
        return { xAxis: label, label: { show: false }, lineStyle: { color: c.violet, type: "dotted" } };
      }) : [];
      series.push(Object.assign(desk.line(part.name, part.values, tones[n], {
        lineStyle: { color: tones[n], width: n ? 1.6 : 2.4 }, connectNulls: false,
        markLine: marks.length ? { symbol: "none", silent: true, animation: false, data: marks } : undefined
      }), { xAxisIndex: n, yAxisIndex: n }));
      top += heights[n] + 2;
    });
    option.grid = grids;
    option.xAxis = xs;
    option.yAxis = ys;
    option.title = titles;
    option.legend.show = false;
    option.axisPointer = { link: [{ xAxisIndex: "all" }] };
    option.series = series;
    option.tooltip.formatter = function (hits) {
      var i = hits[0].dataIndex, rows = [data.labels[i]];
      if (data.value[i] !== null) { rows.push(data.value_name + "  " + desk.told(data.value[i]) + " " + data.unit); }
      data.parts.forEach(function (part) {
        var value = part.values[i];
        if (value !== null) { rows.push(part.name + "  " + (part.factor ? share(value) : desk.told(value))); }
      });
      if (data.shifts.indexOf(data.labels[i]) >= 0) { rows.push(data.words.shift); }
      if (data.outliers.indexOf(data.labels[i]) >= 0) { rows.push(data.words.outlier); }
      return rows.join("\n");
    };
    return option;
  }

  desk.kinds.outlook = outlook;
  desk.kinds.components = components;
})();
