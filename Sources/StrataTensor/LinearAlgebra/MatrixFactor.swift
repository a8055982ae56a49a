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

  /// The transpose of a matrix, as a factor of a product: nothing is copied.
  public var transposed: TransposedMatrix {
    require(rank == 2, "transposed needs a matrix; this tensor has shape \(shape)")
    return TransposedMatrix(matrix: self)
  }
}

/// A matrix seen with its axes exchanged.
public struct TransposedMatrix: MatrixFactor, Sendable {
  public let matrix: Tensor
  public var isTransposed: Bool { true }

  /// The transpose as a tensor: a copy.
  public var tensor: Tensor { matrix.dtype.withScalar { copied($0) } }

  private func copied<T: TensorScalar>(_ type: T.Type) -> Tensor {
    let (rows, columns) = (matrix.shape[0], matrix.shape[1])
    let result = Tensor(uninitialized: [columns, rows], dtype: matrix.dtype)
    let (source, target) = (matrix.pointer(type), result.mutablePointer(type))
    // Sixteen rows at a time: what is written is then whole cache lines, and what is read few streams.
    for first in stride(from: 0, to: rows, by: 16) {
      let band = first..<min(first + 16, rows)
      for column in 0..<columns {
        for row in band { target[column * rows + row] = source[row * columns + column] }
      }
    }
    return result
  }
}
