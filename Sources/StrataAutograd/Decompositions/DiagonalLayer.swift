import StrataLayers
import StrataTensor

/// A layer that multiplies each element by a factor, which does not change near almost every point: the second
/// derivative is 0.
protocol DiagonalLayer: DecomposableLayer {}

extension DiagonalLayer {
  /// Returns the output, each of whose elements is a factor times its input.
  public func decomposed(_ x: Variable) -> Variable { scaled(x, forward(x.value)) }

  /// Returns the output of inference, each of whose elements is a factor times its input.
  public func decomposedInference(_ x: Variable) -> Variable { scaled(x, inference(x.value)) }

  /// The factors are the backward of ones.
  private func scaled(_ x: Variable, _ run: (y: Tensor, cache: Cache)) -> Variable {
    var unused = Gradients.discarding
    let factors = backward(Tensor(ones: run.y.shape, dtype: run.y.dtype), run.cache, &unused)
    return Variable("\(Self.self)", run.y, of: [x], [.factor(x, keeping: [Variable(factors)]) { $0[0] }])
  }
}

extension LeakyReLU: DiagonalLayer {}
extension Hardtanh: DiagonalLayer {}
extension ReLU6: DiagonalLayer {}
extension Hardsigmoid: DiagonalLayer {}
extension Hardshrink: DiagonalLayer {}
extension Softshrink: DiagonalLayer {}
extension Threshold: DiagonalLayer {}
extension Dropout: DiagonalLayer {}
extension Dropout1D: DiagonalLayer {}
extension Dropout2D: DiagonalLayer {}
extension AlphaDropout: DiagonalLayer {}
