/** A fault in an expression, with the number of characters before it. */
class ExpressionError extends Error {
  constructor(reason, offset) {
    super(reason);
    this.offset = offset;
  }
}

/** The functions of one value: what they return, and their derivative by the input x and the output y. */
const functions = {
  abs: [Math.abs, (x) => Math.sign(x)],
  cos: [Math.cos, (x) => -Math.sin(x)],
  exp: [Math.exp, (x, y) => y],
  log: [Math.log, (x) => 1 / x],
  relu: [(x) => (x < 0 ? 0 : x), (x, y) => (y <= 0 ? 0 : 1)],
  sigmoid: [(x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))), (x, y) => y * (1 - y)],
  sin: [Math.sin, (x) => Math.cos(x)],
  sqrt: [Math.sqrt, (x, y) => 0.5 / y],
  tanh: [Math.tanh, (x, y) => 1 - y * y],
};

/** The operations of two values, with their derivatives by each. */
const operations = {
  "+": [(a, b) => a + b, () => [1, 1]],
  "−": [(a, b) => a - b, () => [1, -1]],
  "·": [(a, b) => a * b, (a, b) => [b, a]],
  "/": [(a, b) => a / b, (a, b) => [1 / b, -(a / b) / b]],
  "pow": [Math.pow, (a, b) => [b === 0 ? 0 : b * a ** (b - 1), a === 0 ? 0 : a ** b * Math.log(a)]],
};

/**
 * Reads an expression by recursive descent, as `chain-rule --expression` does:
 *
 *     sum     = product { ("+" | "-") product }
 *     product = factor { ("*" | "/") factor }
 *     factor  = "-" factor | "+" factor | power
 *     power   = atom [ "^" factor ]
 *     atom    = number | name | function "(" sum ")" | "(" sum ")"
 */
function parse(text) {
  const characters = [...text].map((character) => ({ "·": "*", "×": "*", "−": "-", "÷": "/" })[character] ?? character);
  const names = [];
  let offset = 0, depth = 0;
  if (characters.length > 2000) {
    throw new ExpressionError(`the expression has ${characters.length} characters; at most 2000 are read`, 0);
  }
  const isLetter = (character) => /\p{L}/u.test(character), isNumber = (character) => /\p{N}/u.test(character);
  const fault = (reason, at = offset) => new ExpressionError(reason, at);

  function next() {
    while (offset < characters.length && /\s/.test(characters[offset])) offset += 1;
    return characters[offset] ?? null;
  }
  function take(isWanted) {
    const start = offset;
    while (offset < characters.length && isWanted(characters[offset])) offset += 1;
    return characters.slice(start, offset).join("");
  }
  function chain(part, signs) {
    let left = part();
    while (next() !== null && signs.includes(next())) {
      const sign = { "+": "+", "-": "−", "*": "·", "/": "/" }[characters[offset]];
      offset += 1;
      left = { sign, operands: [left, part()] };
    }
    return left;
  }
  const sum = () => chain(product, "+-");
  const product = () => chain(factor, "*/");
  function factor() {
    depth += 1;
    if (depth > 100) throw fault("more than 100 parts are in each other here");
    const sign = next();
    let node;
    if (sign === "-" || sign === "+") {
      offset += 1;
      node = sign === "-" ? { negative: factor() } : factor();
    } else {
      node = power();
    }
    depth -= 1;
    return node;
  }
  function power() {
    const base = atom();
    if (next() !== "^") return base;
    offset += 1;
    return { sign: "pow", operands: [base, factor()] };
  }
  function atom() {
    const first = next();
    if (first === null) throw fault("a value is missing at the end");
    if (first === "(") return parenthesized();
    if (isNumber(first) || first === ".") return number();
    if (!isLetter(first) && first !== "_") throw fault(`a value is missing before "${first}"`);
    const start = offset;
    const name = take((character) => isLetter(character) || isNumber(character) || character === "_");
    const isFunction = Object.hasOwn(functions, name);
    if (next() === "(") {
      if (!isFunction) {
        throw fault(`no function is called ${name}; there are ${Object.keys(functions).sort().join(", ")}`, start);
      }
      return { function: name, operands: [parenthesized()] };
    }
    if (isFunction) throw fault(`${name} needs its argument in parentheses`);
    if (!names.includes(name)) names.push(name);
    return { name };
  }
  function parenthesized() {
    const start = offset;
    offset += 1;
    const inside = sum();
    if (next() !== ")") throw fault('nothing closes this "("', start);
    offset += 1;
    return inside;
  }
  function number() {
    const start = offset;
    let digits = take((character) => isNumber(character) || character === ".");
    if (offset < characters.length && "eE".includes(characters[offset])) {
      digits += characters[offset];
      offset += 1;
      if (offset < characters.length && "+-".includes(characters[offset])) {
        digits += characters[offset];
        offset += 1;
      }
      digits += take(isNumber);
    }
    const value = /^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(digits) ? Number(digits) : NaN;
    if (!Number.isFinite(value)) throw fault(`${digits} is not a number`, start);
    return { number: value };
  }

  const root = sum();
  const rest = next();
  if (rest !== null) {
    throw fault(rest === ")" ? 'nothing opens this ")"' : `an operation is missing before "${rest}"`);
  }
  return { root, names };
}

