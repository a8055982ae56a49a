import StrataTensor

/// y_t = x_t + P[t]: a learnt row for each position of a sequence.
///
/// - Shapes: x and y are [B, T, D], or the steps of the sequences of a ``PackedSequential``; P is [length, D], and T is at
///   most the length.
///
/// # Backward
/// dx = dy, and dP[t] is the sum of dy_t over the batch. The cache is the positions of the steps.
///
/// GPT-2's `wpe`, BERT's `position_embeddings`.
public struct LearnedPositions: Layer, CustomStringConvertible {
  /// P, of shape [length, D].
  public let weight: Parameter

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let positions: Tensor
  }

  /// A layer of freshly drawn rows.
  ///
  /// - Parameters:
  ///   - length: The longest sequence.
  ///   - features: The length of a row.
  ///   - initializer: How the rows are drawn.
  public init(_ length: Int, _ features: Int, initializer: Initializer = .normal(standardDeviation: 0.02)) {
    require(length > 0 && features > 0, "LearnedPositions(\(length), \(features)): both sizes must be positive")
    weight = Parameter(initializer.tensor([length, features], fanIn: length, fanOut: features))
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let positions = positions(of: x)
    return (x + weight.value.gathered(rows: positions), Cache(positions: positions))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    gradients.addRows(of: dy.rank == 3 ? dy.sum(along: 0) : copy dy, at: cache.positions, to: weight)
    return dy
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { forward(x).0 }

  public func outputShape(for input: Shape) throws -> Shape {
    try positionedShape(input, features: weight.shape[1], length: weight.shape[0])
  }

  public var description: String { "LearnedPositions(\(weight.shape[0]), \(weight.shape[1]))" }

  /// The positions of the steps, `int32`: see ``SequenceLayout/positions()``.
  private func positions(of x: borrowing Tensor) -> Tensor {
    requireInput(x.shape)
    let places = SequenceLayout(of: x.shape)!.positions()
    let end = (places.max() ?? -1) + 1
    require(
      end <= weight.shape[0],
      "\(self): has no position \(end - 1), which a sequence has reached; make it longer, or continue a shorter sequence"
    )
    return Tensor(labels: places)
  }
}

extension Layer {
  /// The shape of what adds rows of features to the steps of sequences, where there are no more than `length`.
  func positionedShape(_ input: Shape, features: Int, length: Int = .max) throws -> Shape {
    let layout = SequenceLayout(of: input)
    guard let layout, input[-1] == features, layout.steps <= length else {
      let remedy =
        layout == nil
        ? "give it a batch of sequences of rows of \(features) numbers"
        : input[-1] == features
          ? "make its length \(layout!.steps), or the sequences shorter" : "make its features \(input[-1])"
      throw ShapeError(
        "\(self)", expected: SequenceLayout.expectedInput("\(features)"), input: input, remedy: remedy,
        assumedOutput: input)
    }
    return input
  }
}
