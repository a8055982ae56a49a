import CStrataKernels

/// Where a child stands in the module that holds it: a component of the child's path in the model.
///
/// `.position(2)` is the third of a list, `"encoder"` a property of this name.
public enum Place: Sendable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
  /// The child's position in a list, from 0.
  case position(Int)
  /// The name of the property that holds the child.
  case name(StaticString)

  public init(integerLiteral position: Int) { self = .position(position) }

  public init(stringLiteral name: StaticString) { self = .name(name) }

  /// Notes that what this thread runs from now on is the child at this place, so that what stops in it is reported
  /// under its path. Whoever enters leaves in a `defer`.
  @inline(__always)
  package func enter() {
    let depth =
      switch self {
      case .position(let position): strata_trail_enter(strata_place(position: Int32(position), name: nil))
      case .name(let name):
        // A literal's bytes live as long as the program and end in a zero.
        strata_trail_enter(
          strata_place(position: 0, name: UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)))
      }
    if depth > Self.deepest { Self.stopForDepth() }
  }

  /// How deep modules may be nested: every level takes a part of the stack.
  private static let deepest = 500

  /// Stops the program where a model is nested deeper than the stack may allow.
  package static func requireDepth(_ depth: Int) { if depth > deepest { stopForDepth() } }

  private static func stopForDepth() -> Never {
    stop("the model's modules are nested more than \(deepest) deep; put them one after another in a Sequential")
  }

  @inline(__always)
  package static func leave() { strata_trail_leave() }

  /// The path of the module at work on this thread, empty outside all containers.
  package static var currentPath: String {
    (0..<strata_trail_depth()).map { depth in
      let place = strata_trail_place(depth)
      return place.name.map { String(cString: $0) } ?? "\(place.position)"
    }.joined(separator: ".")
  }
}
