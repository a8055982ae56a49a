import Foundation
import StrataLayers
import StrataTensor

/// The computational graph of an expression, with the values of the forward pass and the local derivatives and
/// gradients of the backward pass.
///
/// ```swift
/// let trace = trace(of: { v in pow(v[0] * v[1], 2).named("L") }, at: ["w": [2], "x": [3]])
/// print(trace)                                            // both passes as tables
/// try trace.svg.write(toFile: "graph.svg", atomically: true, encoding: .utf8)
/// ```
public struct Trace: Sendable, CustomStringConvertible {
  /// The recorded entry of a node.
  typealias Step = (name: String?, operation: String, operands: [(position: Int?, value: Tensor)], value: Tensor)

  /// The forward pass: node, computation, value.
  public private(set) var forward: [[String]] = []

  /// The backward pass, edge by edge: node, local derivative, upstream gradient, and the node's gradient summed so
  /// far. The local derivative is Jᵀ·1; for an elementwise operation that is the derivative itself.
  public private(set) var backward: [[String]] = []

  private var edges: [(from: Int, to: Int)] = []

  init(_ tape: consuming Tape, _ dy: Variable) {
    for step in tape.nodes.compactMap(\.step) {
      let operands = step.operands.map { position, value in position.map { forward[$0][0] } ?? text(value) }
      edges += step.operands.compactMap { $0.position.map { ($0, forward.count) } }
      forward.append([step.name ?? "v\(forward.count)", formula(step.operation, operands), text(step.value)])
    }
    var (unused, totals, rows, names) = (Gradients.discarding, [Int: Variable](), [[String]](), forward.map { $0[0] })
    _ = tape.sweep([dy], &unused) { position, node, dy in
      func pulled(_ dy: Variable) -> [Variable?] {
        var (node, unused) = (node, Gradients.discarding)
        return node.pullback(dy, &node, { _ in true }, &unused)
      }
      let parts = zip(pulled(dy), pulled(Variable(Tensor(ones: dy.shape, dtype: dy.dtype))))
      for case (let parent, (let part?, let local?)) in zip(node.parents, parts) {
        let total = totals[parent].map { $0 + part } ?? part
        totals[parent] = total
        let derivative = "∂\(names[position])/∂\(names[parent]) = \(text(local.value))"
        rows.append([names[parent], derivative, text(dy.value), text(total.value)])
      }
    }
    backward = rows
  }

  public var description: String {
    let (first, second) = (["node", "computation", "value"], ["node", "local derivative", "upstream", "gradient"])
    return table([first] + forward, rightAligned: [2], hasTotal: false) + "\n\n"
      + table([second] + backward, rightAligned: [2, 3], hasTotal: false)
  }

  /// A label for each node, such as "L = e^2 = 1".
  private var labels: [String] { forward.map { row in row.filter { !$0.isEmpty }.joined(separator: " = ") } }

  /// The graph in the DOT language of Graphviz.
  public var dot: String {
    let nodes = labels.enumerated().map { "  n\($0) [label=\"\($1.replacing("\"", with: "\\\""))\"];\n" }
    return "digraph {\n\(nodes.joined())\(edges.map { "  n\($0) -> n\($1);\n" }.joined())}\n"
  }

  /// The graph as a drawing, each operation to the right of its operands.
  public var svg: String {
    var (places, heights) = ([(x: Int, y: Int)](), [Int: Int]())
    for index in forward.indices {
      let x = (edges.filter { $0.to == index }.map { places[$0.from].x }.max() ?? -200) + 210
      places.append((x, heights[x, default: 10]))
      heights[x, default: 10] += 50
    }
    let lines = edges.map { from, to in
      let (a, b) = (places[from], places[to])
      return "<path d=\"M\(a.x + 180) \(a.y + 15)L\(b.x) \(b.y + 15)\" stroke=\"#888\"/>"
    }
    let boxes = zip(labels, places).map { label, place in
      let text = label.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      return "<g transform=\"translate(\(place.x) \(place.y))\"><rect width=\"180\" height=\"30\" fill=\"#eef\"/>"
        + "<text x=\"90\" y=\"19\">\(text)</text></g>"
    }
    let size = "\((heights.keys.max() ?? 0) + 190) \(heights.values.max() ?? 0)"
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(size)\" font-family=\"sans-serif\" "
      + "font-size=\"12\" text-anchor=\"middle\">\n\((lines + boxes).joined(separator: "\n"))\n</svg>\n"
  }
}

/// Returns a formula such as "a + b", "sin(a)" or "a^2".
private func formula(_ operation: String, _ operands: [String]) -> String {
  if operands.isEmpty { return "" }
  if operation.hasPrefix("^") { return operands[0] + operation }
  if !["+", "−", "·", "/"].contains(operation) { return "\(operation)(\(operands.joined(separator: ", ")))" }
  return operands.count == 1 ? operation + operands[0] : operands.joined(separator: " \(operation) ")
}

/// Returns the numbers of a small tensor, or the shape of a large one.
private func text(_ x: Tensor) -> String {
  if x.count > 6 { return "\(x.shape)" }
  let numbers = x.elements(as: Double.self).map { String(format: "%.5g", $0) }.joined(separator: ", ")
  return x.count == 1 ? numbers : "[\(numbers)]"
}

/// Returns the trace of a scalar function of named inputs, through its forward and backward passes.
public func trace(
  of f: ([Variable]) throws -> Variable, at inputs: KeyValuePairs<String, Tensor>
) rethrows -> Trace {
  try trace(of: f, inputs: inputs.map { (name: $0, value: $1) })
}

/// Returns the same for inputs whose names are not written in the program.
public func trace(
  of f: ([Variable]) throws -> Variable, inputs: [(name: String, value: Tensor)]
) rethrows -> Trace {
  let (y, tape) = try Tape.record(learns: true, names: inputs.map(\.name), at: inputs.map { Variable($0.value) }, f)
  return Trace(tape, Variable(one(y)))
}
