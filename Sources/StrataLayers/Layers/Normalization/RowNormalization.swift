import CStrataKernels
import StrataTensor

/// What ``LayerNorm`` and ``RMSNorm`` share: each row of as many elements as the weight has is normalized by
/// itself, about its mean where there is a bias, else about 0.
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
    requireSameType(x.dtype, weight.dtype)
    let (rows, width) = (x.count / weight.count, weight.count)
    let moments = Tensor(uninitialized: [rows, 2], dtype: .float64)
    x.overwrite { x, y in
      parallel(over: rows, grain: max(1, elementGrain / width)) { range in
        let (n, row, start) = (range.count, 2 * range.lowerBound, range.lowerBound * width)
        if x.dtype == .float32 {
          strata_row_norm_f32(
            n, width, epsilon, x.read(start), weight.read(), bias?.read(), moments.write(row), y.write(start))
        } else {
          strata_row_norm_f64(
            n, width, epsilon, x.read(start), weight.read(), bias?.read(), moments.write(row), y.write(start))
        }
      }
    }
    return (x, moments)
  }

  /// dx, in the memory of dy where nobody else holds it; adds dL/dweight = Σ dy·x̂ and dL/dbias = Σ dy.
  static func backward(
    _ dy: consuming Tensor, _ cache: Cache, _ weight: Parameter, _ bias: Parameter?,
    _ gradients: inout Gradients
  ) -> Tensor {
    let (x, factors, moments) = (cache.x, cache.weight, cache.moments)
    requireGradient(dy.shape, dy.dtype, like: x)
    let (rows, width, centered) = (moments.shape[0], factors.count, bias == nil ? Int32(0) : 1)
    let grain = blockLength(rows, width: width, atLeast: 32)
    let sums = Tensor(zeros: [max(1, (rows + grain - 1) / grain), 2, width], dtype: .float64)
    dy.overwrite { dy, dx in
      parallel(over: rows, grain: grain) { range in
        let (n, row, start) = (range.count, 2 * range.lowerBound, range.lowerBound * width)
        let block = range.lowerBound / grain * 2 * width
        if x.dtype == .float32 {
          strata_row_norm_backward_f32(
            n, width, centered, x.read(start), dy.read(start), factors.read(), moments.read(row),
            dx.write(start), sums.write(block))
        } else {
          strata_row_norm_backward_f64(
            n, width, centered, x.read(start), dy.read(start), factors.read(), moments.read(row),
            dx.write(start), sums.write(block))
        }
      }
    }
    let total = sums.sum(along: 0).converted(to: x.dtype)
    gradients.add(total[0].reshaped(to: weight.shape), to: weight)
    if let bias { gradients.add(total[1].reshaped(to: bias.shape), to: bias) }
    return dy
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

/// How many of `count` rows make a block, where every block has sums of its own: long beside those sums, and
/// 64 blocks at most.
func blockLength(_ count: Int, width: Int, atLeast minimum: Int) -> Int {
  max(minimum, elementGrain / max(1, width), (count + 63) / 64)
}

func requireSameType(_ input: DType, _ parameters: DType) {
  require(
    input == parameters,
    "the input is \(input), the layer's parameters are \(parameters); convert one of them")
}

func requireGradient(_ shape: Shape, _ dtype: DType, like x: Tensor) {
  require(
    shape == x.shape && dtype == x.dtype,
    "backward: dy has shape \(shape) (\(dtype)), the output had \(x.shape) (\(x.dtype))")
}

extension Tensor {
  /// The elements from `offset` on, for a kernel of this tensor's type.
  func read<T: TensorScalar>(_ offset: Int = 0) -> UnsafePointer<T> { pointer(T.self) + offset }

  /// The same to write to, in a tensor that is shared with nobody.
  func write<T: TensorScalar>(_ offset: Int = 0) -> UnsafeMutablePointer<T> {
    mutablePointer(T.self) + offset
  }
}
