import CStrataKernels
import StrataTensor

/// What each element along an axis of an output is made of: a weighted sum of a stretch of the input's axis.
///
/// Margins, interpolation and means of ranges are such maps of rows and of columns, one after the other, and their
/// backward is the transposed map.
package struct AxisMap: Sendable {
  let inputs: Int
  private(set) var stretches: [strata_stretch] = []
  private var weights: [Double] = []
  /// The outputs that are elements of the input one after the other.
  private var run = 0..<0

  var outputs: Int { stretches.count }

  /// - Parameter parts: The first element of each stretch, and the weights of all of them.
  package init(inputs: Int, _ parts: [(first: Int, weights: [Double])]) {
    self.inputs = inputs
    for part in parts {
      stretches.append(
        strata_stretch(first: Int32(part.first), count: Int32(part.weights.count), weight: Int32(weights.count)))
      weights += part.weights
    }
    var start = 0
    for index in parts.indices where parts[index].weights == [1] {
      let goesOn = index > start && parts[index - 1].weights == [1] && parts[index].first == parts[index - 1].first + 1
      if !goesOn { start = index }
      if index + 1 - start > run.count { run = start..<index + 1 }
    }
  }

  /// An axis of one element, kept as it is.
  static let one = AxisMap(inputs: 1, [(0, [1])])

  /// The axis with margins.
  init(padding inputs: Int, _ before: Int, _ after: Int, _ mode: PaddingMode) {
    self.init(
      inputs: inputs,
      (-before..<inputs + after).map { mode.element(at: $0, of: inputs).map { ($0, [1]) } ?? (0, []) })
  }

  /// The means of as many ranges that cover the axis: ⌊i · inputs / outputs⌋ ..< ⌈(i + 1) · inputs / outputs⌉.
  package init(means inputs: Int, _ outputs: Int) {
    self.init(
      inputs: inputs,
      (0..<outputs).map {
        let (first, end) = ($0 * inputs / outputs, (($0 + 1) * inputs + outputs - 1) / outputs)
        return (first, Array(repeating: 1 / Double(end - first), count: end - first))
      })
  }

  /// Means of the two elements around each of these places, weighted by their nearness.
  init(inputs: Int, interpolatedAt places: [Double]) {
    self.init(
      inputs: inputs,
      places.map { place in
        let first = min(Int(place), inputs - 1)
        let fraction = place - Double(first)
        return first == inputs - 1 || fraction == 0 ? (first, [1]) : (first, [1 - fraction, fraction])
      })
  }

  /// Interpolation at (i + ½) inputs / outputs − ½, or 0 where that is negative.
  package init(bilinear inputs: Int, _ outputs: Int) {
    let step = Double(inputs) / Double(outputs)
    self.init(inputs: inputs, interpolatedAt: (0..<outputs).map { max(0, (Double($0) + 0.5) * step - 0.5) })
  }

  /// Calls `body` with what the kernels read.
  fileprivate func withAxis<R>(_ body: (strata_axis) -> R) -> R {
    stretches.withUnsafeBufferPointer { stretches in
      // An array without elements has no address; the kernels read none of it.
      (weights.isEmpty ? [0] : weights).withUnsafeBufferPointer { weights in
        body(
          strata_axis(
            inputs: inputs, outputs: stretches.count, run: run.lowerBound, run_end: run.upperBound,
            stretch: stretches.baseAddress!, weight: weights.baseAddress!))
      }
    }
  }
}

extension Tensor {
  /// The planes in the last two axes, mapped along their rows and columns.
  package func resampled(_ rows: AxisMap, _ columns: AxisMap) -> Tensor {
    let result = Tensor(
      uninitialized: Shape(shape.lengths.dropLast(2) + [rows.outputs, columns.outputs]), dtype: dtype)
    resample(rows, columns, planes: planeCount, into: result, isBackward: false)
    return result
  }

  /// The transposed map of planes as `resampled` makes them.
  func resampledBack(_ rows: AxisMap, _ columns: AxisMap) -> Tensor {
    let result = Tensor(uninitialized: Shape(shape.lengths.dropLast(2) + [rows.inputs, columns.inputs]), dtype: dtype)
    resample(rows, columns, planes: planeCount, into: result, isBackward: true)
    return result
  }

  /// The largest element of each pair of stretches, and its place in the plane.
  func largest(_ rows: AxisMap, _ columns: AxisMap) -> (Tensor, places: Tensor) {
    let shape = Shape(shape.lengths.dropLast(2) + [rows.outputs, columns.outputs])
    let (result, places) = (Tensor(uninitialized: shape, dtype: dtype), Tensor(uninitialized: shape, dtype: .int32))
    let (inputs, outputs) = (rows.inputs * columns.inputs, rows.outputs * columns.outputs)
    func run<T: KernelScalar>(_ type: T.Type) {
      let (x, y, place) = (pointer(type), result.mutablePointer(type), places.mutablePointer(Int32.self))
      rows.withAxis { rows in
        columns.withAxis { columns in
          parallel(over: planeCount, grain: planeGrain(inputs)) { planes in
            let first = planes.lowerBound
            T.rangeMax(
              planes.count, rows, columns, x + first * inputs, y + first * outputs, place + first * outputs)
          }
        }
      }
    }
    dtype.withKernels(for: "pooling") { run($0) }
    return (result, places)
  }

  /// The elements added at places of planes of this height and width.
  func added(at places: Tensor, of height: Int, _ width: Int) -> Tensor {
    let dx = Tensor(zeros: Shape(shape.lengths.dropLast(2) + [height, width]), dtype: dtype)
    let (inputs, outputs) = (height * width, shape[-2] * shape[-1])
    func run<T: KernelScalar>(_ type: T.Type) {
      let (dy, target, place) = (pointer(type), dx.mutablePointer(type), places.pointer(Int32.self))
      parallel(over: planeCount, grain: planeGrain(inputs)) { planes in
        let first = planes.lowerBound
        T.addAt(
          planes.count, inputs, outputs, place + first * outputs, dy + first * outputs, target + first * inputs)
      }
    }
    dtype.withKernels(for: "pooling") { run($0) }
    return dx
  }

  private var planeCount: Int { shape.lengths.dropLast(2).reduce(1, *) }

  private func planeGrain(_ size: Int) -> Int { Swift.max(1, elementGrain / Swift.max(1, size)) }

  private func resample(_ rows: AxisMap, _ columns: AxisMap, planes count: Int, into result: Tensor, isBackward: Bool) {
    let (inputs, outputs) = (rows.inputs * columns.inputs, rows.outputs * columns.outputs)
    let (grain, width) = (planeGrain(Swift.max(inputs, outputs)), columns.inputs)
    func run<T: KernelScalar>(_ type: T.Type) {
      let slots = ScratchSlots(blocks: (count + grain - 1) / grain, of: width, type)
      let (source, target) = (pointer(type), result.mutablePointer(type))
      rows.withAxis { rows in
        columns.withAxis { columns in
          parallel(over: count, grain: grain) { planes in
            let first = planes.lowerBound
            slots.with { scratch in
              if isBackward {
                T.resampleBack(planes.count, rows, columns, source + first * outputs, scratch, target + first * inputs)
              } else {
                T.resample(planes.count, rows, columns, source + first * inputs, scratch, target + first * outputs)
              }
            }
          }
        }
      }
    }
    dtype.withKernels(for: "resampling") { run($0) }
  }
}
