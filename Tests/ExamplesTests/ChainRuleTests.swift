import ExampleSupport
import Foundation
import Strata
import Testing

@testable import ChainRule

@Suite(.seeded) struct ChainRuleTests {
  @Test func `the derivations end at the numbers of the textbooks`() {
    let lines = Lines()
    #expect(runChainRule([], ExampleIO(output: { lines.add($0) }, errors: { _ in })) == 0)
    let text = lines.all.joined(separator: "\n")
    for part in [
      "w     ∂wx/∂w = 3              -2        -6", "b     ∂ŷ/∂b = 1               -2        -2", "∂f/∂x₁ = 2.58",
      "1,000,000 inputs, 1 output: reverse mode, passes: 1", "1 input, 1,000 outputs:     forward mode, passes: 1",
      "step 6: x = [1., 1.]",
    ] {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test func `the graph is written where the option says`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "chain-rule-\(UUID()).svg").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let silent = ExampleIO(output: { _ in }, errors: { _ in })
    #expect(runChainRule(["--svg", path], silent) == 0)
    #expect(try String(contentsOfFile: path, encoding: .utf8).contains("L = e^2 = 1"))
    #expect(runChainRule(["--svg", "/no/such/place.svg"], silent) == 1)
    #expect(runChainRule(["--svgs", path], silent) == 64)
  }

  /// What the program says of an expression, with all numbers.
  private func run(_ arguments: String...) -> (code: Int32, output: String, errors: String) {
    let path = FileManager.default.temporaryDirectory.appending(path: "chain-rule-\(UUID()).svg").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let (output, errors) = (Lines(), Lines())
    let io = ExampleIO(output: { output.add($0) }, errors: { errors.add($0) })
    let code = runChainRule(["--expression"] + arguments + ["--svg", path], io)
    return (code, output.all.joined(separator: "\n"), errors.all.joined(separator: "\n"))
  }

  @Test func `an expression is shown with both passes`() {
    let (code, output, _) = run("(w*x + b - y)^2", "w=2", "x=3", "b=1", "y=8")
    #expect(code == 0)
    let words = output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    for line in ["v4 w · x 6", "v5 v4 + b 7", "v6 v5 − y -1", "L v6^2 1", "w ∂v4/∂w = 3 -2 -6", "b ∂v5/∂b = 1 -2 -2"] {
      #expect(words.contains { $0.hasPrefix(line) }, "\(line) in \(words)")
    }
  }

  static let formulas: [(text: String, x: Double, value: Double, derivative: Double)] = [
    ("2*x^2^3 - -x", 2, 514, 2049), ("-x^2", 3, -9, -6), ("6/x/2", 3, 1, -1 / 3), ("x^-1", 2, 0.5, -0.25),
    ("exp(x) · 2e0", 0, 2, 2), ("1 - (x - 3)", 1, 3, -1), ("sigmoid(x)", 0, 0.5, 0.25), ("relu(x)*x", 2, 4, 4),
    ("x^x", 1, 1, 1), ("sqrt(x) + .5e-1", 4, 2.05, 0.25), ("x", 7, 7, 1),
  ]

  @Test(arguments: formulas)
  func `operations bind as in mathematics`(
    _ text: String, _ x: Double, _ value: Double, _ derivative: Double
  ) throws {
    let expression = try ExpressionParser.parse(text)
    let (y, slope) = valueWithGradient(of: { expression([$0]).reshaped(to: [1]) }, at: Tensor([x] as [Double]))
    #expect(abs(y - value) < 1e-12 && abs(slope.item - derivative) < 1e-12, "\(y), \(slope)")
    #expect(try !expression.trace(at: ["x=\(x)"]).forward.isEmpty)
  }

  static let faults: [(text: String, place: Int, reason: String)] = [
    ("(x + 2", 0, "nothing closes this \"(\""), ("x + 2)", 5, "nothing opens this \")\""),
    ("x +", 3, "a value is missing at the end"), ("x * / 2", 4, "a value is missing before \"/\""),
    ("2 x", 2, "an operation is missing before \"x\""), ("sine(x)", 0, "no function is called sine"),
    ("x + exp", 7, "exp needs its argument in parentheses"), ("1.2.3 + x", 0, "1.2.3 is not a number"),
    ("x + 2e", 4, "2e is not a number"), ("", 0, "a value is missing at the end"), ("x ^ $", 4, "a value is missing"),
    (String(repeating: "(", count: 5000), 0, "at most 2000"),
    (String(repeating: "(", count: 900), 100, "more than 100"),
  ]

  @Test(arguments: faults)
  func `a wrong expression is shown with the place of its fault`(_ text: String, _ place: Int, _ reason: String) {
    let (code, _, errors) = run(text, "x=1")
    #expect(code == 64 && errors.contains(reason), "\(errors)")
    let lines = errors.split(separator: "\n")
    if lines.count == 3 { #expect(lines[2] == "  " + String(repeating: " ", count: place) + "^", "\(errors)") }
  }

  @Test(arguments: [
    ["x=1", "y=2"], ["x=1", "x=2"], ["x=one"], ["x"], [], ["x=inf"], ["--bogus"], ["x=1", "--svg"],
  ])
  func `values that do not fit are refused`(_ values: [String]) {
    let silent = ExampleIO(output: { _ in }, errors: { _ in })
    #expect(runChainRule(["--expression", "x + 1"] + values, silent) == 64)
    #expect(runChainRule(["x=1"], silent) == 64)
  }
}
