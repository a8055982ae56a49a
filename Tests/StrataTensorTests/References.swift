import StrataTensor

/// References for the tests: plain loops in double precision, and numbers for them.

/// Numbers of both signs around 1, the same on every run.
func randomTensor(_ shape: Shape, _ dtype: DType = .float32, seed: UInt64 = 1) -> Tensor {
  var generator = RandomGenerator(seed: seed)
  return Tensor(uniform: shape, in: -2..<2, dtype: dtype, using: &generator)
}

/// The elements as doubles.
func doubles(_ x: Tensor) -> [Double] { x.elements() }

/// Returns a double rounded to this type.
func rounded(_ value: Double, to dtype: DType) -> Double {
  dtype == .float32 ? Double(Float(value)) : value
}

/// The distance between neighbouring numbers of the type, as a fraction of 1.
func epsilon(of dtype: DType) -> Double {
  dtype == .float32 ? Double(Float.ulpOfOne) : Double.ulpOfOne
}

/// The address of a tensor's first element: two tensors that share memory have the same.
func address(of x: Tensor) -> UnsafeRawPointer { UnsafeRawPointer(x.storage.bytes) }

/// Returns the distance of `y` from `reference` in units in the last place of a `Float`.
///
/// Infinity counts as 2¹²⁸, the number after the largest finite one.
func ulps(_ y: Float, from reference: Double) -> Double {
  if reference.isNaN || y.isNaN { return reference.isNaN && y.isNaN ? 0 : .infinity }
  func finite(_ value: Double) -> Double { min(max(value, -0x1p128), 0x1p128) }
  let nearest = Float(finite(reference))
  let unit = nearest.isFinite ? max(nearest.ulp, Float.leastNonzeroMagnitude) : 0x1p104
  return abs(finite(Double(y)) - finite(reference)) / Double(unit)
}

/// The index along each axis of element `position` of a shape.
func indices(of position: Int, in shape: Shape) -> [Int] {
  var rest = position
  return shape.lengths.reversed().map { length in
    defer { rest /= length }
    return rest % length
  }.reversed()
}

/// The element that broadcasting reads for `indices` of the result.
func broadcastElement(_ elements: [Double], _ shape: Shape, at indices: [Int]) -> Double {
  var position = 0
  for (length, index) in zip(shape.lengths, indices.suffix(shape.rank)) {
    position = position * length + (length == 1 ? 0 : index)
  }
  return elements[position]
}

/// Returns a tensor whose element at each place is that of `x` at the place that `source` gives, or `filler` where it
/// gives none: the reference of every operation that moves elements.
func moved(_ x: Tensor, to shape: Shape, filler: Double = 0, _ source: ([Int]) -> [Int]?) -> Tensor {
  let values = doubles(x)
  let result = (0..<shape.count).map { position in
    guard let place = source(indices(of: position, in: shape)) else { return filler }
    return values[zip(place, x.shape.lengths).reduce(0) { $0 * $1.1 + $1.0 }]
  }
  return Tensor(result, shape: shape).converted(to: x.dtype)
}

/// Different numbers at every place, in any type.
func counting(_ shape: Shape, _ dtype: DType = .float32) -> Tensor {
  Tensor((0..<shape.count).map { Double($0) }, shape: shape).converted(to: dtype)
}

/// Whether a function gives the same bits on one worker and on several.
func isSameOnAllWorkers(_ function: () -> Tensor) -> Bool {
  let one = withWorkers(1, function)
  return [2, 3].allSatisfy { withWorkers($0, function).isIdentical(to: one) }
}
