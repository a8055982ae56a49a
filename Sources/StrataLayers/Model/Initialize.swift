import StrataTensor

extension Module {
  /// Draws the parameters whose paths match a pattern from an initializer, in order, each from the next stream of the
  /// current seed.
  ///
  /// ```swift
  /// model.initialize(matching: "*.weight", by: .xavierUniform)
  /// model.initialize(matching: "*.bias", by: .constant(0))
  /// ```
  ///
  /// Fan-in and fan-out are those of weights [in, out] and of kernels [out, in, …]; for a vector both are its length.
  ///
  /// - Parameters:
  ///   - pattern: `*` stands for any letters, dots included, or none; one that matches no path stops the program.
  ///   - initializer: How the elements are drawn.
  public func initialize(matching pattern: String, by initializer: Initializer) {
    let found = parameters(matching: pattern)
    let values = found.map { parameter in
      let (fanIn, fanOut) = parameter.shape.fans
      return initializer.tensor(parameter.shape, fanIn: fanIn, fanOut: fanOut).converted(to: parameter.dtype)
    }
    ModelSnapshot.changes.share { for (parameter, value) in zip(found, values) { parameter.value = value } }
  }
}

extension Shape {
  /// The numbers of inputs and outputs that each unit of weights of this shape is connected to.
  fileprivate var fans: (fanIn: Int, fanOut: Int) {
    switch rank {
    case 0, 1: (count, count)
    case 2: (self[0], self[1])
    default: (count / self[0], count / self[1])
    }
  }
}
