import Foundation
import Strata
import Testing

/// Textbook derivations, with their numbers.
@Suite(.seeded) struct TextbookTests {
  @Test func `a squared error gives dL by each input`() {
    // e = wx + b − y = 2·3 + 1 − 8 = −1, L = e² = 1; dL/de = 2e = −2, dL/dw = −2·x, dL/db = −2.
    let (value, gradient) = valueWithGradient(
      of: { v in pow(v[0] * v[1] + v[2] - v[3], 2) }, at: [[2], [3], [1], [8]] as [Tensor])
    #expect(value == 1)
    #expect(gradient == [[-6], [-4], [-2], [2]])
  }

  @Test func `its trace is the two tables of a textbook`() {
    let trace = trace(
      of: { v in
        let product = (v[0] * v[1]).named("p")
        let sum = (product + v[2]).named("s")
        let error = (sum - v[3]).named("e")
        return pow(error, 2).named("L")
      }, at: ["w": [2], "x": [3], "b": [1], "y": [8]])
    #expect(
      trace.forward == [
        ["w", "", "2"], ["x", "", "3"], ["b", "", "1"], ["y", "", "8"], ["p", "w · x", "6"], ["s", "p + b", "7"],
        ["e", "s − y", "-1"], ["L", "e^2", "1"],
      ])
    #expect(
      trace.backward == [
        ["e", "∂L/∂e = -2", "1", "-2"], ["s", "∂e/∂s = 1", "-2", "-2"], ["y", "∂e/∂y = -1", "-2", "2"],
        ["p", "∂s/∂p = 1", "-2", "-2"], ["b", "∂s/∂b = 1", "-2", "-2"], ["w", "∂p/∂w = 3", "-2", "-6"],
        ["x", "∂p/∂x = 2", "-2", "-4"],
      ])
    #expect(
      trace.description == """
        node  computation  value
        ────────────────────────
        w                      2
        x                      3
        b                      1
        y                      8
        p     w · x            6
        s     p + b            7
        e     s − y           -1
        L     e^2              1

        node  local derivative  upstream  gradient
        ──────────────────────────────────────────
        e     ∂L/∂e = -2               1        -2
        s     ∂e/∂s = 1               -2        -2
        y     ∂e/∂y = -1              -2         2
        p     ∂s/∂p = 1               -2        -2
        b     ∂s/∂b = 1               -2        -2
        w     ∂p/∂w = 3               -2        -6
        x     ∂p/∂x = 2               -2        -4
        """)
  }

  @Test(arguments: [1e20, 1e-23]) func `a quotient's derivative neither overflows nor vanishes before it must`(
    x: Double
  ) {
    let a = Tensor([Float(x)])
    let slopes = gradient(of: { v in (v[0] / v[1]).sum() }, at: [a, a]).map(\.item)
    #expect(abs(slopes[0] * x - 1) < 1e-6 && abs(slopes[1] * x + 1) < 1e-6, "\(slopes)")
  }

  @Test func `a product of a sum sends the sum to one factor and the factor to both terms`() {
    #expect(gradient(of: { v in (v[0] + v[1]) * v[2] }, at: [[-2], [5], [-4]] as [Tensor]) == [[-4], [-4], [3]])
  }

  @Test func `fan-out adds: x times x has the derivative 2x`() {
    #expect(gradient(of: { x in (x * x).sum() }, at: [3, -1, 0.5]) == [6, -2, 1])
    let trace = trace(of: { v in v[0] * v[0] }, at: ["x": [3]])
    // Each use adds 3.
    #expect(trace.backward == [["x", "∂v1/∂x = 3", "1", "3"], ["x", "∂v1/∂x = 3", "1", "6"]])
  }

  @Test func `dual numbers give the derivative along an input`() {
    // ∂(x₁x₂ + sin x₁)/∂x₁ = x₂ + cos x₁ = 3 + cos 2 = 2.584.
    let point = [Tensor([2.0]), Tensor([3.0])].map { $0.converted(to: .float64) }
    let along = [Tensor([1.0]), Tensor([0.0])].map { $0.converted(to: .float64) }
    let (value, tangent) = jvp(of: { x in x[0] * x[1] + sin(x[0]) }, at: point, along: along)
    #expect(abs(value.item - (6 + Foundation.sin(2.0))) < 1e-15)
    #expect(abs(tangent.item - (3 + Foundation.cos(2.0))) < 1e-15)
    #expect((tangent.item * 1000).rounded() == 2584)
  }

  @Test func `of many inputs and one output, reverse mode takes one pass`() {
    let found = jacobian(of: { x in (x * x).sum() }, at: Tensor(ones: [1_000_000]))
    #expect(found.mode == .reverse && found.passes == 1)
    #expect(found.matrix == Tensor(repeating: 2, shape: [1, 1_000_000]))
  }

  @Test func `of one input and many outputs, forward mode takes one pass`() {
    let angles = Tensor((0..<1000).map { Double($0) / 100 })
    let found = jacobian(of: { x in sin(x * Variable(angles)) }, at: Tensor([0.5] as [Double]))
    #expect(found.mode == .forward && found.passes == 1)
    #expect(relativeError(found.matrix, (angles * cos(0.5 * angles)).reshaped([1000, 1])) < 1e-15)
  }
}
