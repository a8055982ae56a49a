import Foundation
import Strata
import Testing

/// The graph of an expression as tables, as DOT and as SVG.
@Suite(.seeded) struct TraceTests {
  static let trace = Strata.trace(of: { v in (sin(v[0]) * v[1] + 2).named("a < b & \"c\"") }, at: ["x": [0], "y": [3]])

  @Test func `computations stand as formulas, with the numbers of constants`() {
    #expect(Self.trace.forward.map { $0[1] } == ["", "", "sin(x)", "v2 · y", "v3 + 2"])
    let unary = Strata.trace(of: { v in pow(-v[0], 3) / v[0] }, at: ["x": [2]])
    #expect(unary.forward.map { $0[1] } == ["", "−x", "v1^3", "v2 / x"])
  }

  @Test func `of tensors, small ones stand as numbers and large ones as shapes`() {
    let weights = Tensor(repeating: 0.5, shape: [2, 3])
    let trace = Strata.trace(of: { v in matmul(v[0], v[1]).sum() }, at: ["x": Tensor(ones: [4, 2]), "w": weights])
    #expect(
      trace.forward == [
        ["x", "", "[4, 2]"], ["w", "", "[0.5, 0.5, 0.5, 0.5, 0.5, 0.5]"], ["v2", "matmul(x, w)", "[4, 3]"],
        ["v3", "sum(v2)", "12"],
      ])
    #expect(trace.backward.map { $0[0] } == ["v2", "x", "w"])
  }

  @Test func `DOT has a node for each operation and an arrow for each operand`() {
    #expect(
      Self.trace.dot == """
        digraph {
          n0 [label="x = 0"];
          n1 [label="y = 3"];
          n2 [label="v2 = sin(x) = 0"];
          n3 [label="v3 = v2 · y = 0"];
          n4 [label="a < b & \\"c\\" = v3 + 2 = 2"];
          n0 -> n2;
          n2 -> n3;
          n1 -> n3;
          n3 -> n4;
        }

        """)
  }

  @Test func `the drawing is well-formed, with operations to the right of their operands`() throws {
    let parser = XMLElements(Self.trace.svg)
    #expect(parser.isWellFormed)
    #expect(parser.count(of: "rect") == 5 && parser.count(of: "path") == 4)
    #expect(parser.boxes.map { $0.x } == [10, 10, 220, 430, 640])
    #expect(Set(parser.boxes.map { "\($0)" }).count == 5, "no box covers another")
    #expect(parser.text.contains("a < b & \"c\" = v3 + 2 = 2"))
  }

  @Test func `parameters and layers are nodes`() {
    let (gain, linear) = (Parameter([1], initialValue: 2), Linear(2, 1, initializer: .constant(1)))
    let trace = Strata.trace(of: { v in gain.variable * linear(v[0]).reshaped([1]) }, at: ["x": [[1, 2]]])
    #expect(trace.forward.map { $0[1] } == ["", "", "Linear(x)", "reshaped(v2)", "v1 · v3"])
    // The layer's Jᵀ·1 is its weight, all ones.
    #expect(trace.backward.last == ["x", "∂v2/∂x = [1, 1]", "2", "[2, 2]"])
  }

  @Test func `no two nodes of a drawing stand at one place`() {
    let drawing = Strata.trace(of: { v in (v[0] * v[1] + v[2]) * v[3] }, at: ["a": [1], "b": [2], "c": [3], "d": [4]])
      .svg
    let places = drawing.matches(of: /translate\((\d+ \d+)\)/).map { String($0.1) }
    #expect(places.count == 7)
    #expect(Set(places).count == places.count)
  }
}

/// The elements that a strict XML parser finds.
private struct XMLElements {
  var isWellFormed = true
  private var names: [String] = []
  private(set) var boxes: [(x: Int, y: Int)] = []
  private(set) var text = ""

  init(_ document: String) {
    var open: [String] = []
    var rest = Substring(document)
    while let start = rest.firstIndex(of: "<"), let end = rest[start...].firstIndex(of: ">") {
      text += rest[..<start].replacing("&lt;", with: "<").replacing("&amp;", with: "&")
      let tag = rest[start...end].dropFirst().dropLast()
      let name = String(tag.drop { $0 == "/" }.prefix { $0.isLetter })
      if tag.hasPrefix("/") {
        if open.popLast() != name { isWellFormed = false }
      } else {
        names.append(name)
        if !tag.hasSuffix("/") { open.append(name) }
        if tag.filter({ $0 == "\"" }).count % 2 != 0 { isWellFormed = false }
        if let place = tag.firstMatch(of: /translate\((\d+) (\d+)\)/) { boxes.append((Int(place.1)!, Int(place.2)!)) }
      }
      rest = rest[rest.index(after: end)...]
    }
    if !open.isEmpty { isWellFormed = false }
  }

  func count(of name: String) -> Int { names.filter { $0 == name }.count }
}
