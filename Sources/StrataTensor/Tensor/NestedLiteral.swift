/// Numbers nested in brackets, as they are written in a program: what a tensor literal is read into.
///
/// Every level must have rows of one length; a ragged literal stops the program.
public struct NestedLiteral: Sendable, ExpressibleByArrayLiteral, ExpressibleByFloatLiteral,
  ExpressibleByIntegerLiteral
{
  let lengths: [Int]
  let elements: [Double]

  public init(floatLiteral value: Double) {
    lengths = []
    elements = [value]
  }

  public init(integerLiteral value: Int) { self.init(floatLiteral: Double(value)) }

  /// +∞ in a literal.
  public static let infinity = NestedLiteral(floatLiteral: .infinity)

  /// NaN in a literal.
  public static let nan = NestedLiteral(floatLiteral: .nan)

  /// The negative of a number in a literal, as in `-.infinity`.
  public static prefix func - (literal: NestedLiteral) -> NestedLiteral {
    NestedLiteral(lengths: literal.lengths, elements: literal.elements.map { -$0 })
  }

  private init(lengths: [Int], elements: [Double]) {
    self.lengths = lengths
    self.elements = elements
  }

  public init(arrayLiteral rows: NestedLiteral...) {
    let rowLengths = rows.first?.lengths ?? []
    for (index, row) in rows.enumerated() {
      require(
        row.lengths == rowLengths,
        "tensor literal: row \(index) has shape \(row.lengths), row 0 has \(rowLengths); give all one shape")
    }
    lengths = [rows.count] + rowLengths
    elements = rows.flatMap(\.elements)
  }
}

extension Tensor: ExpressibleByArrayLiteral {
  /// A `float32` tensor: `let x: Tensor = [[1, 2], [3, 4]]`.
  public init(arrayLiteral rows: NestedLiteral...) {
    require(!rows.isEmpty, "an empty tensor literal has no shape; write Tensor(zeros: [0, …])")
    let rowLengths = rows[0].lengths
    for (index, row) in rows.enumerated() {
      require(
        row.lengths == rowLengths,
        "tensor literal: row \(index) has shape \(row.lengths), row 0 has \(rowLengths); give all one shape")
    }
    self.init(shape: Shape([rows.count] + rowLengths), elements: rows.flatMap(\.elements), dtype: .float32)
  }

  /// A tensor of nested literals in a given type: `Tensor([[1, 2], [3, 4]], dtype: .float64)`.
  @_disfavoredOverload  // an array's own type decides where it can
  public init(_ literal: NestedLiteral, dtype: DType = .float32) {
    self.init(shape: Shape(literal.lengths), elements: literal.elements, dtype: dtype)
  }

  private init(shape: Shape, elements: [Double], dtype: DType) {
    self = Tensor(elements, shape: shape).converted(to: dtype)
  }
}
