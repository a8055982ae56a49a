import ExampleSupport
import Foundation
import Strata
import StrataTensor

/// An expression that is drawn, with values for its names, and what the tape makes of it.
struct RandomExpression: Encodable {
  private let text: String
  /// As `name=number`.
  private let values: [String]
  private let forward: [[String]]
  private let backward: [[String]]
  private let value: Double
  /// By the names in the order of the expression.
  private let gradients: [Double]

  /// Draws expressions until one and its gradients are finite and of a size whose rounding does not matter.
  ///
  /// - Throws: What the parser throws for text that is no expression.
  init(_ generator: inout RandomGenerator) throws {
    while true {
      let text = Self.sum(3, &generator)
      let expression = try ExpressionParser.parse(text)
      guard !expression.names.isEmpty else { continue }
      let numbers = expression.names.map { _ in Double(Int.random(in: -12...12, using: &generator)) / 4 }
      let values = zip(expression.names, numbers).map { "\($0)=\($1)" }
      let trace = try expression.trace(at: values)
      let (y, slopes) = valueWithGradient(
        of: { expression($0).reshaped(to: [1]) }, at: numbers.map { Tensor([$0] as [Double]) })
      let shown = trace.forward.map { $0[2] } + trace.backward.flatMap { $0[2...] }
      let areUsable = shown.allSatisfy { Double($0).map { abs($0) < 1e6 } ?? false }
      guard areUsable else { continue }
      (self.text, self.values) = (text, values)
      (forward, backward) = (trace.forward, trace.backward)
      (value, gradients) = (y, slopes.map(\.item))
      return
    }
  }

  private static func sum(_ depth: Int, _ generator: inout RandomGenerator) -> String {
    chain(["+", "-", " + ", " − "], depth, &generator, product)
  }

  private static func product(_ depth: Int, _ generator: inout RandomGenerator) -> String {
    chain(["*", "/", " · ", " ÷ "], depth, &generator, factor)
  }

  private static func chain(
    _ signs: [String], _ depth: Int, _ generator: inout RandomGenerator,
    _ part: (Int, inout RandomGenerator) -> String
  ) -> String {
    var text = part(depth, &generator)
    while Int.random(in: 0..<5, using: &generator) < 2 {
      text += signs.randomElement(using: &generator)! + part(depth, &generator)
    }
    return text
  }

  private static func factor(_ depth: Int, _ generator: inout RandomGenerator) -> String {
    switch Int.random(in: 0..<12, using: &generator) {
    case 0: "-" + factor(depth, &generator)
    case 1: atom(depth, &generator) + "^" + ["2", "3", "-1", "0.5", "0", "1"].randomElement(using: &generator)!
    case 2: atom(depth, &generator) + " ^ " + factor(depth, &generator)
    default: atom(depth, &generator)
    }
  }

  private static func atom(_ depth: Int, _ generator: inout RandomGenerator) -> String {
    switch Int.random(in: 0..<(depth > 0 ? 10 : 6), using: &generator) {
    case 0: ["2", "0.5", "1e1", ".25", "3."].randomElement(using: &generator)!
    case 1...5: ["x", "y", "w1", "ŷ"].randomElement(using: &generator)!
    case 6, 7: "(\(sum(depth - 1, &generator)))"
    default: Expression.functions.keys.sorted().randomElement(using: &generator)! + "(\(sum(depth - 1, &generator)))"
    }
  }
}
