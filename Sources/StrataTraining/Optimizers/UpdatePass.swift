import StrataLayers
import StrataTensor

/// What one pass over the values of a parameter goes along: a gradient in full, or of some rows.
protocol UpdateDirection {
  var dtype: DType { get }

  /// Replaces values in place, or by fresh memory: gives `kernel` blocks of them.
  func replace<T: KernelScalar>(_ value: inout Tensor, _ kernel: UpdateKernel<T>)
}

/// One block of a pass: how many elements it has, where it starts, the old values, the gradient, and the place for the
/// new values, which may be that of the old.
typealias UpdateKernel<T> = (
  _ count: Int, _ start: Int, _ w: UnsafePointer<T>, _ g: UnsafePointer<T>, _ fresh: UnsafeMutablePointer<T>
) -> Void

extension UpdateDirection {
  /// Calls `body` with the Swift type of the elements, in which it finds its kernel; stops for integers.
  ///
  /// It is that of ``DType``, whose body other modules do not see: from this one the compiler makes a pass for each type.
  /// Without that, and where the kernel is looked up for each row, rows that are updated one by one take half as long again.
  @inline(__always)
  func withKernels<R>(
    for rule: @autoclosure () -> String, _ body: (any KernelScalar.Type) throws -> R
  ) rethrows -> R {
    switch dtype {
    case .float32: try body(Float.self)
    case .float64: try body(Double.self)
    case .int32: try dtype.withKernels(for: rule(), body)
    }
  }
}

extension Tensor {
  /// Replaces the values of a parameter in one pass.
  @inline(__always)
  mutating func update<T: KernelScalar>(along direction: some UpdateDirection, _ kernel: UpdateKernel<T>) {
    direction.replace(&self, kernel)
  }
}

extension Tensor: UpdateDirection {
  @inline(__always)
  func replace<T: KernelScalar>(_ value: inout Tensor, _ kernel: UpdateKernel<T>) {
    let g = pointer(T.self)
    value.overwrite { old, new in
      let (w, fresh) = (old.pointer(T.self), new.mutablePointer(T.self))
      let digest = PassDigest.scope.current
      digest?.begin(new)
      parallel(overElements: count) { range in
        guard let digest else {
          let start = range.lowerBound
          return kernel(range.count, start, w + start, g + start, fresh + start)
        }
        // In parts that the second cache still has when they are digested: those of the first would cost more by their
        // number than they gain.
        let (length, words) = (1 << 14, MemoryLayout<T>.size / 4)
        var reader = TensorDigest.Reader(from: words * range.lowerBound)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: length) {
          let count = Swift.min(length, range.upperBound - start)
          kernel(count, start, w + start, g + start, fresh + start)
          reader.read(fresh + start, count: words * count)
        }
        digest.add(reader.digest)
      }
    }
  }
}

extension RowGradient: UpdateDirection {
  func replace<T: KernelScalar>(_ value: inout Tensor, _ kernel: UpdateKernel<T>) {
    let (width, places, g) = (shape[1], indices.elements(Int32.self), rows.pointer(T.self))
    let w = value.uniqueMutablePointer(T.self)
    parallel(over: places.count, grain: max(1, elementGrain / (width + 1))) { range in
      for row in range {
        let start = Int(places[row]) * width
        kernel(width, start, w + start, g + row * width, w + start)
      }
    }
  }
}
