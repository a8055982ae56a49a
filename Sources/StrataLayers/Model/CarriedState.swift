import StrataTensor

/// What the layers of a model have seen of sequences so far, for a model that goes on step by step.
///
/// ```swift
/// var state = CarriedState()
/// var logits = model.continued(prompt, &state)     // [B, T, V]
/// let fork = state                                 // a value: two continuations of one beginning
/// logits = model.continued(token, &state)          // [B, 1, V], as if the model had seen the whole sequence
/// ```
///
/// ``MultiHeadAttention`` carries its keys and values, ``Recurrent`` the state of its cell, ``LearnedPositions`` and
/// ``SinusoidalPositions`` the position that they have reached, ``MeanOverTime``, ``MaxOverTime`` and ``LastStep``
/// what they have seen of each feature. A layer of your own that mixes the steps of a sequence
/// carries what it needs by ``updating(_:_:)``.
public struct CarriedState: Sendable {
  /// What each layer carries, by its path.
  private var states: [String: any Sendable] = [:]

  /// The state before the first step.
  public init() {}

  private static let scope = TaskScoped<Holder?>()

  private final class Holder: Sendable {
    let states: Lock<[String: any Sendable]>
    init(_ states: [String: any Sendable]) { self.states = Lock(states) }
  }

  /// Runs `body` with what the layer at work carries, inside of ``Module/continued(_:_:)``; returns nil elsewhere.
  ///
  /// - Parameters:
  ///   - initial: The state before the first step.
  ///   - body: Takes the state on, and returns what the layer makes of these steps.
  public static func updating<State: Sendable, R>(
    _ initial: @autoclosure () -> State, _ body: (inout State) throws -> R
  ) rethrows -> R? {
    guard let holder = scope.current ?? nil else { return nil }
    let path = Place.currentPath
    // Taken out and let go of, so that the state is changed in place.
    var held = holder.states.withLock { $0.removeValue(forKey: path) }
    var state = held as? State ?? initial()
    held = nil
    defer { holder.states.withLock { $0[path] = state } }
    return try body(&state)
  }

  /// Runs `body`, in which nothing is carried: a part of a model that sees its whole input with the first step.
  public static func suspended<R>(_ body: () throws -> R) rethrows -> R {
    scope.current == nil ? try body() : try scope.with(nil, body)
  }

  fileprivate mutating func running<R>(_ body: () throws -> R) rethrows -> R {
    let holder = Holder(states)
    states = [:]
    defer { states = holder.states.withLock { $0 } }
    return try Self.scope.with(holder, body)
  }
}

extension Module {
  /// Returns the output in inference for steps that follow those which `state` has seen, and takes the state on.
  ///
  /// What it returns for a step is what the model returns for that step of the whole sequence, to the rounding of sums.
  public func continued(_ x: consuming Input, _ state: inout CarriedState) -> Output {
    var x = Optional(x)
    return state.running { self(x.take()!) }
  }
}
