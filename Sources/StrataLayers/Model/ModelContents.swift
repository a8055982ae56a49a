import StrataTensor

/// What a model holds, each once, by the path at which it is first met.
package struct ModelContents: Sendable {
  package private(set) var parameters: [(path: String, parameter: Parameter)] = []
  package private(set) var statistics: [(path: String, statistic: Statistic)] = []
  package private(set) var constants: [(path: String, constant: Constant)] = []
  package private(set) var streams: [(path: String, stream: RandomStream)] = []

  /// The parameters that only ``Frozen`` parts hold.
  package private(set) var frozen: Set<ObjectIdentifier> = []

  /// Walks the model's properties.
  package init(of model: any Module) {
    var found = ModelContents()
    var seen: Set<ObjectIdentifier> = []
    var (paths, frozenPaths): (Set<String>, [String]) = ([], [])
    ModelWalk.walk(model) { value, path in
      if value is Frozen { frozenPaths.append(path) }
      guard value is any TensorHolder || value is RandomStream else { return }
      let identity = ObjectIdentifier(value as AnyObject)
      let isFrozen = frozenPaths.contains { isInside(path, $0) }
      if !isFrozen { found.frozen.remove(identity) }
      guard seen.insert(identity).inserted else { return }
      require(
        paths.insert(path).inserted,
        "\(path): two tensors of the model have this path; give properties names that differ in more than a leading "
          + "underscore, and dictionaries keys that make no path of another entry")
      if isFrozen && value is Parameter { found.frozen.insert(identity) }
      switch value {
      case let parameter as Parameter: found.parameters.append((path, parameter))
      case let statistic as Statistic: found.statistics.append((path, statistic))
      case let constant as Constant: found.constants.append((path, constant))
      case let stream as RandomStream: found.streams.append((path, stream))
      default: stop("\(path): a \(type(of: value)) is no Parameter, Statistic or Constant")
      }
    }
    self = found
  }

  private init() {}

  /// The memory of all tensors with identity.
  package var boxes: [TensorBox] {
    parameters.map(\.parameter.box) + statistics.map(\.statistic.box) + constants.map(\.constant.box)
  }

  /// Runs `body` and puts every random stream back where it was: looking at a model must not change how
  /// it trains.
  package func restoringStreams<R>(after body: () throws -> R) rethrows -> R {
    let states = streams.map(\.stream.state)
    defer { for (entry, state) in zip(streams, states) { entry.stream.state = state } }
    return try body()
  }

  /// Runs `body` and puts back every parameter, statistic and random stream.
  package func restoringAll<R>(after body: () throws -> R) rethrows -> R {
    let boxes = parameters.map(\.parameter.box) + statistics.map(\.statistic.box)
    let values = boxes.map(\.value)
    defer { ModelSnapshot.changes.share { for (box, value) in zip(boxes, values) { box.update { $0 = value } } } }
    return try restoringStreams(after: body)
  }

  /// Tells each parameter and statistic its path, for messages.
  package func tellPaths() {
    for (path, parameter) in parameters { parameter.path = path }
    for (path, statistic) in statistics { statistic.path = path }
  }
}

extension Module {
  /// Every parameter of the model by its path, each once, in order.
  ///
  /// The walk uses reflection, which is slow: call it when a model is made, not in a training step.
  public var parameters: [(path: String, parameter: Parameter)] { ModelContents(of: self).parameters }

  /// The type of input that the model takes, as far as its parameters show: `int32` where the first is that of an
  /// ``Embedding`` or an ``EmbeddingBag``, else the type of the first.
  package var inputType: DType {
    var (owner, type): ((any Module)?, DType?)
    ModelWalk.walk(self) { value, _ in
      if type != nil { return }
      owner = value as? any Module ?? owner
      type = (value as? Parameter).map { owner is Embedding || owner is EmbeddingBag ? .int32 : $0.dtype }
    }
    return type ?? .float32
  }

  /// The layer in its containers that receives the model's own input.
  package var firstLayer: any Module {
    var first: any Module = self
    while let next = (first as? any Container)?.children.first { first = next }
    return first
  }

  /// The number of elements of all parameters.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.parameter.shape.count } }

  /// Changes every parameter, statistic and constant to another precision, in place.
  public func convert(to dtype: DType) {
    require(dtype.isFloatingPoint, "convert(to:): a model cannot be \(dtype)")
    let boxes = ModelContents(of: self).boxes.filter(\.dtype.isFloatingPoint)
    ModelSnapshot.changes.share { for box in boxes { box.update { $0 = $0.converted(to: dtype) } } }
  }
}
