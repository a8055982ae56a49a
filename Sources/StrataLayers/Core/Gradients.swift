import StrataTensor

/// Everything that a backward pass finds out: the gradient of each parameter, and the batch statistics that
/// layers observed. An optimizer applies both.
///
/// Gradients add: a parameter used twice, or in several micro-batches, gets the sum. Parameters
/// stand in the order in which they first received a gradient, which is the same in every run.
public struct Gradients: Sendable {
  var entries: [GradientEntry] = []
  private(set) var positions: [ObjectIdentifier: Int] = [:]
  package internal(set) var observations: [Observation] = []

  /// The first reason why a backward pass could not do its work; an update throws it and changes nothing.
  public private(set) var failure: (any Error)?

  /// Whether what is added is thrown away, and products that would be added are not made.
  let discards: Bool

  /// No gradients yet.
  public init() { discards = false }

  private init(discards: Bool) { self.discards = discards }

  /// Gradients for a backward of which dL/dx alone is wanted: whatever is added to them is thrown away.
  package static var discarding: Gradients { Gradients(discards: true) }

  /// The parameters that have a gradient, in the order in which they first received one.
  public var receivers: [Parameter] { entries.map(\.parameter) }

  /// The gradient of a parameter, nil where none has arrived. One of rows is spread over zeros: see ``rows(of:)``.
  public subscript(parameter: Parameter) -> Tensor? {
    positions[ObjectIdentifier(parameter)].map { entries[$0].tensor ?? entries[$0].rows!.tensor }
  }

  /// Adds a gradient, which must have the parameter's shape and type: nothing is broadcast.
  public mutating func add(_ gradient: consuming Tensor, to parameter: Parameter) {
    let (shape, dtype) = (gradient.shape, gradient.dtype)
    require(
      shape == parameter.shape && dtype == parameter.dtype,
      "gradients.add: a gradient of shape \(shape) (\(dtype)) does not fit \(parameter.name), "
        + "which is \(parameter.dtype) of \(parameter.shape); sum over the batch first")
    if discards { return }
    if let position = fullPosition(of: parameter) {
      entries[position].tensor! += gradient
    } else {
      insert(gradient, for: parameter)
    }
  }

  /// Adds the matrix product a·b with no tensor made for the product where a gradient is there already.
  public mutating func addProduct(_ a: some MatrixFactor, _ b: some MatrixFactor, to parameter: Parameter) {
    if discards { return }
    if let position = fullPosition(of: parameter) {
      entries[position].tensor!.addProduct(a, b)
    } else {
      add(matmul(a, b), to: parameter)
    }
  }

  /// Adds the sum of `dy` over all axes but the last: the gradient of a bias.
  public mutating func addColumnSums(of dy: Tensor, to parameter: Parameter) {
    if discards { return }
    if let position = fullPosition(of: parameter) {
      entries[position].tensor!.addColumnSums(of: dy)
    } else {
      add(dy.columnSums(), to: parameter)
    }
  }

  /// Adds all of another pass: its gradients, and its observations after this one's.
  public mutating func add(_ other: consuming Gradients) {
    for entry in other.entries {
      if let rows = entry.rows {
        addRows(of: rows.rows, at: rows.indices, to: entry.parameter, isSparse: true)
      } else {
        add(entry.tensor!, to: entry.parameter)
      }
    }
    observations += other.observations
    if let error = other.failure { fail(error) }
  }

  /// Notes that these gradients must not be applied: backward cannot throw, so the optimizer's update does.
  public mutating func fail(_ error: any Error) { failure = failure ?? error }

  /// Multiplies every gradient by a factor.
  public mutating func scale(by factor: Double) { modifyElements { $1 *= factor } }

  /// Changes every gradient in place, each in full.
  public mutating func modifyEach(_ body: (Parameter, inout Tensor) throws -> Void) rethrows {
    for parameter in receivers { try body(parameter, &entries[fullPosition(of: parameter)!].tensor!) }
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
    // Looked at now, while it is in the cache: the update then need not read all gradients once more.
    let isFinite = gradient.isFinite
    insert(GradientEntry(parameter: parameter, tensor: gradient, isKnownFinite: isFinite))
  }

  @discardableResult
  mutating func insert(_ entry: consuming GradientEntry) -> Int {
    positions[ObjectIdentifier(entry.parameter)] = entries.count
    entries.append(entry)
    return entries.count - 1
  }
}
