/** The shapes and bytes of training a perceptron: what `memoryPlan` says of Linear and ReLU layers in turn. */
function perceptron(settings) {
  const hidden = ["hidden1", "hidden2", "hidden3", "hidden4"].slice(0, settings.depth).map((key) => settings[key]);
  const widths = [settings.inputs, ...hidden, settings.outputs];
  const linears = widths.length - 1;
  const output = (layer) => settings.batch * widths[layer] * settings.bytes;
  const weights = widths.slice(1).reduce((sum, width, layer) => sum + width * (widths[layer] + 1), 0);
  const parameters = weights * settings.bytes;
  const sum = (from, to) => widths.slice(from, to).reduce((total, _, at) => total + output(from + at), 0);

  // Segments begin at linear layers. Of each but the last only the input stays.
  const segments = Math.max(1, Math.round(Math.sqrt(linears)));
  const starts = [...Array(segments).keys()].map((index) => Math.floor(index * linears / segments));
  const last = starts[segments - 1];
  const again = widths.slice(0, last).reduce((total, width, layer) =>
    total + settings.batch * width * widths[layer + 1], 0);
  // A tensor below a page is not worth a file.
  const small = hidden.reduce((total, _, at) => total + (output(at + 1) < 4096 ? output(at + 1) : 0), 0);
  return {
    widths, parameters, gradients: parameters, optimizer: parameters * { sgd: 0, momentum: 1, adam: 2 }[settings.optimizer],
    strategies: [
      { name: "as it is", cached: sum(0, linears), products: 0, multiplications: 0 },
      {
        name: ".squareRoot",
        cached: starts.slice(0, -1).reduce((total, start) => total + output(start), 0) + sum(last, linears),
        products: last, multiplications: again,
      },
      { name: "Offloaded", cached: output(0) + small, products: 0, multiplications: 0 },
    ],
  };
}

/** A matrix as a rectangle whose sides grow with the roots of its axes; the longest axis of all has the side `room`. */
function matrix(name, rows, columns, kind) {
  const side = (length) => Math.max(3, Math.round(room * Math.sqrt(length / longest)));
  return make("span", { class: "matrix" },
    make("i", { class: kind, style: `width: ${side(columns)}px; height: ${side(rows)}px` }),
    make("b", {}, name), make("small", {}, rows === 1 ? `[${columns}]` : `[${rows}, ${columns}]`));
}

function sign(text) { return make("span", { class: "sign" }, text); }

let longest = 1;
const room = innerWidth < 820 ? 64 : 120;
const lower = (number) => String(number).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);

function shapeRows(settings, plan) {
  const { widths } = plan;
  longest = Math.max(settings.batch, ...widths);
  const B = settings.batch, count = widths.length - 1;
  const name = (layer) => layer === 0 ? "x" : layer === count ? "z" : "h" + lower(layer);
  const forward = [], backward = [];
  for (let layer = 1; layer <= count; layer += 1) {
    const [wide, narrow] = [widths[layer - 1], widths[layer]];
    const [w, b] = ["W" + lower(layer), "b" + lower(layer)];
    const above = layer === count ? "dz" : "da" + lower(layer);
    forward.push(make("div", { class: "equation" },
      matrix(name(layer), B, narrow, "m0"), sign(layer === count ? "=" : "= relu("),
      matrix(name(layer - 1), B, wide, "m0"), sign("·"), matrix(w, wide, narrow, "m1"), sign("+"),
      matrix(b, 1, narrow, "m1"), sign(layer === count ? "" : ")")));
    const rows = [
      make("div", { class: "equation" },
        matrix("d" + w, wide, narrow, "m1"), sign("="), matrix(name(layer - 1) + "ᵀ", wide, B, "m0"), sign("·"),
        matrix(above, B, narrow, "m2")),
      make("div", { class: "equation" },
        matrix("d" + b, 1, narrow, "m1"), sign("= sum of the rows of"), matrix(above, B, narrow, "m2")),
    ];
    if (layer > 1) {
      rows.push(make("div", { class: "equation" },
        matrix("da" + lower(layer - 1), B, wide, "m2"), sign("="), matrix(above, B, narrow, "m2"), sign("·"),
        matrix(w + "ᵀ", narrow, wide, "m1"), sign("where"), matrix(name(layer - 1), B, wide, "m0"), sign("> 0")));
    }
    backward.unshift(...rows);
  }
  return [forward, backward];
}

