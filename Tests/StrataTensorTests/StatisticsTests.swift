import Foundation
import StrataTensor
import Testing

@Suite(.seeded) struct StatisticsTests {
  @Test(arguments: [DType.float32, .float64])
  func `variance is the mean square of deviations`(dtype: DType) {
    let x = Tensor([[1, 2, 3, 6], [2, 2, 2, 2]], dtype: dtype)
    #expect(x.variance(along: 1) == Tensor([14.0 / 3, 0] as [Double]).converted(to: dtype))
    #expect(x.variance(along: -1, keepingAxis: true, correction: 0) == Tensor([[3.5], [0]], dtype: dtype))
    #expect(x.std(along: 1, correction: 0) == sqrt(x.variance(along: 1, correction: 0)))
    #expect(x.variance(along: 0) == Tensor([0.5, 0, 0.5, 8], dtype: dtype))
    #expect(
      x.variance(correction: 0).item == 2 && x[0].std().item == (x[0].variance().item).squareRoot().rounded(dtype))
  }

  @Test func `one number has no variance, and a large mean does not swallow it`() {
    #expect(Tensor([5]).variance().item.isNaN && Tensor([5]).variance(correction: 0).item == 0)
    let x = Tensor([1e6, 1e6 + 1, 1e6 + 2] as [Float])
    #expect(x.variance().item == 1)
  }

  @Test(arguments: [DType.float32, .float64])
  func `the variance of many blocks is that of all`(dtype: DType) {
    let x = 3_000 + randomTensor([40_003], dtype)
    let (wide, mean) = (doubles(x), doubles(x).reduce(0, +) / 40_003)
    let expected = wide.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40_002
    for variance in [x.variance(), x.variance(along: 0)] {
      #expect(Swift.abs(variance.item - expected) <= (2 * epsilon(of: dtype) + 1e-12) * expected)
    }
    #expect(
      isSameOnAllWorkers { x.variance() }
        && isSameOnAllWorkers { x[..<40_000].reshaped(to: [8, 5_000]).variance(along: 1) })
    #expect(Tensor(zeros: [0], dtype: dtype).variance().item.isNaN)
    for stray in [Double.infinity, .nan] {
      var y = x
      y[20_000] = stray
      #expect(y.variance().item.isNaN && y.variance(along: 0).item.isNaN)
    }
  }

  @Test func `norms are those of their definition`() {
    let x: Tensor = [[3, -4], [0, 0], [1, 1]]
    #expect(x.norm(along: 1) == sqrt([25, 0, 2]) && x.norm(1, along: 1) == [7, 0, 2])
    #expect(x.norm(.infinity, along: 1) == [4, 0, 1] && x.norm(-.infinity, along: 1) == [3, 0, 1])
    #expect(x.norm(0, along: 1) == [2, 0, 2] && x.norm(0, along: 0, keepingAxis: true) == [[2, 2]])
    #expect(Swift.abs(x.norm(3, along: 1)[0] as Double - pow(91, 1.0 / 3)) < 1e-6)
    #expect(x.norm(2).item == Double(Float(27.0.squareRoot())))
    #expect(Tensor(repeating: 3e38, shape: [4]).norm(along: 0, keepingAxis: true)[0] == .infinity)
    #expect(Tensor(repeating: 1e30, shape: [4]).norm(2).item == Double(Float(2e30)), "squares do not overflow")
  }

  @Test(arguments: [DType.float32, .float64])
  func `logSumExp holds at both infinities`(dtype: DType) {
    let infinite: [Double] = [
      -.infinity, -.infinity, .infinity, -.infinity, 0, .infinity, .nan, .infinity, 1_000, 1_000,
    ]
    let y = doubles(logSumExp(Tensor(infinite, shape: [5, 2]).converted(to: dtype)))
    #expect(y[0] == -.infinity && y[1] == .infinity && y[2] == .infinity && y[3].isNaN)
    #expect(Swift.abs(y[4] - 1_000 - Foundation.log(2)) < 1e-3 * (dtype == .float32 ? 1 : 1e-9))
    #expect(logSumExp(Tensor([[0, 0]], dtype: dtype), along: 0, keepingAxis: true).shape == [1, 2])
    #expect(logSumExp(Tensor([-.infinity, 3], dtype: dtype)).item == 3)
  }
}

extension Double {
  fileprivate func rounded(_ dtype: DType) -> Double { StrataTensorTests.rounded(self, to: dtype) }
}

@Suite(.seeded) struct MakingTests {
  @Test func `ranges are counted with a step`() {
    #expect(Tensor(arange: 0..<4) == Tensor(labels: [0, 1, 2, 3]))
    #expect(Tensor(arange: 2..<9, step: 3, dtype: .float32) == [2, 5, 8])
    #expect(Tensor(arange: 0..<3, step: -1) == Tensor(labels: [2, 1, 0]) && Tensor(arange: 3..<3).shape == [0])
    #expect(Tensor(arange: 0..<1, step: 0.25) == [0, 0.25, 0.5, 0.75])
    #expect(Tensor(arange: 0..<1.1, step: 0.5, dtype: .float64).count == 3)
  }

  @Test func `both ends of a line are exact`() {
    #expect(Tensor(linspace: 0...1, count: 5) == [0, 0.25, 0.5, 0.75, 1])
    let x = doubles(Tensor(linspace: 0.1...0.7, count: 4, dtype: .float64))
    #expect(x.first == 0.1 && x.last == 0.7)
    #expect(Tensor(linspace: 2...3, count: 1) == [2] && Tensor(linspace: 2...3, count: 0).shape == [0])
  }

  @Test(arguments: DType.allCases)
  func `the identity has ones on its diagonal`(dtype: DType) {
    #expect(Tensor(eye: 2, dtype: dtype) == Tensor([[1, 0], [0, 1]], dtype: dtype))
    #expect(Tensor(eye: 1, 3, dtype: dtype) == Tensor([[1, 0, 0]], dtype: dtype) && Tensor(eye: 3, 0).shape == [3, 0])
  }
}
