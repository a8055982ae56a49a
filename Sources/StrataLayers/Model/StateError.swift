import StrataTensor

/// Why a state does not fit a model or an optimizer, all reasons at once.
public struct StateError: Error, Sendable, Equatable {
  /// Paths of the model that the state does not have.
  public internal(set) var missing: [String] = []

  /// Names of the state that the model does not have, each with the model's nearest path.
  public internal(set) var unexpected: [Unexpected] = []

  /// Paths whose shapes differ.
  public internal(set) var misshapen: [Misshapen] = []

  /// Paths whose numbers have no meaning there, such as a weight that is NaN or a count that is negative.
  public package(set) var unusable: [Unusable] = []

  /// What the state does not fit: "model", "optimizer" or "callback".
  public internal(set) var owner = "model"

  /// Whether what fits was set all the same, as a load that is not strict does.
  public internal(set) var isPartial = false

  /// Whether names and shapes are those of PyTorch.
  package var isOfPyTorch = false

  public struct Unusable: Sendable, Equatable {
    public let path: String
    /// The numbers that are needed, in words.
    public let expected: String
    public let found: String

    package init(path: String, expected: String, found: String) {
      (self.path, self.expected, self.found) = (path, expected, found)
    }
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

  /// Whether all fits.
  public var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty && unusable.isEmpty }
}

extension StateError: CustomStringConvertible {
  /// Every reason in a line, at most ten of a kind.
  public var description: String {
    if isEmpty { return "the state fits the \(owner)" }
    let lines =
      limited(missing.map { "missing: \($0)" })
      + limited(unexpected.map { "unexpected: \($0.name)" + ($0.nearest.map { " (the nearest is \($0))" } ?? "") })
      + limited(
        misshapen.map { entry in
          "\(entry.path): the \(owner) has shape \(entry.expected), the state \(entry.found)"
            + (entry.found.lengths == entry.expected.lengths.reversed() ? transposition : "")
        })
      + limited(unusable.map { "\($0.path): \($0.expected) are needed, not \($0.found)" })
    let names =
      isOfPyTorch && !missing.isEmpty && !unexpected.isEmpty
      ? ["where names differ, say so: renaming: [\"0\": \"encoder\"]"] : []
    return ([heading] + lines + names).joined(separator: "\n  ")
  }

  private var heading: String {
    (isOfPyTorch
      ? "PyTorch's state does not fit the \(owner)"
      : "the state does not fit the \(owner), which must be made as the saved one was")
      + (isPartial ? "; what fits was loaded" : "; nothing was loaded")
  }

  /// What to do with a matrix that lies the other way.
  private var transposition: String {
    isOfPyTorch
      ? "; PyTorch's weights are [out, in], and load(_:) takes a state of Strata"
      : "; weights are [in, out] here, and load(pytorch:) takes those of PyTorch"
  }

  private func limited(_ lines: [String]) -> [String] {
    lines.count > 10 ? lines[..<10] + ["and \(lines.count - 10) more"] : lines
  }
}

extension StateError {
  /// Returns the tensors of a state in the types of the entries.
  ///
  /// - Throws: ``StateError`` unless the state has exactly the entries' paths, their shapes, and numbers that have a
  ///   meaning there.
  package static func check(
    _ state: [String: Tensor], against entries: [StateEntry], of owner: String = "model"
  ) throws -> [String: Tensor] {
    let (fitting, error) = compare(state, with: entries, of: owner)
    guard error.isEmpty else { throw error }
    return fitting
  }

  /// Returns the tensors of a state that fit the entries, in their types, and what does not fit.
  package static func compare(
    _ state: [String: Tensor], with entries: [StateEntry], of owner: String = "model"
  ) -> (fitting: [String: Tensor], error: StateError) {
    let paths = Set(entries.map(\.path))
    var (error, fitting) = (StateError(owner: owner), [String: Tensor]())
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
    let known = paths.sorted()
    for name in state.keys.sorted() where !paths.contains(name) {
      error.unexpected.append(.init(name: name, nearest: nearest(to: name, among: known)))
    }
    return (fitting, error)
  }
}
