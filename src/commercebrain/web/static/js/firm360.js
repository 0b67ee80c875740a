/* A firm's months on one axis: exports with what was expected above, orders with the months they last below, signals and
   visits as marks between. A mark is a shape with words; no colour says anything alone. */
(function () {
  "use strict";
  var desk = window.deskCharts;
  if (!desk) { return; }

  desk.kinds.firm = function (data, c) {
    var w = data.words, option = desk.axes(c, data.labels, data.unit), series = [];
    var two = desk.any(data.actual) && desk.any(data.orders), last = two ? 1 : 0;
    if (two) {
      option.grid = [{ left: 64, right: 20, top: 56, height: "40%" }, { left: 64, right: 20, bottom: 28, height: "30%" }];
      option.xAxis = [
        Object.assign({}, option.xAxis, { axisLabel: { show: false }, axisTick: { show: false } }),
        Object.assign({}, option.xAxis, { gridIndex: 1 })
      ];
      option.yAxis = [
        Object.assign({}, option.yAxis, { scale: false }),
        Object.assign({}, option.yAxis, { scale: false, gridIndex: 1, name: data.orders_unit })
      ];
    } else {
      option.yAxis.scale = false;
      if (!desk.any(data.actual)) { option.yAxis.name = data.orders_unit; }
    }
    option.axisPointer = { link: [{ xAxisIndex: "all" }] };
    desk.band(series, w.band80, data.low80, data.high80, c.ink, 0.2);
    if (desk.any(data.actual)) {
      series.push({ name: w.actual, type: "bar", data: data.actual, barMaxWidth: 22, itemStyle: { color: c.ink, opacity: 0.75 } });
      series.push(desk.line(w.expected, data.expected, c.gold, { lineStyle: { color: c.gold, type: "dashed", width: 2 }, z: 4 }));
    }
    if (desk.any(data.orders)) {
      series.push({
        name: w.orders, type: "bar", xAxisIndex: last, yAxisIndex: last, data: data.orders, barMaxWidth: 22, itemStyle: { color: c.teal, opacity: 0.8 },
        label: { show: data.labels.length < 30, position: "top", color: c.text, fontSize: 10, formatter: function (hit) { return data.covers[hit.dataIndex] || ""; } },
        labelLayout: { hideOverlap: true }
      });
    }
    function marks(name, values, symbol, colour, of) {
      var points = values.map(function (value, i) { return value ? [data.labels[i], 0] : null; }).filter(Boolean);
      if (!points.length) { return; }
      series.push({ name: name, type: "scatter", data: points, symbol: symbol, symbolSize: 12, symbolOffset: [of, 0], itemStyle: { color: colour, borderColor: c.surface }, z: 6, tooltip: { show: false } });
    }
    marks(w.signals, data.signals, "diamond", c.text, 0);
    marks(w.visits, data.visits, "triangle", c.green, 9);
    option.series = series;
    option.legend.data = series.filter(function (one) { return one.name.slice(-1) !== " "; }).map(function (one) {
      return one.stack ? { name: one.name, icon: "rect" } : { name: one.name };
    });
    option.tooltip.formatter = function (hits) {
      var i = hits[0].dataIndex, at = data.labels.indexOf(hits[0].axisValue), rows;
      if (at >= 0) { i = at; }
      rows = [data.labels[i]];
      if (data.actual[i] !== null) { rows.push(w.actual + "  " + desk.told(data.actual[i]) + " " + data.unit); }
      if (data.expected[i] !== null) { rows.push(w.expected + "  " + desk.told(data.expected[i]) + " " + data.unit); }
      if (data.low80[i] !== null) { rows.push(w.band80 + "  " + desk.told(data.low80[i]) + "–" + desk.told(data.high80[i])); }
      if (data.orders[i] !== null) { rows.push(w.orders + "  " + desk.told(data.orders[i]) + " " + data.orders_unit); }
      if (data.covers[i]) { rows.push(w.cover + "  " + data.covers[i]); }
      if (data.signals[i]) { rows = rows.concat(data.signals[i][1].map(function (text) { return data.signals[i][0] + " " + text.slice(0, 60); })); }
      if (data.visits[i]) { rows.push(w.visits + "  " + data.visits[i]); }
      return rows.join("\n");
    };
    return option;
  };
}());
