// Tensors of numbers at equal distances, and the identity.
extension Tensor {
  /// The integers of a range, every `step`-th: `Tensor(arange: 0..<5)` is [0, 1, 2, 3, 4], in `int32`.
  public init(arange range: Range<Int>, step: Int = 1, dtype: DType = .int32) {
    require(step != 0, "arange: a step of 0 goes nowhere")
    let first = step > 0 ? range.lowerBound : range.upperBound - 1
    let count = (range.count - 1 + abs(step)) / abs(step)
    self.init((0..<count).map { Double(first + $0 * step) }, shape: [count])
    self = converted(to: dtype)
  }

  /// The numbers lower + i · step below the upper bound of a range: `Tensor(arange: 0..<1, step: 0.25)`.
  public init(arange range: Range<Double>, step: Double, dtype: DType = .float32) {
    require(step > 0, "arange: needs a step above 0, not \(step)")
    let count = Int(((range.upperBound - range.lowerBound) / step).rounded(.up))
    self.init((0..<count).map { range.lowerBound + Double($0) * step }, shape: [count])
    self = converted(to: dtype)
  }

  /// Numbers at equal distances, the first and the last being the bounds of a range.
  public init(linspace range: ClosedRange<Double>, count: Int, dtype: DType = .float32) {
    let (lower, upper) = (range.lowerBound, range.upperBound)
    let last = Double(Swift.max(1, count - 1))
    // From the nearer end, so that both are exact.
    let numbers = (0..<count).map { (index: Int) -> Double in
      let fraction = Double(index) / last
      return fraction < 0.5 ? lower + (upper - lower) * fraction : upper - (upper - lower) * (1 - fraction)
    }
    self.init(count == 1 ? [lower] : numbers, shape: [count])
    self = converted(to: dtype)
  }

  /// The identity matrix: 1 on the diagonal, 0 elsewhere; of as many columns as rows unless said otherwise.
  public init(eye rows: Int, _ columns: Int? = nil, dtype: DType = .float32) {
    self.init(zeros: [rows, columns ?? rows], dtype: dtype)
    for index in 0..<Swift.min(rows, columns ?? rows) { self[index, index] = 1.0 }
  }
}
