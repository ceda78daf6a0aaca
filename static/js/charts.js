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

  var shapes = { days: days, scores: scores };
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