/**
 * The tape of an expression at values: its nodes in the order of the forward pass, the inputs first, and the steps of the
 * backward pass. What depends on no input is a constant and has no node.
 */
function record({ root, names }, values) {
  const nodes = names.map((name) => ({ name, computation: "", operands: [], value: values[name] }));
  const operand = (item) => (item.node === undefined ? short(item.value) : nodes[item.node].name);

  function append(value, computation, operands, locals) {
    const edges = operands.map((item, at) => [item.node, locals[at]]).filter(([node]) => node !== undefined);
    if (edges.length === 0) return { value };
    nodes.push({ name: "v" + nodes.length, computation, operands: edges, value });
    return { value, node: nodes.length - 1 };
  }
  function run(node) {
    if (node.number !== undefined) return { value: node.number };
    if (node.name !== undefined) return { value: values[node.name], node: names.indexOf(node.name) };
    if (node.negative !== undefined) {
      const a = run(node.negative);
      return append(-a.value, "−" + operand(a), [a], [-1]);
    }
    const operands = node.operands.map((part, at) => (at === 1 && exponent(node) !== null ? null : run(part)));
    const [a, b] = operands;
    if (node.function) {
      const [value, derivative] = functions[node.function];
      const y = value(a.value);
      return append(y, `${node.function}(${operand(a)})`, [a], [derivative(a.value, y)]);
    }
    if (b === null) {
      const n = exponent(node);
      return append(a.value ** n, `${operand(a)}^${n}`, [a], [n === 0 ? 0 : n * a.value ** (n - 1)]);
    }
    const [value, derivative] = operations[node.sign];
    const formula = node.sign === "pow" ? `pow(${operand(a)}, ${operand(b)})` : `${operand(a)} ${node.sign} ${operand(b)}`;
    return append(value(a.value, b.value), formula, operands, derivative(a.value, b.value));
  }
  /** The exponent of a power whose exponent is a number. */
  function exponent(node) {
    if (node.sign !== "pow") return null;
    const power = node.operands[1];
    return power.number ?? (power.negative?.number === undefined ? null : -power.negative.number);
  }

  const output = run(root);
  if (root.name === undefined && output.node !== undefined && !names.includes("L")) nodes[output.node].name = "L";
  const gradients = nodes.map(() => null), steps = [];
  if (output.node !== undefined) gradients[output.node] = 1;
  for (let at = nodes.length - 1; at >= names.length; at -= 1) {
    const upstream = gradients[at];
    if (upstream === null) continue;
    for (const [parent, local] of nodes[at].operands) {
      const part = upstream * local;
      gradients[parent] = gradients[parent] === null ? part : gradients[parent] + part;
      steps.push({ node: parent, from: at, local, upstream, gradient: gradients[parent] });
    }
  }
  return { nodes, steps, gradients, value: output.value };
}

