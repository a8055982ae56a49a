import StrataTensor

/// Why a state does not fit a model, all reasons at once.
public struct StateError: Error, Sendable, Equatable {
  /// Paths of the model that the state does not have.
  public internal(set) var missing: [String] = []

  /// Names of the state that the model does not have, each with the model's nearest path.
  public internal(set) var unexpected: [Unexpected] = []

  /// Paths whose shapes differ.
  public internal(set) var misshapen: [Misshapen] = []

  /// Paths whose numbers have no meaning there, such as a weight that is NaN or a count that is negative.
  public internal(set) var unusable: [Unusable] = []

  public struct Unusable: Sendable, Equatable {
    public let path: String
    /// The numbers that are needed, in words.
    public let expected: String
    public let found: String
  }

  public struct Unexpected: Sendable, Equatable {
    public let name: String
    public let nearest: String?
  }

  public struct Misshapen: Sendable, Equatable {
    public let path: String
    public let expected: Shape
    public let found: Shape
  }

  var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty && unusable.isEmpty }
}

extension StateError: CustomStringConvertible {
  public var description: String {
    var lines = ["the state does not fit the model; nothing was loaded"]
    lines += missing.map { "  missing: \($0)" }
    lines += unexpected.map { entry in
      "  unexpected: \(entry.name)" + (entry.nearest.map { " (the nearest is \($0))" } ?? "")
    }
    lines += misshapen.map { "  \($0.path): the model has shape \($0.expected), the state \($0.found)" }
    lines += unusable.map { "  \($0.path): \($0.expected) are needed, not \($0.found)" }
    return lines.joined(separator: "\n")
  }
}

extension StateError {
  /// Returns the tensors of a state in the types of the entries.
  ///
  /// - Throws: ``StateError`` unless the state has exactly the entries' paths, their shapes, and numbers that have a
  ///   meaning there.
  package static func check(_ state: [String: Tensor], against entries: [StateEntry]) throws -> [String: Tensor] {
    let paths = Set(entries.map(\.path))
    var (error, fitting) = (StateError(), [String: Tensor]())
    for entry in entries {
      guard let tensor = state[entry.path] else {
        error.missing.append(entry.path)
        continue
      }
      guard entry.shapes.contains(tensor.shape) else {
        error.misshapen.append(.init(path: entry.path, expected: entry.shapes[0], found: tensor.shape))
        continue
      }
      switch entry.fitted(tensor) {
      case .success(let tensor): fitting[entry.path] = tensor
      case .failure(let fault):
        error.unusable.append(.init(path: entry.path, expected: fault.expected, found: fault.found))
      }
    }
    for name in state.keys.sorted() where !paths.contains(name) {
      error.unexpected.append(.init(name: name, nearest: nearest(to: name, among: paths.sorted())))
    }
    guard error.isEmpty else { throw error }
    return fitting
  }
}
