import StrataTensor

/// The gradient of one parameter.
struct GradientEntry {
  let parameter: Parameter
  /// The gradient, or nothing where it is one of rows.
  var tensor: Tensor? {
    didSet { isKnownFinite = false }
  }
  var rows: RowGradient? {
    didSet { isKnownFinite = false }
  }
  var isKnownFinite = false

  /// The numbers that are not 0 by definition.
  var elements: Tensor { tensor ?? rows!.rows }
}
