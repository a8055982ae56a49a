import StrataLayers
import StrataTensor

/// A layer that is linear in its input and learns nothing: its backward is its transpose, and its forward the transpose of
/// that.
protocol LinearMap: DecomposableLayer {}

extension LinearMap {
  /// Returns the output, whose derivative is the map itself.
  public func decomposed(_ x: Variable) -> Variable { mapped(x) }

  fileprivate func mapped(_ x: Variable) -> Variable {
    let (y, cache) = forward(x.value)
    let derivative = Derivative(push: { dx, _ in Variable(forward(dx.value).0) }) { dy, _ in transposed(dy, cache) }
    return Variable("\(Self.self)", y, of: [x], [derivative])
  }

  private func transposed(_ dy: Variable, _ cache: Cache) -> Variable {
    dy.mapped("\(Self.self) transposed") { dy in
      var unused = Gradients.discarding
      return backward(dy, cache, &unused)
    } transposed: {
      mapped($0)
    }
  }
}

extension Identity: LinearMap {}
extension Flatten: LinearMap {}
extension Reshape: LinearMap {}
extension Pad1D: LinearMap {}
extension Pad2D: LinearMap {}
extension PixelShuffle: LinearMap {}
extension Upsample: LinearMap {}
extension AveragePool1D: LinearMap {}
extension AveragePool2D: LinearMap {}
extension AdaptiveAveragePool1D: LinearMap {}
extension AdaptiveAveragePool2D: LinearMap {}
extension GlobalAveragePool: LinearMap {}
extension LastStep: LinearMap {
  /// Returns the last step of each sequence.
  public func decomposed(_ x: Variable) -> Variable { x.bySequence(mapped) }
}
extension MeanOverTime: LinearMap {
  /// Returns the mean of the steps of each sequence.
  public func decomposed(_ x: Variable) -> Variable { x.bySequence(mapped) }
}
