/// What a matrix product can take: a tensor, or one seen transposed.
public protocol MatrixFactor {
  /// The tensor as it lies in memory.
  var matrix: Tensor { get }

  /// Whether the factor is the transpose of ``matrix``.
  var isTransposed: Bool { get }
}

extension Tensor: MatrixFactor {
  public var matrix: Tensor { self }
  public var isTransposed: Bool { false }

  /// The transpose of a matrix, or of each of the matrices in the last two axes, as a factor of a product: nothing is
  /// copied.
  public var transposed: TransposedMatrix {
    require(rank >= 2, "transposed needs a matrix; this tensor has shape \(shape)")
    return TransposedMatrix(matrix: self)
  }
}

/// A matrix, or a batch of them, seen with its last two axes exchanged.
public struct TransposedMatrix: MatrixFactor, Sendable {
  public let matrix: Tensor
  public var isTransposed: Bool { true }

  /// The transpose as a tensor: a copy.
  public var tensor: Tensor { matrix.transposed(-2, -1) }
}
