import StrataTensor

/// What a state must have at a path.
package struct StateEntry {
  /// The numbers that have a meaning there.
  package enum Numbers {
    /// Numbers that are finite in a type, and not below a minimum.
    case finite(DType, minimum: Double)
    /// Whole numbers as ``Tensor/words``, up to a limit.
    case words(limit: UInt64)
  }

  /// The largest count of steps: beyond it a `Double` counts no longer.
  package static let maximumCount: UInt64 = 1 << 53

  let path: String
  /// The shapes that it may have, first the one that states have now.
  let shapes: [Shape]
  let numbers: Numbers

  /// Finite numbers of a type, not below a minimum.
  package init(_ path: String, like tensor: Tensor, minimum: Double = -.infinity) {
    self.init(path, [tensor.shape], dtype: tensor.dtype, minimum: minimum)
  }

  /// Finite numbers of a type, not below a minimum, in one of several shapes.
  package init(_ path: String, _ shapes: [Shape], dtype: DType, minimum: Double) {
    (self.path, self.shapes, numbers) = (path, shapes, .finite(dtype, minimum: minimum))
  }

  /// Whole numbers in one of several shapes.
  package init(_ path: String, words shapes: [Shape], limit: UInt64 = .max) {
    (self.path, self.shapes, numbers) = (path, shapes, .words(limit: limit))
  }

  /// Why a tensor cannot be taken.
  struct Fault: Error {
    let expected: String
    let found: String
  }

  /// Returns the tensor in the type that is needed.
  func fitted(_ tensor: Tensor) -> Result<Tensor, Fault> {
    var type = DType.int32
    if case .finite(let dtype, _) = numbers { type = dtype }
    guard type != .int32 || tensor.dtype == .int32 else {
      return .failure(Fault(expected: "whole numbers as int32", found: "\(tensor.dtype)"))
    }
    switch numbers {
    case .words(let limit):
      guard let word = tensor.words.first(where: { $0 > limit }) else { return .success(tensor) }
      return .failure(Fault(expected: "counts from 0 to \(limit)", found: "\(Int64(bitPattern: word))"))
    case .finite(let type, let minimum):
      let fitting = tensor.converted(to: type)
      func fault(_ expected: String, at index: Int) -> Result<Tensor, Fault> {
        let number = tensor.elements(as: Double.self)[index]
        return .failure(Fault(expected: expected, found: "\(number), its element \(index)"))
      }
      if let index = fitting.firstNonFinite { return fault("finite numbers of \(type)", at: index) }
      let numbers = type.isFloatingPoint ? fitting : fitting.converted(to: .float64)
      if minimum > -.infinity, numbers.count > 0, numbers.min().item < minimum {
        let index = numbers.elements(as: Double.self).firstIndex { $0 < minimum }!
        return fault("numbers from \(shortText(minimum)) on", at: index)
      }
      return .success(fitting)
    }
  }
}

extension Tensor {
  /// Whole numbers as a state holds them: `int32`, the lower half of each before its upper half.
  package init(words: [UInt64]) {
    self.init(words.flatMap { [Int32(truncatingIfNeeded: $0), Int32(truncatingIfNeeded: $0 >> 32)] })
  }

  /// The whole numbers of ``init(words:)``, or of one element the only one.
  package var words: [UInt64] {
    let halves = elements(as: Int32.self)
    if halves.count == 1 { return [UInt64(bitPattern: Int64(halves[0]))] }
    return stride(from: 0, to: halves.count - 1, by: 2).map {
      UInt64(UInt32(bitPattern: halves[$0 + 1])) << 32 | UInt64(UInt32(bitPattern: halves[$0]))
    }
  }
}
