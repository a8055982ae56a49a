import StrataTensor

/// Why a state does not fit a model or an optimizer, all reasons at once.
public struct StateError: Error, Sendable, Equatable {
  /// Paths of the model that the state does not have.
  public internal(set) var missing: [String] = []

  /// Names of the state that the model does not have, each with the model's nearest path.
  public internal(set) var unexpected: [Unexpected] = []

  /// Paths whose shapes differ.
  public internal(set) var misshapen: [Misshapen] = []

  /// Paths that must hold whole numbers, such as counts of steps, and do not.
  public internal(set) var unusable: [Unusable] = []

  /// What the state does not fit: "model" or "optimizer".
  public internal(set) var owner = "model"

  public struct Unusable: Sendable, Equatable {
    public let path: String
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
    var lines = missing.map { "missing: \($0)" }
    lines += unexpected.map { entry in
      "unexpected: \(entry.name)" + (entry.nearest.map { " (the nearest is \($0))" } ?? "")
    }
    lines += misshapen.map { entry in
      "\(entry.path): the \(owner) has shape \(entry.expected), the state \(entry.found)"
        + (entry.found.lengths == entry.expected.lengths.reversed() ? "; transpose it: weights are [in, out] here" : "")
    }
    lines += unusable.map { "\($0.path): whole numbers as int32 are needed, not \($0.found)" }
    if lines.count > 10 { lines[10...] = ["and \(lines.count - 10) more"] }
    return
      (["the state does not fit the \(owner), which must be made as the saved one was; nothing was loaded"] + lines)
      .joined(separator: "\n  ")
  }
}

extension StateError {
  /// Throws unless the state has exactly the expected names and shapes, and at the paths of `integers` numbers of
  /// type `int32` that are not below those named there.
  package static func check(
    _ state: [String: Tensor], against expected: [(path: String, shape: Shape)], integers: [String: Int32] = [:],
    of owner: String = "model"
  ) throws {
    let paths = Set(expected.map(\.path))
    var error = StateError(owner: owner)
    for (path, shape) in expected {
      guard let tensor = state[path] else {
        error.missing.append(path)
        continue
      }
      if tensor.shape != shape {
        error.misshapen.append(.init(path: path, expected: shape, found: tensor.shape))
      } else if let least = integers[path] {
        if tensor.dtype != .int32 {
          error.unusable.append(.init(path: path, found: "\(tensor.dtype)"))
        } else if let number = tensor.elements(as: Int32.self).first(where: { $0 < least }) {
          error.unusable.append(.init(path: path, found: "\(number)"))
        }
      }
    }
    for name in state.keys.sorted() where !paths.contains(name) {
      error.unexpected.append(.init(name: name, nearest: nearest(to: name, among: paths.sorted())))
    }
    guard error.isEmpty else { throw error }
  }
}

extension Module {
  /// Every parameter and statistic by its path, and the position of every random stream as an `int32` [2]
  /// (its lower and upper half): what is saved of a model.
  public var state: [String: Tensor] {
    let contents = ModelContents(of: self)
    let positions = contents.streams.map { ($0.path, Tensor(halvesOf: $0.stream.position)) }
    return Dictionary(uniqueKeysWithValues: contents.holders.map { ($0.path, $0.holder.value) } + positions)
  }

  /// Sets every parameter and statistic; numbers take on the model's precision. Random streams are set
  /// where the state has them, which one from another framework has not.
  ///
  /// - Throws: ``StateError`` unless the state has exactly the model's paths and shapes; nothing is set then.
  public func load(_ state: [String: Tensor]) throws {
    let contents = ModelContents(of: self)
    let holders = contents.holders
    let streams = contents.streams.filter { state[$0.path] != nil }
    try StateError.check(
      state, against: holders.map { ($0.path, $0.holder.shape) } + streams.map { ($0.path, [2]) },
      integers: Dictionary(uniqueKeysWithValues: streams.map { ($0.path, .min) }))
    for (path, holder) in holders {
      let tensor = state[path]!.converted(to: holder.dtype)
      holder.box.update { $0 = tensor }
    }
    for (path, stream) in streams {
      guard let halves = state[path]?.elements(as: Int32.self) else { continue }
      stream.position = UInt64(UInt32(bitPattern: halves[1])) << 32 | UInt64(UInt32(bitPattern: halves[0]))
    }
  }
}

extension Module {
  /// Runs `body` with another state in the model, and puts back every parameter, statistic and random stream.
  ///
  /// ```swift
  /// let averaged = try model.withState(average) { model(x) }
  /// ```
  ///
  /// A model is a handle: whoever uses it meanwhile, on another thread too, sees the other numbers. For two sets of
  /// numbers at once make a second model in the same way and load the state into it.
  ///
  /// - Throws: ``StateError`` unless the state has exactly the model's paths and shapes; whatever `body` throws.
  public func withState<R>(_ state: [String: Tensor], _ body: () throws -> R) throws -> R {
    try ModelContents(of: self).restoringAll {
      try load(state)
      return try body()
    }
  }
}

extension ModelContents {
  /// What is saved of a model's tensors.
  fileprivate var holders: [(path: String, holder: any TensorHolder)] {
    parameters.map { ($0.path, $0.parameter) } + statistics.map { ($0.path, $0.statistic) }
  }
}

extension Tensor {
  fileprivate init(halvesOf number: UInt64) {
    self.init([Int32(truncatingIfNeeded: number), Int32(truncatingIfNeeded: number >> 32)])
  }
}