/** The graph as a drawing, each operation to the right of its operands; what the pass has not reached is pale. */
function drawing(tape, reached, steps) {
  const places = [], heights = {};
  tape.nodes.forEach((node) => {
    const column = Math.max(-1, ...node.operands.map(([parent]) => places[parent].column)) + 1;
    heights[column] = (heights[column] ?? -1) + 1;
    places.push({ column, x: column * 190, y: heights[column] * 66 });
  });
  const now = steps.at(-1);
  const gradients = {};
  for (const step of steps) gradients[step.node] = step.gradient;
  const last = tape.nodes.length - 1;
  const lines = tape.nodes.flatMap((node, at) => node.operands.map(([parent]) => {
    const [a, b] = [places[parent], places[at]];
    const isNow = now && now.from === at && now.node === parent;
    return draw("path", {
      class: "edge" + (isNow ? " now" : "") + (at < reached ? "" : " pale"),
      d: `M${a.x + 150} ${a.y + 26}C${a.x + 172} ${a.y + 26} ${b.x - 22} ${b.y + 26} ${b.x} ${b.y + 26}`,
    });
  }));
  const boxes = tape.nodes.map((node, at) => {
    const text = node.computation && node.computation.length < 17 ? `${node.name} = ${node.computation}` : node.name;
    const isNow = now ? now.node === at : steps.length === 0 && at === reached - 1;
    const gradient = at === last && (steps.length > 0 || reached > last) ? 1 : gradients[at];
    return draw("g", {
      class: "node" + (isNow ? " now" : "") + (at < reached ? "" : " pale"),
      transform: `translate(${places[at].x} ${places[at].y})`,
    },
      draw("rect", { width: 150, height: 52, rx: 6 }),
      draw("text", { x: 10, y: 20 }, text),
      draw("text", { x: 10, y: 41, class: "value" }, at < reached ? short(node.value) : ""),
      draw("text", { x: 140, y: 41, class: "gradient", "text-anchor": "end" },
        gradient === undefined ? "" : "d " + short(gradient)));
  });
  const width = Math.max(...places.map((place) => place.x)) + 151;
  const height = Math.max(...Object.values(heights)) * 66 + 53;
  return draw("svg", {
    viewBox: `-1 -1 ${width + 2} ${height + 1}`, style: `width: ${width}px; max-width: none`, role: "img",
    "aria-label": "The graph of the expression",
  }, lines, boxes);
}

const examples = [
  ["a squared error", "(w*x + b - y)^2", "w=2 x=3 b=1 y=8"], ["two paths", "(x + 1) * x^2", "x=2"],
  ["fan-out", "x * x", "x=3"], ["a sum and a product", "(x + y) * z", "x=-2 y=5 z=-4"],
  ["a neuron", "sigmoid(w1*x1 + w2*x2 + b)", "w1=2 x1=-1 w2=-3 x2=-2 b=-3"],
];
const address = new URLSearchParams(location.hash.slice(1));
const field = (id, value) =>
  make("input", { type: "text", id, value, autocapitalize: "off", autocomplete: "off", spellcheck: "false" });
const formula = field("formula", address.get("e") ?? examples[0][1]);
const assignments = field("values", address.get("v") ?? examples[0][2]);
const fault = make("p", { class: "wrong", role: "alert" });
const caption = make("p", { class: "caption", role: "status" });
const picture = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Graph" });
const tables = make("div", { class: "charts" });
let tape = null, place = 0;

/** The values written as name=number; missing ones are 1. */
function readValues(text, names) {
  const values = Object.fromEntries(names.map((name) => [name, 1]));
  for (const part of text.split(/[\s,;]+/).filter((part) => part)) {
    const [name, number, rest] = part.replaceAll("−", "-").split("=");
    if (number === undefined || rest !== undefined) {
      throw new ExpressionError(`a value is written as NAME=NUMBER, not ${part}`);
    }
    if (!names.includes(name)) throw new ExpressionError(`the expression has no ${name}`);
    if (number.trim() === "" || !Number.isFinite(Number(number))) throw new ExpressionError(`${number} is not a number`);
    values[name] = Number(number);
  }
  return values;
}