function tensorTable(settings, plan) {
  const { widths } = plan;
  const rows = [], count = widths.length - 1;
  const add = (name, shape, gradient) => {
    const bytes = shape.reduce((a, b) => a * b, settings.bytes);
    rows.push([name, `[${shape.join(", ")}]`, grouped(bytes), gradient]);
  };
  add("x", [settings.batch, widths[0]], "not needed: x is data");
  for (let layer = 1; layer <= count; layer += 1) {
    const [at, after] = [lower(layer), lower(layer + 1)];
    const [before, above] = [layer === 1 ? "x" : "h" + lower(layer - 1), layer === count ? "dz" : "da" + at];
    add("W" + at, [widths[layer - 1], widths[layer]], `dW${at} = ${before}ᵀ ${above}`);
    add("b" + at, [widths[layer]], `db${at} = the sum of the rows of ${above}`);
    const next = layer + 1 === count ? "dz" : "da" + after;
    add(layer === count ? "z" : "h" + at, [settings.batch, widths[layer]],
      layer === count ? "dz = (p − y) / B" : `da${at} = ${next} W${after}ᵀ where h${at} > 0`);
  }
  return table("Each tensor, and its gradient, which has the same shape and as many bytes",
    ["tensor", "shape", "bytes", "its gradient"], rows, [2]);
}

const widthSlider = (label, start, isUsed) => ({ label, values: given.widths, start, isUsed });
const drawing = make("div", { class: "equations" }), tables = make("div"), memory = make("div");
const lab = new Lab({
  batch: { label: "batch B", values: given.batches, start: 32 },
  inputs: widthSlider("inputs", 64),
  depth: { label: "hidden layers", values: [1, 2, 3, 4], start: 1 },
  hidden1: widthSlider("features of layer 1", 128),
  hidden2: widthSlider("features of layer 2", 128, (settings) => settings.depth > 1),
  hidden3: widthSlider("features of layer 3", 128, (settings) => settings.depth > 2),
  hidden4: widthSlider("features of layer 4", 128, (settings) => settings.depth > 3),
  outputs: widthSlider("classes", 10),
  bytes: { label: "type", values: [4, 8], names: ["float32", "float64"], start: 4 },
  optimizer: {
    label: "optimizer", values: ["sgd", "momentum", "adam"], names: ["SGD", "SGD with momentum", "Adam"], start: "adam",
  },
}, (settings) => {
  const plan = perceptron(settings);
  const [forward, backward] = shapeRows(settings, plan);
  drawing.replaceChildren(
    make("h3", {}, "Forward, from the input to the logits z"), ...forward,
    make("h3", {}, "Backward, from dz = (p − y) / B to the input"), ...backward);
  memory.replaceChildren(
    ...shareBar([
      ["parameters", plan.parameters], ["gradients", plan.gradients], ["optimizer", plan.optimizer],
      ["kept for backward", plan.strategies[0].cached],
    ]),
    table("What stays between forward and backward, and what is computed again for it",
      ["strategy", "bytes", "extra products", "extra multiplications"],
      plan.strategies.map((row) => [row.name, grouped(row.cached), grouped(row.products), grouped(row.multiplications)]),
      [1, 2, 3]));
  tables.replaceChildren(tensorTable(settings, plan));
});
lab.open(make("h2", {}, "Shapes"), drawing, make("h2", {}, "Memory"), memory, tables);
