import StrataTensor

extension Module {
  /// Every parameter and statistic by its path, and of every random stream its position, seed and number as an `int32`
  /// [6] (the lower and the upper half of each): what is saved of a model.
  ///
  /// While another thread trains the model, take that of a ``snapshot()``.
  public var state: [String: Tensor] { ModelContents(of: self).state }

  /// Sets every parameter and statistic; numbers take on the model's precision. Random streams are set where the state
  /// has them, which one from another framework has not: the model then goes on to the same bits as the one that was
  /// saved, whatever seed it was made under.
  ///
  /// - Throws: ``StateError`` unless the state has exactly the model's paths and shapes, and numbers that are finite in
  ///   its precision and have a meaning there; nothing is set then.
  public func load(_ state: [String: Tensor]) throws {
    let contents = ModelContents(of: self)
    let state = try StateError.check(state, against: contents.entries(of: state))
    ModelSnapshot.changes.share {
      for (path, holder) in contents.holders { holder.box.update { $0 = state[path]! } }
    }
    for (path, stream) in contents.streams where state[path] != nil { stream.state.words = state[path]!.words }
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
  /// numbers at once make a second model in the same way and load the state into it; for answers while the model trains
  /// take a ``snapshot()``.
  ///
  /// - Throws: ``StateError`` unless the state fits, as for ``load(_:)``; whatever `body` throws.
  public func withState<R>(_ state: [String: Tensor], _ body: () throws -> R) throws -> R {
    try ModelContents(of: self).restoringAll {
      try load(state)
      return try body()
    }
  }
}

extension ModelContents {
  /// What is saved of a model.
  var state: [String: Tensor] {
    let words = streams.map { ($0.path, Tensor(words: $0.stream.state.words)) }
    return Dictionary(uniqueKeysWithValues: holders.map { ($0.path, $0.holder.value) } + words)
  }

  /// What is saved of a model's tensors.
  fileprivate var holders: [(path: String, holder: any TensorHolder)] {
    parameters.map { ($0.path, $0.parameter) } + statistics.map { ($0.path, $0.statistic) }
  }

  /// What a state of the model must have. Those that were written earlier have of a stream its position alone.
  fileprivate func entries(of state: [String: Tensor]) -> [StateEntry] {
    parameters.map { StateEntry($0.path, like: $0.parameter.value) }
      + statistics.map { StateEntry($0.path, like: $0.statistic.value, minimum: $0.statistic.minimum) }
      + streams.filter { state[$0.path] != nil }.map { StateEntry($0.path, words: [[6], [2]]) }
  }
}

extension RandomStream.State {
  /// The position, the seed and the number: a state that was written earlier had the position alone.
  fileprivate var words: [UInt64] {
    get { [position, seed, number] }
    set {
      position = newValue[0]
      if newValue.count == 3 { (seed, number) = (newValue[1], newValue[2]) }
    }
  }
}
