/// What a page does: it shows values under the pointer or by the arrow keys, and itself again until the run is over.
enum Script {
  static let source = #"""
    "use strict";
    function format(value, percent) {
      if (value === null) return "not finite";
      if (percent) return (100 * value).toFixed(2) + " %";
      const size = Math.abs(value);
      if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(3);
      return String(Number(value.toPrecision(5)));
    }
    function make(name, attributes, parent) {
      const element = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const key in attributes) element.setAttribute(key, attributes[key]);
      parent.appendChild(element);
      return element;
    }
    for (const figure of document.querySelectorAll("figure.chart")) {
      const svg = figure.querySelector("svg");
      const layer = svg.querySelector(".hover");
      const chart = JSON.parse(figure.querySelector("script").textContent);
      const [left, top, width, height] = chart.plot;
      const tip = document.createElement("div");
      tip.className = "tip";
      tip.hidden = true;
      tip.setAttribute("role", "status");
      figure.appendChild(tip);
      let place = -1;
      const across = (x) => left + (x - chart.xRange[0]) / (chart.xRange[1] - chart.xRange[0]) * width;
      const share = (y) => chart.log
        ? (Math.log(y) - Math.log(chart.yRange[0])) / (Math.log(chart.yRange[1]) - Math.log(chart.yRange[0]))
        : (y - chart.yRange[0]) / (chart.yRange[1] - chart.yRange[0]);
      function hide() { place = -1; layer.replaceChildren(); tip.hidden = true; }
      function show(next) {
        place = Math.max(0, Math.min(chart.x.length - 1, next));
        const x = across(chart.x[place]);
        layer.replaceChildren();
        make("line", { class: "cursor", x1: x, x2: x, y1: top, y2: top + height }, layer);
        tip.replaceChildren(document.createTextNode(chart.xName + " " + chart.x[place].toLocaleString("en")));
        for (const series of chart.series) {
          const y = series.y[place];
          if (y !== null) {
            make("circle", { class: "dot s" + series.colour, cx: x, cy: top + (1 - share(y)) * height, r: 4 }, layer);
          }
          const line = document.createElement("div");
          const name = document.createElement("b");
          name.className = "s" + series.colour;
          name.textContent = series.name;
          line.append(name, " " + format(y, chart.percent));
          tip.append(line);
        }
        tip.hidden = false;
        const box = svg.getBoundingClientRect(), frame = figure.getBoundingClientRect();
        const at = box.left - frame.left + x * box.width / svg.viewBox.baseVal.width;
        const room = at + 14 + tip.offsetWidth <= frame.width;
        tip.style.left = (room ? at + 14 : Math.max(0, at - 14 - tip.offsetWidth)) + "px";
        tip.style.top = (box.top - frame.top + 4) + "px";
      }
      function nearest(event) {
        const box = svg.getBoundingClientRect();
        const x = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
        let best = 0;
        chart.x.forEach((value, index) => {
          if (Math.abs(across(value) - x) < Math.abs(across(chart.x[best]) - x)) best = index;
        });
        return best;
      }
      svg.addEventListener("pointermove", (event) => show(nearest(event)));
      svg.addEventListener("pointerdown", (event) => show(nearest(event)));
      svg.addEventListener("pointerleave", hide);
      svg.addEventListener("blur", hide);
      svg.addEventListener("keydown", (event) => {
        const last = chart.x.length - 1;
        const next = { ArrowLeft: place < 0 ? last : place - 1, ArrowRight: place + 1, Home: 0, End: last }[event.key];
        if (event.key === "Escape") hide();
        if (next === undefined) return;
        event.preventDefault();
        show(next);
      });
    }
    const refresh = Number(document.body.dataset.refresh);
    if (refresh > 0) {
      const age = Date.now() / 1000 - Number(document.body.dataset.written);
      if (age > Math.max(120, 10 * refresh)) {
        const status = document.querySelector(".status");
        status.className = "status stale";
        status.textContent += ". Nothing was written for " + Math.round(age / 60) + " minutes: the program may have ended.";
      }
      setInterval(() => {
        // Not while somebody reads values or does not look.
        if (!document.hidden && !document.querySelector("details[open], .tip:not([hidden])")) location.reload();
      }, 1000 * refresh);
    }
    """#
}
