// Draws the charts of a page from the JSON beside them. Without this file the tables are there.
(function () {
  "use strict";
  if (!window.echarts) return;

  function token(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

  function money(value) {
    var sign = value < 0 ? "-" : "";
    return sign + "¥" + Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  }

  function days(data) {
    var scaled = function (amounts) { return amounts.map(function (a) { return Number(a) / data.unitSize; }); };
    return {
      animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      animationDuration: 300,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 4, right: 4, top: 46, bottom: 2, containLabel: true },
      legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 3, icon: "rect", textStyle: { color: token("--ink-soft"), fontSize: 12 } },
      tooltip: {
        trigger: "axis", confine: true, backgroundColor: token("--card"), borderColor: token("--line"),
        textStyle: { color: token("--ink"), fontSize: 12 },
        valueFormatter: function (value) { return money(value * data.unitSize); }
      },
      xAxis: {
        type: "category", data: data.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line") } },
        axisLabel: { color: token("--ink-soft"), fontSize: 11, hideOverlap: true }
      },
      yAxis: {
        type: "value", name: data.unit, nameTextStyle: { color: token("--ink-soft"), fontSize: 11, align: "left", padding: [0, 0, 0, -24] }, nameGap: 8,
        axisLabel: { color: token("--ink-soft"), fontSize: 11 }, splitLine: { lineStyle: { color: token("--line") } }
      },
      series: [
        { name: data.nowName, type: "bar", data: scaled(data.now), barMaxWidth: 14, itemStyle: { color: token("--accent"), borderRadius: [3, 3, 0, 0] } },
        { name: data.beforeName, type: "line", data: scaled(data.before), symbol: "none", lineStyle: { color: token("--gold-mark"), width: 1.5 }, itemStyle: { color: token("--gold-mark") } }
      ]
    };
  }

  function scores(data) {
    return {
      animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      animationDuration: 300,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 4, right: 8, top: 14, bottom: 2, containLabel: true },
      tooltip: { trigger: "axis", confine: true, backgroundColor: token("--card"), borderColor: token("--line"), textStyle: { color: token("--ink"), fontSize: 12 } },
      xAxis: {
        type: "category", data: data.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line") } },
        axisLabel: { color: token("--ink-soft"), fontSize: 11, hideOverlap: true }
      },
      yAxis: { type: "value", min: 0, max: 100, axisLabel: { color: token("--ink-soft"), fontSize: 11 }, splitLine: { lineStyle: { color: token("--line") } } },
      series: [{
        name: data.name, type: "line", connectNulls: false, symbolSize: 6,
        data: data.scores.map(function (one) { return one === null ? null : Number(one); }),
        lineStyle: { color: token("--accent"), width: 2 }, itemStyle: { color: token("--accent") }
      }]
    };
  }

  function base() {
    return {
      animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      animationDuration: 300,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily }
    };
  }

  function tip(trigger) {
    return { trigger: trigger, confine: true, backgroundColor: token("--card"), borderColor: token("--line"), textStyle: { color: token("--ink"), fontSize: 12 } };
  }

  // Shares in percent side by side: each layer's part of the buyers, of the spend, of the margin.
  function layers(data) {
    var colours = ["--ink-soft", "--accent", "--gold-mark"];
    return Object.assign(base(), {
      grid: { left: 4, right: 30, top: 34, bottom: 2, containLabel: true },
      legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 8, textStyle: { color: token("--ink-soft"), fontSize: 12 } },
      tooltip: Object.assign(tip("axis"), { valueFormatter: function (value) { return value + " %"; } }),
      xAxis: { type: "value", max: 100, axisLabel: { color: token("--ink-soft"), fontSize: 11, formatter: "{value} %" }, splitLine: { lineStyle: { color: token("--line") } } },
      yAxis: { type: "category", inverse: true, data: data.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line") } }, axisLabel: { color: token("--ink"), fontSize: 12 } },
      series: data.series.map(function (one, place) {
        return {
          name: one.name, type: "bar", data: one.values.map(Number), barMaxWidth: 12,
          itemStyle: { color: token(colours[place]) || token("--ink-soft"), borderRadius: [0, 3, 3, 0] },
          label: { show: true, position: "right", color: token("--ink-soft"), fontSize: 11, formatter: "{c} %" }
        };
      })
    });
  }

  // From the layers of an earlier day to those of a later one.
  function flow(data) {
    return Object.assign(base(), {
      tooltip: tip("item"),
      series: [{
        type: "sankey", left: 4, right: 140, top: 8, bottom: 8, nodeWidth: 12, nodeGap: 12, layoutIterations: 0, emphasis: { focus: "adjacency" },
        data: data.names.map(function (name) { return { name: name, itemStyle: { color: token("--accent") } }; }),
        links: data.links,
        label: { color: token("--ink"), fontSize: 12, formatter: function (node) { return node.name.split(" · ")[0]; } },
        lineStyle: { color: token("--ink-soft"), opacity: 0.18, curveness: 0.5 }
      }]
    });
  }

  // Differences with their intervals, in percent of the holdout: a dot, a line, and zero.
  function effects(data) {
    return Object.assign(base(), {
      grid: { left: 16, right: 24, top: 8, bottom: 2, containLabel: true },
      tooltip: Object.assign(tip("item"), { formatter: function (point) { return data.labels[point.dataIndex] + "<br>" + data.words[point.dataIndex]; } }),
      xAxis: { type: "value", splitNumber: window.innerWidth < 700 ? 2 : 5, axisLabel: { color: token("--ink-soft"), fontSize: 11, hideOverlap: true, formatter: "{value} %" }, splitLine: { lineStyle: { color: token("--line") } } },
      yAxis: { type: "category", inverse: true, data: data.labels, axisTick: { show: false }, axisLine: { onZero: true, lineStyle: { color: token("--ink-soft") } }, axisLabel: { color: token("--ink"), fontSize: 12, width: window.innerWidth < 700 ? 96 : 220, overflow: "break" } },
      series: [{
        type: "custom", encode: { x: [0, 1, 2], y: 3 },
        data: data.points.map(function (one, place) { return [Number(one[0]), Number(one[1]), Number(one[2]), place]; }),
        renderItem: function (params, api) {
          var row = api.value(3), low = api.coord([api.value(0), row]), mid = api.coord([api.value(1), row]), high = api.coord([api.value(2), row]);
          var colour = api.value(0) > 0 ? token("--accent") : api.value(2) < 0 ? token("--warn") : token("--ink-soft");
          var line = function (x1, y1, x2, y2) { return { type: "line", shape: { x1: x1, y1: y1, x2: x2, y2: y2 }, style: { stroke: colour, lineWidth: 2 } }; };
          return { type: "group", children: [
            line(low[0], low[1], high[0], high[1]), line(low[0], low[1] - 5, low[0], low[1] + 5), line(high[0], high[1] - 5, high[0], high[1] + 5),
            { type: "circle", shape: { cx: mid[0], cy: mid[1], r: 5 }, style: { fill: colour } }
          ] };
        }
      }]
    });
  }


  // Plain numbers over days, one line a series.
  function counts(data) {
    var colours = [token("--accent"), token("--gold-mark"), token("--ink-soft")];
    return {
      animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      animationDuration: 300,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 4, right: 12, top: data.series.length > 1 ? 34 : 14, bottom: 2, containLabel: true },
      legend: data.series.length > 1 ? { top: 0, left: 0, textStyle: { color: token("--ink-soft"), fontSize: 12 } } : undefined,
      tooltip: { trigger: "axis", confine: true, backgroundColor: token("--card"), borderColor: token("--line"), textStyle: { color: token("--ink"), fontSize: 12 } },
      xAxis: {
        type: "category", data: data.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line") } },
        axisLabel: { color: token("--ink-soft"), fontSize: 11, hideOverlap: true }
      },
      yAxis: { type: "value", axisLabel: { color: token("--ink-soft"), fontSize: 11 }, splitLine: { lineStyle: { color: token("--line") } } },
      series: data.series.map(function (one, number) {
        return { name: one.name, type: "line", symbolSize: 5, data: one.values, lineStyle: { color: colours[number % 3], width: 2 }, itemStyle: { color: colours[number % 3] } };
      })
    };
  }

  function shares(data) {
    return {
      animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      animationDuration: 300,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 4, right: 46, top: 4, bottom: 2, containLabel: true },
      tooltip: { trigger: "axis", confine: true, backgroundColor: token("--card"), borderColor: token("--line"), textStyle: { color: token("--ink"), fontSize: 12 }, valueFormatter: function (value) { return value.toFixed(1) + "%"; } },
      xAxis: { type: "value", min: 0, axisLabel: { show: false }, splitLine: { lineStyle: { color: token("--line") } } },
      yAxis: { type: "category", inverse: true, data: data.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line") } }, axisLabel: { color: token("--ink"), fontSize: 12, width: 180, overflow: "truncate" } },
      series: [{
        name: data.name, type: "bar", barMaxWidth: 16, data: data.values.map(Number), itemStyle: { color: token("--accent"), borderRadius: [0, 3, 3, 0] },
        label: { show: true, position: "right", color: token("--ink-soft"), fontSize: 11, formatter: function (one) { return one.value.toFixed(1) + "%"; } }
      }]
    };
  }

  var shapes = { counts: counts, days: days, scores: scores, shares: shares, layers: layers, flow: flow, effects: effects };
  document.querySelectorAll("[data-chart]").forEach(function (box) {
    var data = JSON.parse(document.getElementById(box.dataset.source).textContent);
    var chart = window.echarts.init(box, null, { renderer: "svg" });
    chart.setOption(shapes[box.dataset.chart](data));
    // A bar opens to its rows, as its line in the table does.
    chart.on("click", function (event) { if (data.urls && data.urls[event.dataIndex]) window.location = data.urls[event.dataIndex]; });
    new ResizeObserver(function () { chart.resize(); }).observe(box);
    window.addEventListener("beforeprint", function () { chart.resize(); });
  });

  // Choosing a period or a place asks at once; editing a day means "from – to".
  document.querySelectorAll("form[data-asks]").forEach(function (form) {
    form.addEventListener("change", function (event) {
      if (event.target.type === "date") {
        form.elements.period.value = "custom";
        if (!form.elements.from.value || !form.elements.to.value) return;
      } else if (event.target.name === "store") {
        form.elements.floor.value = "";
      } else if (event.target.name === "period" && event.target.value === "custom") {
        form.elements.from.focus();
        return;
      }
      form.requestSubmit();
    });
  });
  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });
})();
