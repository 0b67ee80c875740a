// The map of the cockpit: boundaries come as a static file, states from the page. A state is told by its word in the
// label and by a pattern, not only by its colour. Without geometry the table beside it says the same.
"use strict";
(function () {
  const PATTERNS = {
    met: null,
    on_path: null,
    at_risk: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 6], rotation: Math.PI / 4 },
    off_path: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [3, 4], rotation: -Math.PI / 4 },
    not_measurable: { symbol: "circle", dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [6, 0], symbolSize: 0.5 },
  };

  const TONES = {
    met: "--state-met",
    on_path: "--state-on",
    at_risk: "--state-risk",
    off_path: "--state-off",
    not_measurable: "--state-none",
  };

  function tone(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function draw(element, told, boundaries) {
    echarts.registerMap("place", boundaries);
    const chart = echarts.getInstanceByDom(element) || echarts.init(element, null, { renderer: "svg" });
    const known = new Map(told.regions.map((region) => [region.code, region]));
    const codes = new Map(boundaries.features.map((feature) => [feature.properties.name, feature.properties.code]));
    const data = boundaries.features.map((feature) => {
      const region = known.get(feature.properties.code);
      if (!region) {
        return { name: feature.properties.name, itemStyle: { areaColor: tone("--map-plain") } };
      }
      const pattern = PATTERNS[region.state];
      return {
        name: feature.properties.name,
        itemStyle: {
          areaColor: tone(TONES[region.state]) || tone("--map-plain"),
          decal: pattern ? { color: "rgba(255,255,255,0.55)", ...pattern } : { symbol: "none" },
        },
        emphasis: { itemStyle: { areaColor: tone(TONES[region.state]) } },
      };
    });
    chart.setOption({
      tooltip: {
        trigger: "item",
        renderMode: "richText",
        formatter: (hit) => {
          const region = known.get(codes.get(hit.name));
          return region ? region.name + "\n" + region.line : hit.name + "\n" + told.none;
        },
      },
      aria: { enabled: true },
      series: [
        {
          type: "map",
          map: "place",
          roam: false,
          selectedMode: false,
          layoutCenter: ["50%", "50%"],
          layoutSize: "100%",
          data: data,
          label: {
            show: true,
            color: tone("--tblr-body-color"),
            fontSize: 11,
            textBorderColor: tone("--tblr-bg-surface"),
            textBorderWidth: 2,
            formatter: (hit) => {
              const region = known.get(codes.get(hit.name));
              return region ? region.name + "\n" + region.word : (told.names[codes.get(hit.name)] || hit.name);
            },
          },
          itemStyle: { borderColor: tone("--tblr-border-color-active") || "#8aa" },
        },
      ],
    });
    chart.off("click"); // drawn anew when the theme changes
    chart.on("click", (hit) => {
      const region = known.get(codes.get(hit.name));
      if (region && region.url) {
        window.location.assign(region.url);
      }
    });
    window.addEventListener("resize", () => chart.resize());
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-map]").forEach((element) => {
      const told = JSON.parse(document.getElementById(element.dataset.source).textContent);
      fetch(element.dataset.map)
        .then((answer) => answer.json())
        .then((boundaries) => {
          draw(element, told, boundaries);
          new MutationObserver(() => draw(element, told, boundaries)).observe(document.documentElement, {
            attributes: true,
            attributeFilter: ["data-bs-theme"],
          });
        })
        .catch(() => {
          element.textContent = element.dataset.failed || "";
        })
        .finally(() => {
          element.dataset.drawn = "true";
          if (!document.querySelector('[data-chart="map"]:not([data-drawn])')) {
            document.body.dataset.ready = "true";
          }
        });
    });
  });
})();
