import StrataTensor

/// An input shape that layers cannot take: each mismatch with its path, both shapes and a remedy.
public struct ShapeError: Error, Sendable, Equatable {
  /// One layer's refusal.
  public struct Mismatch: Sendable, Equatable {
    /// The layer's path in the model, empty for the layer asked.
    public var path: String
    /// What the layer expected, what it was given, and what to do.
    public let message: String
  }

  public private(set) var mismatches: [Mismatch]

  /// The output shape that the layer would have with a fitting input: a container goes on from it to find
  /// further mismatches.
  public let assumedOutput: Shape?

  /// A layer's refusal of an input.
  ///
  /// - Parameters:
  ///   - layer: The layer, as it describes itself.
  ///   - expected: The shapes that it takes, in words or with letters for free axes: "[…, 784]".
  ///   - input: The shape that it was given.
  ///   - remedy: What to change.
  ///   - assumedOutput: The output's shape had the input been right, where that can be said.
  public init(_ layer: String, expected: String, input: Shape, remedy: String, assumedOutput: Shape? = nil) {
    let message = "\(layer) expects an input of shape \(expected), not \(input); \(remedy)"
    mismatches = [Mismatch(path: "", message: message)]
    self.assumedOutput = assumedOutput
  }

  /// A module's refusal of an input of several tensors, or of another number of them.
  public init(_ module: String, expected: String, input: [Shape], remedy: String) {
    mismatches = [
      Mismatch(path: "", message: "\(module) expects \(expected), not tensors of shapes \(input.listed); \(remedy)")
    ]
    assumedOutput = nil
  }

  /// The mismatches of several layers of a container.
  public init(_ mismatches: [Mismatch], assumedOutput: Shape?) {
    self.mismatches = mismatches
    self.assumedOutput = assumedOutput
  }

  /// Runs `body`, which asks the module that a container holds at `component`; its mismatches are seen from the container.
  public static func locating<R>(_ component: String, _ body: () throws -> R) throws -> R {
    do {
      return try body()
    } catch let error as ShapeError {
      throw ShapeError(error.prefixed(component), assumedOutput: error.assumedOutput)
    }
  }

  /// The same mismatches, seen from a container that holds the layer at `component`.
  public func prefixed(_ component: String) -> [Mismatch] {
    mismatches.map { mismatch in
      Mismatch(path: mismatch.path.isEmpty ? component : component + "." + mismatch.path, message: mismatch.message)
    }
  }
}

extension ShapeError: CustomStringConvertible {
  public var description: String {
    mismatches.map { $0.path.isEmpty ? $0.message : "\($0.path): \($0.message)" }.joined(separator: "\n")
  }
}

extension Layer {
  /// Stops the program with the layer's ``ShapeError`` unless it takes this shape.
  package func requireInput(_ shape: Shape) {
    do { _ = try outputShape(for: shape) } catch { stop("\(error)") }
  }
}
