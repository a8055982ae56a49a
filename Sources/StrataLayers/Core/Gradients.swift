import StrataTensor

/// Everything that a backward pass finds out: the gradient of each parameter, and the batch statistics that
/// layers observed. An optimizer applies both.
///
/// Gradients add: a parameter used twice, or in several micro-batches, gets the sum. Parameters
/// stand in the order in which they first received a gradient, which is the same in every run.
public struct Gradients: Sendable {
  private struct Entry {
    let parameter: Parameter
    var tensor: Tensor {
      didSet { isKnownFinite = false }
    }
    var isKnownFinite: Bool
  }

  private var entries: [Entry] = []
  private var positions: [ObjectIdentifier: Int] = [:]
  package private(set) var observations: [Observation] = []

  /// The first reason why a backward pass could not do its work; an update throws it and changes nothing.
  public private(set) var failure: (any Error)?

  /// Whether what is added is thrown away, and products that would be added are not made.
  private let discards: Bool

  /// No gradients yet.
  public init() { discards = false }

  private init(discards: Bool) { self.discards = discards }

  /// Gradients for a backward of which dL/dx alone is wanted: whatever is added to them is thrown away.
  package static var discarding: Gradients { Gradients(discards: true) }

  /// The parameters that have a gradient, in the order in which they first received one.
  public var receivers: [Parameter] { entries.map(\.parameter) }

  /// The gradient of a parameter, nil where none has arrived.
  public subscript(parameter: Parameter) -> Tensor? {
    positions[ObjectIdentifier(parameter)].map { entries[$0].tensor }
  }

  /// Adds a gradient, which must have the parameter's shape and type: nothing is broadcast.
  public mutating func add(_ gradient: consuming Tensor, to parameter: Parameter) {
    let (shape, dtype) = (gradient.shape, gradient.dtype)
    require(
      shape == parameter.shape && dtype == parameter.dtype,
      "gradients.add: a gradient of shape \(shape) (\(dtype)) does not fit \(parameter.name), "
        + "which is \(parameter.dtype) of \(parameter.shape); sum over the batch first")
    if discards { return }
    if let position = positions[ObjectIdentifier(parameter)] {
      entries[position].tensor += gradient
    } else {
      insert(gradient, for: parameter)
    }
  }

  /// Adds the matrix product a·b with no tensor made for the product where a gradient is there already.
  public mutating func addProduct(_ a: some MatrixFactor, _ b: some MatrixFactor, to parameter: Parameter) {
    if discards { return }
    if let position = positions[ObjectIdentifier(parameter)] {
      entries[position].tensor.addProduct(a, b)
    } else {
      add(matmul(a, b), to: parameter)
    }
  }

  /// Adds the sum of `dy` over all axes but the last: the gradient of a bias.
  public mutating func addColumnSums(of dy: Tensor, to parameter: Parameter) {
    if discards { return }
    if let position = positions[ObjectIdentifier(parameter)] {
      entries[position].tensor.addColumnSums(of: dy)
    } else {
      add(dy.columnSums(), to: parameter)
    }
  }

  /// Adds each row of `dy` to the row of the gradient that `indices` (`int32`) names, in order: the gradient
  /// of rows looked up in a table.
  public mutating func addRows(of dy: Tensor, at indices: Tensor, to parameter: Parameter) {
    if discards { return }
    if positions[ObjectIdentifier(parameter)] == nil {
      add(Tensor(zeros: parameter.shape, dtype: parameter.dtype), to: parameter)
    }
    entries[positions[ObjectIdentifier(parameter)]!].tensor.addRows(of: dy, at: indices)
  }

  /// Adds all of another pass: its gradients, and its observations after this one's.
  public mutating func add(_ other: consuming Gradients) {
    for entry in other.entries { add(entry.tensor, to: entry.parameter) }
    observations += other.observations
    if let error = other.failure { fail(error) }
  }

  /// Notes that these gradients must not be applied: backward cannot throw, so the optimizer's update does.
  public mutating func fail(_ error: any Error) { failure = failure ?? error }

  /// Multiplies every gradient by a factor.
  public mutating func scale(by factor: Double) {
    for position in entries.indices { entries[position].tensor *= factor }
  }

  /// Changes every gradient in place.
  public mutating func modifyEach(_ body: (Parameter, inout Tensor) throws -> Void) rethrows {
    for position in entries.indices { try body(entries[position].parameter, &entries[position].tensor) }
  }

  /// The parameters whose gradients may have elements that are not finite, in order.
  package var unchecked: [Parameter] { entries.lazy.filter { !$0.isKnownFinite }.map(\.parameter) }

  /// Notes that every element of every gradient is finite.
  package mutating func markAsFinite() {
    for position in entries.indices { entries[position].isKnownFinite = true }
  }

  /// Takes out the gradients of some parameters.
  package mutating func remove(where isRemoved: (Parameter) -> Bool) {
    entries.removeAll { isRemoved($0.parameter) }
    positions = Dictionary(uniqueKeysWithValues: entries.enumerated().map { (ObjectIdentifier($1.parameter), $0) })
  }

  private mutating func insert(_ gradient: consuming Tensor, for parameter: Parameter) {
    positions[ObjectIdentifier(parameter)] = entries.count
    // Looked at now, while it is in the cache: the update then need not read all gradients once more.
    let isFinite = gradient.isFinite
    entries.append(Entry(parameter: parameter, tensor: gradient, isKnownFinite: isFinite))
  }
}

extension Gradients {
  /// A value that a layer observed in one batch.
  package struct Observation: Sendable {
    package let statistic: Statistic
    package let value: Tensor
    let momentum: Double
  }

  /// Notes a batch's value of a statistic; when the gradients are applied, the statistic becomes
  /// (1 − momentum) · old + momentum · value.
  public mutating func observe(_ value: Tensor, for statistic: Statistic, momentum: Double) {
    require(
      value.shape == statistic.shape,
      "gradients.observe: a value of shape \(value.shape) does not fit \(statistic.name), "
        + "whose shape is \(statistic.shape)")
    requireOption("gradients.observe: momentum", momentum, .fraction)
    if discards { return }
    observations.append(Observation(statistic: statistic, value: value, momentum: momentum))
  }

  /// Puts the observations after the first `count` in the order of the forward pass: a backward pass reaches
  /// the layers, and so a layer used twice, from last to first.
  package mutating func closePass(after count: Int) { observations[count...].reverse() }

  /// Takes the observations of another pass in the place of its own.
  package mutating func takeObservations(of other: Gradients) { observations = other.observations }

  /// Moves every observed statistic.
  package func applyObservations() {
    for observation in observations {
      let momentum = observation.momentum
      // Into fresh memory: a model that answers on another thread may still read the old numbers.
      observation.statistic.box.update { $0 = (1 - momentum) * $0 + momentum * observation.value }
    }
  }
}
