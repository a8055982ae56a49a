/// How two shapes meet in an elementwise operation, by NumPy's rule: shapes are aligned at their last
/// axes, and an axis of length 1 (or missing) is repeated.
struct Broadcast {
  let shape: Shape

  /// Axes that both operands walk alike are merged, so that most operations are one run.
  private let lengths: [Int]
  private let leftStrides: [Int]
  private let rightStrides: [Int]

  init(_ left: Shape, _ right: Shape, for operation: String) {
    let rank = max(left.rank, right.rank)
    func padded(_ shape: Shape) -> [Int] {
      Array(repeating: 1, count: rank - shape.rank) + shape.lengths
    }
    let (a, b) = (padded(left), padded(right))
    var result: [Int] = []
    for (x, y) in zip(a, b) {
      require(
        x == y || x == 1 || y == 1,
        "\(operation): shapes \(left) and \(right) do not broadcast; aligned at their last axes, "
          + "lengths must be equal or 1, not \(x) and \(y); reshape one")
      result.append(x == 1 ? y : x)
    }
    shape = Shape(result)

    var lengths: [Int] = []
    var pattern: [(repeatsLeft: Bool, repeatsRight: Bool)] = []
    for axis in 0..<rank where result[axis] != 1 {
      let here = (repeatsLeft: a[axis] == 1, repeatsRight: b[axis] == 1)
      if let last = pattern.last, last == here {
        lengths[lengths.count - 1] *= result[axis]
      } else {
        lengths.append(result[axis])
        pattern.append(here)
      }
    }
    if lengths.isEmpty {
      lengths = [1]
      pattern = [(false, false)]
    }
    func strides(_ repeats: [Bool]) -> [Int] {
      var strides = Array(repeating: 0, count: lengths.count)
      var step = 1
      for axis in lengths.indices.reversed() where !repeats[axis] {
        strides[axis] = step
        step *= lengths[axis]
      }
      return strides
    }
    self.lengths = lengths
    leftStrides = strides(pattern.map(\.repeatsLeft))
    rightStrides = strides(pattern.map(\.repeatsRight))
  }

  /// Calls `body` with runs that together cover the result once: where the run starts in the result and in
  /// each operand, its length, and each operand's step, 0 or 1. Runs are shared among workers.
  func forEachRun(
    _ body: (_ start: Int, _ count: Int, _ left: Int, _ leftStep: Int, _ right: Int, _ rightStep: Int) -> Void
  ) {
    guard shape.count > 0 else { return }
    let inner = lengths.last!
    let (leftStep, rightStep) = (leftStrides.last!, rightStrides.last!)
    if lengths.count == 1 {
      parallel(overElements: inner) { range in
        let start = range.lowerBound
        body(start, range.count, start * leftStep, leftStep, start * rightStep, rightStep)
      }
      return
    }
    let outer = lengths.count - 1
    parallel(over: shape.count / inner, grain: max(1, elementGrain / inner)) { range in
      for run in range {
        var (left, right, rest) = (0, 0, run)
        for axis in (0..<outer).reversed() {
          let (quotient, index) = rest.quotientAndRemainder(dividingBy: lengths[axis])
          left += index * leftStrides[axis]
          right += index * rightStrides[axis]
          rest = quotient
        }
        body(run * inner, inner, left, leftStep, right, rightStep)
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
    let broadcast = Broadcast(left.shape, right.shape, for: kernel.rawValue)
    func run<T: KernelScalar>(_: T.Type, _ left: Tensor, _ right: Tensor, into result: Tensor) {
      let f = T.binary(kernel)
      let (a, b, y) = (left.pointer(T.self), right.pointer(T.self), result.mutablePointer(T.self))
      broadcast.forEachRun { start, count, leftStart, leftStep, rightStart, rightStep in
        f(count, a + leftStart, leftStep, b + rightStart, rightStep, y + start)
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
    a.withKernels(for: kernel.rawValue) { run($0, left, right, into: result) }
    return result
  }

  /// The same with a number, which takes the tensor's type, on the right or on the left.
  static func combined(_ left: consuming Tensor, _ right: Double, by kernel: BinaryKernel) -> Tensor {
    let number = Tensor(repeating: right, shape: [], dtype: left.dtype)
    return combined(left, number, by: kernel)
  }

  static func combined(_ left: Double, _ right: consuming Tensor, by kernel: BinaryKernel) -> Tensor {
    let number = Tensor(repeating: left, shape: [], dtype: right.dtype)
    return combined(number, right, by: kernel)
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
    guard shape != self.shape else { return self }
    // Adding −0 changes no number, not even −0 itself.
    return .combined(self, Tensor(repeating: -0.0, shape: shape, dtype: dtype), by: .add)
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
