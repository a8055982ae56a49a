import StrataTensor

/// A layer made of other layers, which are named by position alone: `0`, `1`, `2`.
///
/// Parameters that it holds itself have the names of their properties.
public protocol Container: Layer {
  /// All layers in it, in order.
  var children: [any Layer] { get }

  /// The container's inference, with `apply` called wherever a child runs on an input.
  ///
  /// Everything that looks at each layer of a model (a summary, the activations) is one walk through this.
  func flow(_ x: consuming Tensor, through apply: (_ position: Int, _ input: consuming Tensor) -> Tensor)
    -> Tensor
}

extension Container {
  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    let children = children
    return flow(x) { position, input in children[position](input) }
  }
}

extension Layer {
  /// Runs inference and gives `visit` each layer that is not itself a container, with its path and its input,
  /// to run.
  package func trace(
    _ x: consuming Tensor, path: String = "",
    _ visit: (_ path: String, _ layer: any Layer, _ input: consuming Tensor) -> Tensor
  ) -> Tensor {
    guard let container = self as? any Container else { return visit(path, self, x) }
    return container.flow(x) { position, input in
      container.children[position].trace(input, path: joined(path, "\(position)"), visit)
    }
  }

  /// The output of every layer in inference, by path, in order.
  public func activations(of x: Tensor) -> [(path: String, output: Tensor)] {
    var found: [(path: String, output: Tensor)] = []
    _ = trace(x) { path, layer, input in
      let output = layer(input)
      found.append((path, output))
      return output
    }
    return found
  }
}

/// Layers in one line: "Linear(3, 4); ReLU()".
func listed(_ layers: [any Layer]) -> String {
  layers.map { ($0 as? Sequential).map { "Sequential { \(listed($0.layers)) }" } ?? "\($0)" }
    .joined(separator: "; ")
}

/// Two components of a path.
package func joined(_ path: String, _ component: String) -> String {
  path.isEmpty ? component : path + "." + component
}
