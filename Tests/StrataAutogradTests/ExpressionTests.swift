import Foundation
import Strata
import Testing

/// 50 random expressions, with their first and second derivatives, against JAX; `make_autograd.py` documents how they
/// are stored.
@Suite(.seeded) struct ExpressionTests {
  static let reference = Result {
    try Safetensors.read(
      URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "References/autograd.safetensors").path)
  }

  @Test(arguments: 0..<50)
  func `values, gradients and Hessian-vector products are JAX's`(number: Int) throws {
    let reference = try Self.reference.get()
    func row(_ name: String) throws -> Tensor { try #require(reference[name])[number] }
    let program = try row("programs").reshaped([8, 3]).elements(as: Int32.self).map { Int($0) }
    let weights = try #require(reference["weights"])
    let f = { (point: Variable) in
      let (w, c) = (point[24..<40].reshaped([4, 4]), point[40..<44])
      var values = [point[0..<12].reshaped([3, 4]), point[12..<24].reshaped([3, 4])]
      for step in 0..<8 {
        let (a, b) = (values[program[3 * step + 1]], values[program[3 * step + 2]])
        values.append(Self.operations[program[3 * step]](a, b, w, c))
      }
      return (values.last! * Variable(weights)).sum()
    }
    let point = try row("points")
    let (value, gradient) = valueWithGradient(of: f, at: point)
    let product = hessianVectorProduct(of: f, at: point, along: try row("directions"))
    let expected = try row("values").item
    #expect(abs(value - expected) <= 1e-12 * max(1, abs(expected)))
    #expect(relativeError(gradient, try row("gradients")) < 1e-11)
    #expect(relativeError(product, try row("products")) < 1e-10)
  }

  private typealias Step = @Sendable (_ a: Variable, _ b: Variable, _ w: Variable, _ c: Variable) -> Variable

  private static let operations: [Step] = [
    { a, b, _, _ in a + b },
    { a, b, _, _ in a - b },
    { a, b, _, _ in a * b },
    { a, b, _, _ in a / (1.5 + b * b) },
    { a, _, w, c in matmul(a, w) + c },
    { a, b, _, _ in matmul(a, matmul(b.transposed, b)) / 4 },
    { a, _, _, _ in exp(tanh(a)) },
    { a, _, _, _ in log(1 + a * a) },
    { a, _, _, c in sigmoid(a) * c },
    { a, b, _, _ in sin(a) - cos(b) },
    { a, _, _, _ in sqrt(1 + a * a) },
    { a, _, _, _ in pow(tanh(a), 3) },
    { a, b, _, _ in relu(a) + 0.1 * b },
    { a, b, _, _ in b + relu(a - b) },
    { a, b, _, _ in softmax(a) * b },
    { a, _, _, _ in logSoftmax(a) },
    { a, b, _, _ in a + logSumExp(b, keepingAxis: true) },
    { a, b, _, _ in a - b.mean(along: 0, keepingAxes: true) },
    { a, b, _, _ in a * b.sum(along: 1, keepingAxes: true) },
    { a, b, _, _ in a - b.max(along: 1, keepingAxis: true) },
    { a, b, _, _ in Variable(concatenating: [a.sliced(1..<3, along: 1), b.sliced(0..<2, along: 1)], along: 1) },
    { a, b, _, _ in a.reshaped([4, 3]).transposed + b },
    { a, b, _, _ in Variable(stacking: [a[2], b[0], a[0] * b[1]]) },
    { a, b, _, _ in a.gathered(rows: Tensor(labels: [2, 0, 2])) - 1 / (2 + b * b) },
  ]
}
