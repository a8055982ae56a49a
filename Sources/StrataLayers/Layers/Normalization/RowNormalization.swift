import StrataTensor

/// What ``LayerNorm`` and ``RMSNorm`` share: each row of as many elements as the weight has is normalized by
/// itself, about its mean where there is a bias, else about 0. Weights and biases that are not learnt are ones and zeros.
enum RowNormalization {
  /// What the backward needs of the forward.
  struct Cache: Sendable {
    let x: Tensor
    let weight: Tensor
    /// Each row's mean and 1/σ, [rows, 2], in double precision.
    let moments: Tensor
  }

  /// y and each row's moments; y takes the memory of x where nobody else holds it.
  static func forward(
    _ x: consuming Tensor, _ weight: Tensor, _ bias: Tensor?, epsilon: Double
  ) -> (y: Tensor, moments: Tensor) {
    let (rows, width) = (x.count / weight.count, weight.count)
    let moments = Tensor(uninitialized: [rows, 2], dtype: .float64)
    func run<T: KernelScalar>(_: T.Type, _ x: Tensor, into y: Tensor) {
      parallel(over: rows, grain: max(1, elementGrain / width)) { range in
        let (row, start) = (2 * range.lowerBound, range.lowerBound * width)
        T.rowNorm(
          range.count, width, epsilon, x.pointer(at: start), weight.pointer(), bias?.pointer(),
          moments.mutablePointer(at: row), y.mutablePointer(at: start))
      }
    }
    x.overwrite { x, y in x.dtype.withKernels(for: "normalization") { run($0, x, into: y) } }
    return (x, moments)
  }

  /// dx, in the memory of dy where nobody else holds it; adds dL/dweight = Σ dy·x̂ and dL/dbias = Σ dy.
  static func backward(
    _ layer: @autoclosure () -> String, _ dy: consuming Tensor, _ cache: Cache, isCentered: Bool, _ weight: Parameter?,
    _ bias: Parameter?, _ gradients: inout Gradients
  ) -> Tensor {
    let (x, factors, moments) = (cache.x, cache.weight, cache.moments)
    dy.requireGradient(of: layer(), x.shape, x.dtype)
    let (rows, width, centered) = (moments.shape[0], factors.count, isCentered ? Int32(1) : 0)
    let grain = blockLength(rows, width: width, atLeast: 32)
    let sums = Tensor(zeros: [max(1, (rows + grain - 1) / grain), 2, width], dtype: .float64)
    func run<T: KernelScalar>(_: T.Type, _ dy: Tensor, into dx: Tensor) {
      parallel(over: rows, grain: grain) { range in
        let (row, start) = (2 * range.lowerBound, range.lowerBound * width)
        T.rowNormBackward(
          range.count, width, centered, x.pointer(at: start), dy.pointer(at: start), factors.pointer(),
          moments.pointer(at: row), dx.mutablePointer(at: start),
          sums.mutablePointer(at: range.lowerBound / grain * 2 * width))
      }
    }
    dy.overwrite { dy, dx in dy.dtype.withKernels(for: "normalization") { run($0, dy, into: dx) } }
    let total = sums.sum(along: 0).converted(to: x.dtype)
    if let weight { gradients.add(total[0].reshaped(to: weight.shape), to: weight) }
    if let bias { gradients.add(total[1].reshaped(to: bias.shape), to: bias) }
    return dy
  }

  /// A parameter's value, or one number everywhere, in the type of an input.
  static func value(_ parameter: Parameter?, or number: Double, _ shape: Shape, like dtype: DType) -> Tensor {
    parameter?.value ?? Tensor(repeating: number, shape: shape, dtype: dtype)
  }

  /// A layer's refusal of an input whose last axes are not those of its weight.
  static func outputShape(for input: Shape, normalized: Shape, _ layer: String) throws -> Shape {
    guard input.rank > normalized.rank,
      input.lengths.suffix(normalized.rank).elementsEqual(normalized.lengths)
    else {
      let axes = normalized.lengths.map(String.init).joined(separator: ", ")
      throw ShapeError(
        layer, expected: "[…, \(axes)]", input: input,
        remedy: "make it of the size of the last axes that come before", assumedOutput: input)
    }
    return input
  }
}
