import StrataTensor

// Gradients of tables of which a pass has used some rows.

extension Gradients {
  /// Returns the gradient of a table whose uses all add rows of it, such as that of an ``Embedding`` with `isSparse`;
  /// nil where none has arrived, or one of all elements.
  public func rows(of parameter: Parameter) -> RowGradient? {
    positions[ObjectIdentifier(parameter)].flatMap { entries[$0].rows }
  }

  /// The numbers of a gradient that are not 0 by definition.
  package func elements(of parameter: Parameter) -> Tensor? {
    positions[ObjectIdentifier(parameter)].map { entries[$0].elements }
  }

  /// Adds each row of `dy` to the row of the gradient that `indices` (`int32`) names, in order: the gradient
  /// of rows looked up in a table.
  ///
  /// - Parameters:
  ///   - dy: The rows, [B, …, D].
  ///   - indices: The row of the table that each is added to, [B, …].
  ///   - parameter: The table, [N, D].
  ///   - isSparse: Whether the gradient holds these rows alone, for as long as all that is added is sparse.
  public mutating func addRows(
    of dy: Tensor, at indices: Tensor, to parameter: Parameter, isSparse: Bool = false
  ) {
    if discards { return }
    let known = positions[ObjectIdentifier(parameter)]
    if isSparse, known.map({ entries[$0].tensor == nil }) ?? true {
      Tensor.requireRows(dy, at: indices, fit: parameter.shape, parameter.dtype)
      let position = known ?? insert(GradientEntry(parameter: parameter, rows: RowGradient(of: parameter)))
      entries[position].rows!.add(dy.asMatrix(), at: indices)
      return
    }
    if known == nil { insert(GradientEntry(parameter: parameter, tensor: parameter.value.zeros)) }
    entries[fullPosition(of: parameter)!].tensor!.addRows(of: dy, at: indices)
  }

  /// Changes the ``elements(of:)`` of every gradient in place, each by itself.
  package mutating func modifyElements(_ body: (Parameter, inout Tensor) -> Void) {
    for position in entries.indices {
      if entries[position].tensor == nil {
        body(entries[position].parameter, &entries[position].rows!.rows)
      } else {
        body(entries[position].parameter, &entries[position].tensor!)
      }
    }
  }

  /// The place of the first element of a gradient that is not finite, in row-major order.
  package func firstNonFinite(of parameter: Parameter) -> Int? {
    guard let element = elements(of: parameter)?.firstNonFinite else { return nil }
    return rows(of: parameter)?.place(of: element) ?? element
  }

  /// Takes out the gradient of a parameter.
  mutating func take(_ parameter: Parameter) -> Tensor? {
    let gradient = self[parameter]
    remove { $0 === parameter }
    return gradient
  }

  /// Where the gradient of a parameter stands, in full from now on; nil where none has arrived.
  mutating func fullPosition(of parameter: Parameter) -> Int? {
    guard let position = positions[ObjectIdentifier(parameter)] else { return nil }
    if let rows = entries[position].rows.take() { entries[position].tensor = rows.tensor }
    return position
  }
}
