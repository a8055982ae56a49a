/**
 * The bytes of training a transformer: what each parameter takes, and activations. Of each token a block keeps
 * `given.kinds` rows of D numbers for its backward (`given.products` where it keeps products alone), and `given.rest` numbers.
 */
function training(settings) {
  const { parameters, precision, optimizer, layers, features, sequence, batch, strategy } = settings;
  const bytes = { float32: 4, bf16: 2, mixed: 2 }[precision];
  const tensor = batch * sequence * features * bytes;
  const { kinds, products, rest } = given;
  const block = kinds * features + rest;
  const segments = Math.max(1, Math.round(Math.sqrt(layers)));
  const longest = Math.ceil(layers / segments);
  // Numbers of each token that are alive when backward is about to begin, or to begin again in a segment; and the extra
  // forwards as a share of one.
  const [numbers, again] = {
    all: [layers * block, 0],
    squareRoot: [(segments - 1) * features + longest * block, 1 - longest / layers],
    each: [(layers - 1) * features + block, 1 - 1 / layers],
    selective: [layers * (block - (kinds - products) * features) + (kinds - products) * features, 0],
    reversible: [features + block, 1],
    offloaded: [Math.min(2, layers) * block, 0],
  }[strategy];
  const held = {
    parameters: parameters * bytes, gradients: parameters * bytes,
    optimizer: parameters * { sgd: 0, momentum: 4, adam: 8, adam8: 2 }[optimizer],
    copy: precision === "mixed" ? parameters * 4 : 0,
  };
  const total = held.parameters + held.gradients + held.optimizer + held.copy;
  // A forward is a third of a step.
  const activations = batch * sequence * numbers * bytes;
  return { held, total, tensor, tensors: numbers / features, activations, time: (3 + again) / 3 };
}

const strategies = {
  all: "keep all", squareRoot: "keep every √L-th block", each: "keep the input of each block",
  selective: "selective: keep products", reversible: "reversible blocks", offloaded: "offload to a file",
};
const billions = (number) => Number((number / 1e9).toPrecision(3)) + " billion";
const summary = make("div"), parts = make("div"), comparison = make("div");
const lab = new Lab({
  parameters: { label: "parameters", values: given.parameters, start: 7e9, text: billions },
  precision: {
    label: "numbers", values: ["mixed", "bf16", "float32"],
    names: ["bfloat16 and a float32 copy", "bfloat16", "float32"], start: "mixed",
  },
  optimizer: {
    label: "optimizer", values: ["adam", "adam8", "momentum", "sgd"],
    names: ["Adam, float32 moments", "Adam, 8-bit moments", "SGD with momentum", "SGD"], start: "adam",
  },
  layers: { label: "layers L", values: given.layers, start: 32 },
  features: { label: "features D", values: given.features, start: 4096 },
  sequence: { label: "sequence T", values: given.sequences, start: 2048 },
  batch: { label: "batch B", values: given.batches, start: 1 },
  strategy: { label: "strategy", values: Object.keys(strategies), names: Object.values(strategies), start: "all" },
}, (settings) => {
  const cost = training(settings);
  summary.replaceChildren(figures([
    ["all together", byteText(cost.total + cost.activations)],
    ["before the first activation", byteText(cost.total)],
    ["activations", byteText(cost.activations)],
    ["time of a step", cost.time.toFixed(2) + " ×"],
  ]));
  parts.replaceChildren(...shareBar([
    ["parameters", cost.held.parameters], ["gradients", cost.held.gradients], ["optimizer", cost.held.optimizer],
    ["float32 copy", cost.held.copy], ["activations", cost.activations],
  ]));
  const rows = Object.entries(strategies).map(([key, name]) => {
    const other = training({ ...settings, strategy: key });
    const row = [name, String(Number(other.tensors.toPrecision(4))), byteText(other.activations), other.time.toFixed(2)];
    row.marked = key === settings.strategy;
    return row;
  });
  comparison.replaceChildren(
    table(`Activations, where one tensor of B · T · D numbers takes ${byteText(cost.tensor)}`,
      ["strategy", "tensors", "bytes", "time of a step"], rows, [1, 2, 3]));
});
lab.open(summary, parts, comparison);
