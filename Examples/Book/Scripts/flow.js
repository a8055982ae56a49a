/** The curve of one network: the decimal logarithm of the gradient at each layer's input over that at the output. */
function curve(settings) {
  const place = [given.activations.indexOf(settings.activation), given.initializers.indexOf(settings.initializer),
    given.norms.indexOf(settings.norm), settings.residual ? 1 : 0, given.depths.indexOf(settings.depth)];
  const sizes = [given.activations.length, given.initializers.length, given.norms.length, 2, given.depths.length];
  const index = place.reduce((sum, at, axis) => sum * sizes[axis] + at, 0);
  return given.curves[index].map((tenths) => tenths / 10);
}

const power = (exponent) => {
  const whole = Math.floor(exponent);
  return (10 ** (exponent - whole)).toFixed(1) + "e" + (whole < 0 ? "−" : "+") + Math.abs(whole);
};

/** The curves over the layers, in the frame of the report's charts. */
function chart(now, before) {
  const [width, height, left, right, top, bottom] = [460, 260, 58, 20, 12, 30];
  const all = [...now, ...(before ?? []), 0];
  const [low, high] = [Math.floor(Math.min(...all, -1)), Math.ceil(Math.max(...all, 1))];
  const step = Math.max(1, Math.ceil((high - low) / 6));
  const y = (exponent) => top + (high - exponent) / (high - low) * (height - top - bottom);
  const x = (layer, count) => left + (count > 1 ? layer / (count - 1) : 0.5) * (width - left - right);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) {
    ticks.push(draw("line", { class: "grid", x1: left, x2: width - right, y1: y(tick), y2: y(tick) }),
      draw("text", { class: "tick", x: left - 8, y: y(tick) + 4, "text-anchor": "end" }, tick === 0 ? "1" : "1e" + tick));
  }
  const path = (values, kind) => draw("path", {
    class: "curve " + kind,
    d: values.map((value, layer) =>
      (layer ? "L" : "M") + x(layer, values.length).toFixed(1) + "," + y(value).toFixed(1)).join(""),
  });
  const names = [[0, "first layer", "start"], [now.length - 1, "last", "end"]].map(([layer, text, anchor]) =>
    draw("text", { class: "tick", x: x(layer, now.length), y: height - 8, "text-anchor": anchor }, text));
  return draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "The gradient by layer" },
    ticks, names, before ? path(before, "s4") : null, path(now, "s0"));
}

function verdict(exponent) {
  if (exponent < -3) return "It vanishes: the first layers learn nothing.";
  if (exponent > 3) return "It explodes: the first step destroys the weights.";
  return "It arrives.";
}

const result = make("div"), note = make("p", { class: "lead", role: "status" });
const values = make("div");
let kept = null;
const lab = new Lab({
  depth: { label: "layers", values: given.depths, start: 20 },
  activation: { label: "activation", values: given.activations, names: given.activations, start: "sigmoid" },
  initializer: { label: "initialization", values: given.initializers, names: given.initializers, start: "Xavier" },
  norm: { label: "normalization", values: given.norms, names: given.norms, start: "none" },
  residual: { label: "residual: x + f(x)", values: [false, true], names: ["no", "yes"], start: false },
}, (settings) => {
  const now = curve(settings);
  note.textContent = `${power(now[0])} of the gradient at the output reaches the input. ${verdict(now[0])}`;
  result.replaceChildren(chart(now, kept));
  values.replaceChildren(make("details", {}, make("summary", {}, "Values"),
    table("The gradient at the input of each layer, over that at the output", ["layer", "gradient"],
      now.map((value, layer) => [String(layer + 1), power(value)]), [0, 1])));
});
const keep = make("button", { type: "button", onclick: () => { kept = curve(lab.settings); lab.show(); } },
  "Keep this curve to compare");
const drop = make("button", { type: "button", onclick: () => { kept = null; lab.show(); } }, "Clear");
lab.open(note, make("figure", { class: "chart" }, result), make("p", { class: "buttons" }, keep, drop), values);