function read(isWhole) {
  fault.replaceChildren();
  try {
    const expression = parse(formula.value);
    if (expression.names.length === 0) throw new ExpressionError("the expression has no name by which it could be derived");
    tape = record(expression, readValues(assignments.value, expression.names));
    history.replaceState(null, "", "#" + new URLSearchParams({ e: formula.value, v: assignments.value }));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    fault.append(error.message);
    if (error.offset !== undefined) fault.append(make("pre", {}, formula.value + "\n" + " ".repeat(error.offset) + "^"));
    return;
  }
  place = isWhole ? tape.nodes.length + tape.steps.length : 0;
  show();
}

function show() {
  const count = tape.nodes.length;
  const reached = Math.min(count, place), steps = tape.steps.slice(0, Math.max(0, place - count));
  const step = steps.at(-1), node = tape.nodes[reached - 1];
  if (place === 0) {
    caption.textContent = "Nothing is computed yet. Press Next, or the right arrow key.";
  } else if (!step) {
    caption.textContent = place < count || tape.steps.length === 0
      ? `Forward: ${node.name}${node.computation ? " = " + node.computation : ""} = ${short(node.value)}`
      : `Forward is done: ${node.name} = ${short(node.value)}. Backward begins with d${node.name}/d${node.name} = 1.`;
  } else {
    const [to, from] = [tape.nodes[step.node].name, tape.nodes[step.from].name];
    const isMore = steps.slice(0, -1).some((other) => other.node === step.node);
    caption.textContent = `Backward from ${from} to ${to}: upstream ${short(step.upstream)} times `
      + `∂${from}/∂${to} = ${short(step.local)} is ${short(step.upstream * step.local)}` + (isMore ? `, added to what was there: ${short(step.gradient)}` : "");
  }
  picture.replaceChildren(drawing(tape, reached, steps));
  // On a telephone the graph is wider than the page.
  const [now, frame] = [picture.querySelector(".node.now"), picture.getBoundingClientRect()];
  if (now) picture.scrollLeft += now.getBoundingClientRect().left - frame.left - frame.width / 3;
  const forward = tape.nodes.slice(0, reached).map((node) => [node.name, node.computation, short(node.value)]);
  const backward = steps.map((step) => {
    const [to, from] = [tape.nodes[step.node].name, tape.nodes[step.from].name];
    return [to, `∂${from}/∂${to} = ${short(step.local)}`, short(step.upstream), short(step.gradient)];
  });
  if (step) backward.at(-1).marked = true;
  else if (node) forward.at(-1).marked = true;
  tables.replaceChildren(
    table("Forward", ["node", "computation", "value"], forward, [2]),
    table("Backward", ["node", "local derivative", "upstream", "gradient"], backward, [2, 3]));
}

function move(by) {
  if (tape === null) return;
  place = Math.max(0, Math.min(tape.nodes.length + tape.steps.length, place + by));
  show();
}

const button = (text, act) => make("button", { type: "button", onclick: act }, text);
document.getElementById("app").append(
  make("form", { class: "formula", onsubmit: (event) => { event.preventDefault(); read(true); } },
    make("div", { class: "control" }, make("label", { for: "formula" }, "expression"), formula),
    make("div", { class: "control" }, make("label", { for: "values" }, "values"), assignments),
    make("button", { type: "submit" }, "Derive")),
  make("p", { class: "buttons" }, examples.map(([name, text, at]) => button(name, () => {
    [formula.value, assignments.value] = [text, at];
    read(true);
  }))),
  fault,
  make("p", { class: "buttons" },
    button("Start", () => move(-1e9)), button("◀ Back", () => move(-1)), button("Next ▶", () => move(1)),
    button("All", () => move(1e9))),
  caption, picture,
  make("p", { class: "note" }, "In bold the value of a node, and after d the gradient that has arrived at it so far."), tables);
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const by = { ArrowLeft: -1, ArrowRight: 1, Home: -1e9, End: 1e9 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  move(by);
});
read(true);
