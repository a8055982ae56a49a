import StrataTensor

/// A tensor of a training run: what ``compareRuns(_:_:)`` says of where two runs differ.
public struct RunTensor: Hashable, Sendable {
  /// What a tensor is in a step.
  public enum Role: UInt8, Sendable, CaseIterable {
    /// The learning rate of the step.
    case rate
    /// A parameter as the step finds it.
    case parameter
    /// A statistic, such as a running mean of a `BatchNorm`, as the step finds it.
    case statistic
    /// Where a random stream, such as that of a `Dropout`, stands before the step: position, seed and number.
    case stream
    /// What the optimizer remembers.
    case memory
    /// A tensor of the batch's inputs.
    case input
    /// A tensor of the batch's labels.
    case label
    /// The output of a layer.
    case output
    /// The loss on the batch.
    case loss
    /// The gradient of a parameter, after any clipping.
    case gradient
  }

  /// What it is in the step.
  public let role: Role

  /// Its path in the model, that of the layer of an output; empty for a rate or a loss, and the place in its group for an
  /// input or a label.
  public let path: String

  /// The length of each axis.
  public let shape: Shape

  /// The type of its elements.
  public let dtype: DType

  /// The path of the layer that holds it; the whole path of an output, empty for what no layer holds.
  public var layer: String {
    switch role {
    case .rate, .input, .label, .loss: ""
    case .output: path
    case .parameter, .statistic, .stream, .memory, .gradient:
      String(path[..<(path.lastIndex(of: ".") ?? path.startIndex)])
    }
  }

  /// Whether it is a number that stands in the file in the place of its digest.
  var isScalar: Bool { role == .rate || role == .loss }
}

extension RunTensor: CustomStringConvertible {
  /// Role, path and shape: "gradient 0.weight [784, 256]".
  public var description: String {
    isScalar ? "\(role)" : "\(role) \(path) \(shape)" + (dtype == .float32 || dtype == .int32 ? "" : " (\(dtype))")
  }
}
