import StrataTensor

/// A module made of a list of others, which are named by position alone: `0`, `1`, `2`.
///
/// It runs them by ``Module/forward(_:at:_:)``, ``Module/backward(_:at:_:_:_:)``, ``Module/accumulate(_:at:_:_:_:)`` and
/// ``Module/infer(_:at:_:)``, each at its position here. Parameters that it holds itself have the names of their
/// properties.
public protocol Container: Module {
  /// All modules in it, in order.
  var children: [any Module] { get }
}

/// Modules in one line: "Linear(3, 4); ReLU()".
func listed(_ modules: [any Module]) -> String {
  modules.map { ($0 as? Sequential).map { "Sequential { \(listed($0.layers)) }" } ?? "\($0)" }
    .joined(separator: "; ")
}

/// Two components of a path, each of which may be empty.
package func joined(_ path: String, _ component: String) -> String {
  path.isEmpty ? component : component.isEmpty ? path : path + "." + component
}

/// What follows the path of a module in a path that lies in it.
func relative(_ path: String, to module: String) -> String {
  module.isEmpty ? path : String(path.dropFirst(module.count + 1))
}

/// Whether a path lies in that of a module.
package func isInside(_ path: String, _ module: String) -> Bool {
  module.isEmpty || path == module || path.hasPrefix(module + ".")
}
