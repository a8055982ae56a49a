"use strict";

/** What the page was given when the book was built. */
const given = JSON.parse(document.getElementById("given").textContent);

/** Makes an element of HTML: attributes that begin with "on" are listeners, false ones are left out. */
function make(name, attributes = {}, ...children) { return filled(document.createElement(name), attributes, children); }

/** Makes an element of SVG. */
function draw(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== false && value !== null) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null));
  return element;
}

/** A table; the columns whose places are in `numbers` are aligned to the right. */
function table(caption, header, rows, numbers = []) {
  const kind = (column) => ({ class: numbers.includes(column) ? "n" : false });
  return make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": caption },
    make("table", {},
      make("caption", {}, make("span", {}, caption)),
      make("thead", {}, make("tr", {}, header.map((text, at) => make("th", { scope: "col", ...kind(at) }, text)))),
      make("tbody", {}, rows.map((row) => make("tr", { class: row.marked ? "marked" : false },
        row.map((cell, at) => make("td", kind(at), cell)))))));
}

function grouped(number) { return Math.round(number).toLocaleString("en"); }

/** Bytes in the unit that leaves one to three digits before the point, as in "10.7 GB". */
function byteText(bytes) {
  const units = ["bytes", "kB", "MB", "GB", "TB", "PB"];
  let unit = 0;
  while (bytes >= 999.5 && unit < units.length - 1) { bytes /= 1000; unit += 1; }
  return (unit === 0 ? grouped(bytes) : String(Number(bytes.toPrecision(3)))) + " " + units[unit];
}

/** A number as C's "%.5g" writes it. */
function short(number) {
  if (Number.isNaN(number)) return "nan";
  if (!Number.isFinite(number)) return number < 0 ? "-inf" : "inf";
  if (number === 0) return Object.is(number, -0) ? "-0" : "0";
  const [digits, power] = number.toExponential(4).split("e");
  const exponent = Number(power);
  const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (exponent >= -4 && exponent < 5) return trimmed(number.toFixed(Math.max(0, 4 - exponent)));
  return trimmed(digits) + "e" + (exponent < 0 ? "-" : "+") + String(Math.abs(exponent)).padStart(2, "0");
}

/**
 * The settings of a page, each with a control: a slider over the values of `controls[key].values`, or where these have
 * names (`controls[key].names`), a list. The address of the page carries them.
 */
class Lab {
  constructor(controls, render) {
    this.controls = controls;
    this.render = render;
    this.settings = {};
    this.inputs = {};
    this.panel = make("form", { class: "controls", onsubmit: (event) => event.preventDefault() });
    const address = new URLSearchParams(location.hash.slice(1));
    for (const [key, control] of Object.entries(controls)) {
      const wanted = control.values.map(String).indexOf(address.get(key));
      this.settings[key] = wanted < 0 ? control.start : control.values[wanted];
      this.panel.append(control.names ? this.list(key, control) : this.slider(key, control));
    }
  }

  slider(key, control) {
    const shown = make("output", { for: key });
    const input = make("input", {
      type: "range", id: key, min: 0, max: control.values.length - 1, step: 1,
      oninput: () => this.set(key, control.values[Number(input.value)]),
    });
    this.inputs[key] = () => {
      input.value = control.values.indexOf(this.settings[key]);
      shown.textContent = (control.text ?? grouped)(this.settings[key]);
      input.setAttribute("aria-valuetext", shown.textContent);
    };
    return make("div", { class: "control", "data-key": key },
      make("label", { for: key }, make("span", {}, control.label), shown), input);
  }

  list(key, control) {
    const input = make("select", { id: key, onchange: () => this.set(key, control.values[input.selectedIndex]) },
      control.names.map((name) => make("option", {}, name)));
    this.inputs[key] = () => { input.selectedIndex = control.values.indexOf(this.settings[key]); };
    return make("div", { class: "control", "data-key": key },
      make("label", { for: key }, make("span", {}, control.label)), input);
  }

  set(key, value) {
    this.settings[key] = value;
    this.show();
    // A slider on its way would change the address more often than a browser allows.
    clearTimeout(this.timer);
    this.timer = setTimeout(() => history.replaceState(null, "", "#" + new URLSearchParams(this.settings)), 300);
  }

  show() {
    for (const refresh of Object.values(this.inputs)) refresh();
    for (const control of this.panel.querySelectorAll(".control")) {
      const { isUsed } = this.controls[control.dataset.key];
      control.hidden = isUsed !== undefined && !isUsed(this.settings);
    }
    this.render(this.settings);
  }

  /** Puts the controls beside what they control. */
  open(...result) {
    document.getElementById("app").append(
      make("div", { class: "lab" }, this.panel, make("div", { class: "result" }, result)));
    this.show();
  }
}

/** Figures in a row, each with its name: pairs of a name and a text. */
function figures(pairs) {
  return make("dl", { class: "figures" }, pairs.map(([name, text]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, text))));
}

/** Parts of a whole as a bar with a legend: names and bytes. */
function shareBar(parts) {
  const whole = parts.reduce((sum, [, bytes]) => sum + bytes, 0);
  const shown = parts.filter(([, bytes]) => bytes > 0);
  const color = (part) => "m" + parts.indexOf(part);
  return [
    make("div", { class: "bar", "aria-hidden": "true" }, shown.map((part) =>
      make("i", { class: color(part), style: `flex: ${part[1] / whole} 1 0` }))),
    make("dl", { class: "legend" }, parts.map((part) => make("div", {},
      make("dt", {}, make("i", { class: color(part) }), part[0]),
      make("dd", { "data-part": part[0], title: grouped(part[1]) + " bytes" }, byteText(part[1]))))),
  ];
}
