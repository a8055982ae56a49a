/// How shapes meet in an elementwise operation of up to four operands, by NumPy's rule: shapes are aligned at their last
/// axes, and an axis of length 1 (or missing) is repeated.
struct Broadcast {
  let shape: Shape

  /// Axes that all operands walk alike are merged, so that most operations are one run. A lane of a stride is that of
  /// an operand.
  private var lengths: [Int] = []
  private var strides: [SIMD4<Int>] = []

  init(_ shapes: [Shape], for operation: String) {
    // Mostly the operands have one shape, or are numbers: one run, without a look at the axes.
    let common = shapes.first { $0.rank > 0 } ?? shapes[0]
    if shapes.allSatisfy({ $0.rank == 0 || $0 == common }) {
      var steps = SIMD4<Int>.zero
      for (operand, own) in shapes.enumerated() where own == common { steps[operand] = 1 }
      (shape, lengths, strides) = (common, [common.count], [steps])
      return
    }
    let shape = shapes.dropFirst().reduce(shapes[0]) { Self.meet($0, $1, for: operation) }
    var step = SIMD4<Int>(repeating: 1)
    for axis in (0..<shape.rank).reversed() where shape.lengths[axis] != 1 {
      var stride = SIMD4<Int>.zero
      for (operand, own) in shapes.enumerated() {
        let position = axis + own.rank - shape.rank
        guard position >= 0, own.lengths[position] != 1 else { continue }
        stride[operand] = step[operand]
        step[operand] *= own.lengths[position]
      }
      if let inner = strides.first, stride == inner &* lengths[0] {
        lengths[0] *= shape.lengths[axis]
      } else {
        lengths.insert(shape.lengths[axis], at: 0)
        strides.insert(stride, at: 0)
      }
    }
    if lengths.isEmpty { (lengths, strides) = ([1], [SIMD4(repeating: 1)]) }
    self.shape = shape
  }

  private static func meet(_ left: Shape, _ right: Shape, for operation: String) -> Shape {
    var lengths = left.rank > right.rank ? left.lengths : right.lengths
    for fromEnd in 1..<(1 + min(left.rank, right.rank)) {
      let (x, y) = (left.lengths[left.rank - fromEnd], right.lengths[right.rank - fromEnd])
      require(
        x == y || x == 1 || y == 1,
        "\(operation): shapes \(left) and \(right) do not broadcast; aligned at their last axes, "
          + "lengths must be equal or 1, not \(x) and \(y); reshape one")
      lengths[lengths.count - fromEnd] = x == 1 ? y : x
    }
    return Shape(lengths)
  }

  /// Calls `body` with runs that together cover the result once: where the run starts in the result, its length, and
  /// for each operand where it starts and its step, 0 or 1. Runs are shared among workers.
  func forEachRun(_ body: (_ start: Int, _ count: Int, _ from: SIMD4<Int>, _ steps: SIMD4<Int>) -> Void) {
    guard shape.count > 0 else { return }
    let (inner, steps, outer) = (lengths.last!, strides.last!, lengths.count - 1)
    if outer == 0 {
      parallel(overElements: inner) { body($0.lowerBound, $0.count, steps &* $0.lowerBound, steps) }
      return
    }
    parallel(over: shape.count / inner, grain: max(1, elementGrain / inner)) { range in
      for run in range {
        var (from, rest) = (SIMD4<Int>.zero, run)
        for axis in (0..<outer).reversed() {
          let (quotient, index) = rest.quotientAndRemainder(dividingBy: lengths[axis])
          from &+= strides[axis] &* index
          rest = quotient
        }
        body(run * inner, inner, from, steps)
      }
    }
  }
}

extension Tensor {
  /// left ∘ right with broadcasting, in the memory of an operand that nobody else holds and
  /// that has the result's shape, else in a new tensor.
  package static func combined(_ left: consuming Tensor, _ right: consuming Tensor, by kernel: BinaryKernel) -> Tensor {
    let (a, b) = (left.dtype, right.dtype)
    require(a == b, "\(kernel.rawValue): one operand is \(a), the other \(b); convert one with converted(to:)")
    let broadcast = Broadcast([left.shape, right.shape], for: kernel.rawValue)
    func run<T: ElementScalar>(_: T.Type, _ left: Tensor, _ right: Tensor, into result: Tensor) {
      guard let f = T.binary(kernel) else { refuseIntegers(kernel.rawValue) }
      let (a, b, y) = (left.pointer(T.self), right.pointer(T.self), result.mutablePointer(T.self))
      broadcast.forEachRun { start, count, from, steps in
        f(count, a + from[0], steps[0], b + from[1], steps[1], y + start)
      }
    }
    let result =
      if left.shape == broadcast.shape, isKnownUniquelyReferenced(&left.storage) {
        copy left
      } else if right.shape == broadcast.shape, isKnownUniquelyReferenced(&right.storage) {
        copy right
      } else {
        Tensor(uninitialized: broadcast.shape, dtype: a)
      }
    a.withScalar { run($0, left, right, into: result) }
    return result
  }

  /// The same with a number, which takes the tensor's type, on the right or on the left.
  static func combined(_ left: consuming Tensor, _ right: Double, by kernel: BinaryKernel) -> Tensor {
    let number = operand(right, of: kernel, with: left.dtype)
    return combined(left, number, by: kernel)
  }

  static func combined(_ left: Double, _ right: consuming Tensor, by kernel: BinaryKernel) -> Tensor {
    let number = operand(left, of: kernel, with: right.dtype)
    return combined(number, right, by: kernel)
  }

  private static func operand(_ number: Double, of kernel: BinaryKernel, with dtype: DType) -> Tensor {
    require(
      dtype.isFloatingPoint || number == number.rounded(),
      "\(kernel.rawValue): \(number) is not whole, and the tensor is int32; convert it with converted(to:)")
    return Tensor(repeating: number, shape: [], dtype: dtype)
  }

  /// left = left ∘ right, whose shape must be left's.
  static func combine(_ left: inout Tensor, _ right: Tensor, by kernel: BinaryKernel) {
    let shape = left.shape
    left = combined(consume left, right, by: kernel)
    require(
      left.shape == shape,
      "\(kernel.rawValue)=: a tensor of shape \(shape) cannot take on the broadcast shape \(left.shape)")
  }
}

extension Tensor {
  /// The elements repeated along axes of length 1, and along axes that are missing before the first.
  public func broadcast(to shape: Shape) -> Tensor {
    require(self.shape.broadcasts(to: shape), "broadcast: \(self.shape) does not broadcast to \(shape)")
    return shape == self.shape ? self : Tensor(copying: self, Layout(self.shape).broadcast(to: shape))
  }

  /// The sum over the axes along which `shape` was broadcast to this tensor's: the gradient of what was
  /// broadcast.
  package func summed(to shape: Shape) -> Tensor {
    let padding = rank - shape.rank
    let axes = self.shape.lengths.indices.filter { axis in
      axis < padding || (shape.lengths[axis - padding] == 1 && self.shape.lengths[axis] != 1)
    }
    return (axes.count == rank ? sum() : sum(along: axes, keepingAxes: true)).reshaped(to: shape)
  }
}

extension Shape {
  /// Whether a tensor of this shape can be broadcast to `shape`.
  package func broadcasts(to shape: Shape) -> Bool {
    rank <= shape.rank && zip(lengths.reversed(), shape.lengths.reversed()).allSatisfy { $0 == $1 || $0 == 1 }
  }
}
