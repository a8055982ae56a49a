import Strata
import StrataTensor
import Testing

/// The activations of one line, at the ends of the number line and at their corners.
@Suite(.seeded) struct MoreActivationTests {
  /// y and dy/dx at one number.
  private func values(_ layer: some Layer, at x: Double, _ dtype: DType) -> [Double] {
    let (y, dx, _) = layer.run(Tensor([x] as [Double]).converted(to: dtype), Tensor(ones: [1], dtype: dtype))
    return y.elements(as: Double.self) + dx.elements(as: Double.self)
  }

  @Test(arguments: [DType.float32, .float64])
  func `limits are those of PyTorch, and of the function where PyTorch's is NaN`(_ dtype: DType) {
    let inf = Double.infinity
    let expected: [(any Layer, below: [Double], above: [Double])] = [
      (SELU(), [-1.7580993408473766, 0], [inf, 1.0507009873554805]), (CELU(alpha: 2), [-2, 0], [inf, 1]),
      (Hardswish(), [0, 0], [inf, 1]), (Hardsigmoid(), [0, 0], [1, 0]), (Hardtanh(), [-1, 0], [1, 0]),
      (ReLU6(), [0, 0], [6, 0]), (LogSigmoid(), [-inf, 1], [0, 0]), (Softshrink(), [-inf, 1], [inf, 1]),
      (Hardshrink(), [-inf, 1], [inf, 1]), (Tanhshrink(), [-inf, 1], [inf, 1]),
      (Threshold(1, value: 3), [3, 0], [inf, 1]), (Mish(), [.nan, .nan], [inf, 1]),
      (Softsign(), [.nan, 0], [.nan, 0]),
    ]
    for (layer, below, above) in expected {
      for (x, wanted) in [(-inf, below), (inf, above), (.nan, [.nan, .nan])] {
        let found = values(layer, at: x, dtype)
        #expect(found[0].isNaN == wanted[0].isNaN, "\(layer) at \(x)")
        guard !wanted[0].isNaN else { continue }
        let isSame = zip(found, wanted).allSatisfy { $0 == $1 || abs($0 - $1) < (dtype == .float32 ? 1e-6 : 1e-14) }
        #expect(isSame, "\(layer) at \(x): \(found)")
      }
    }
  }

  @Test func `corners take the slope of PyTorch`() {
    let corners: [(any Layer, Double, Double)] = [
      (Hardswish(), -3, 0), (Hardswish(), 3, 1), (Hardsigmoid(), -3, 0), (Hardsigmoid(), 3, 0), (Hardtanh(), -1, 0),
      (Hardtanh(), 1, 0), (ReLU6(), 0, 0), (ReLU6(), 6, 0), (Softshrink(), 0.5, 0), (Hardshrink(), 0.5, 0),
      (Threshold(0, value: 0), 0, 0), (SELU(), 0, 1.7580993408473766), (CELU(), 0, 1), (Softsign(), 0, 1),
    ]
    for (layer, x, slope) in corners {
      #expect(abs(values(layer, at: x, .float64)[1] - slope) < 1e-14, "\(layer) at \(x)")
    }
  }

  @Test func `Mish and the log-sigmoid keep their digits in the tails`() {
    for x in [-80.0, -30, -8] {
      #expect(abs(values(Mish(), at: x, .float32)[0] / values(Mish(), at: x, .float64)[0] - 1) < 1e-6)
    }
    #expect(abs(values(LogSigmoid(), at: 30, .float32)[0] / -9.357622968840175e-14 - 1) < 1e-6)
    #expect(values(LogSigmoid(), at: -1e4, .float32) == [-1e4, 1])
  }

  @Test func `options and names can be read`() {
    #expect(
      "\(CELU(alpha: 2)) \(Softshrink()) \(Hardshrink(lambda: 1))"
        == "CELU(alpha: 2.0) Softshrink(lambda: 0.5) Hardshrink(lambda: 1.0)")
    #expect(
      "\(Mish()) \(Hardtanh(-1...2)) \(Threshold(1, value: 0))"
        == "Mish() Hardtanh(-1.0...2.0) Threshold(1.0, value: 0.0)")
    #expect(
      "\(Softmax()) \(LogSoftmax(axis: 1)) \(GLU()) \(Maxout(pieces: 3))"
        == "Softmax() LogSoftmax(axis: 1) GLU() Maxout(pieces: 3)")
    #expect(
      Hardtanh(-1...2).range == -1...2 && Threshold(1, value: 2).threshold == 1 && Threshold(1, value: 2).value == 2)
  }
}
