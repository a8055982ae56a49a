import StrataLayers
import StrataTensor

// The decompositions of layers that multiply, look up and rearrange.

extension Linear: DecomposableLayer {
  /// Returns xW + b.
  public func decomposed(_ x: Variable) -> Variable { matmul(x, weight.variable).adding(bias) }
}
extension TiedLinear: DecomposableLayer {
  /// Returns xWᵀ + b.
  public func decomposed(_ x: Variable) -> Variable { matmul(x, weight.variable.transposed).adding(bias) }
}
extension MatrixProduct: DecomposableLayer {
  /// Returns x times the transposed factors, the last one first.
  public func decomposed(_ x: Variable) -> Variable {
    factors.reversed().reduce(x) { matmul($0, $1.variable.transposed) }
  }
}
extension Bilinear: DecomposableModule {
  /// Returns y_k = Σ x₁ᵢ W_kij x₂ⱼ + b_k.
  public func decomposed(_ x: Pair<Variable, Variable>) -> Variable {
    (einsum("bj,kij->bki", x.second, weight.variable) * x.first.expanded(at: 1)).sum(along: 2).adding(bias)
  }
}
extension CosineSimilarity: DecomposableModule {
  /// Returns a · b / max(‖a‖ ‖b‖, ε).
  public func decomposed(_ x: Pair<Variable, Variable>) -> Variable {
    let (a, b) = (x.first, x.second)
    func norm(_ x: Variable) -> Variable { x.norm(along: -1) }
    let product = norm(a) * norm(b)
    return (a * b).sum(along: -1) / product.replacing(with: epsilon, where: product.value .<= epsilon)
  }
}
extension Embedding: DecomposableLayer {
  /// Returns the rows of the table at the indices; that of the padding has no gradient.
  public func decomposed(_ x: Variable) -> Variable {
    let rows = weight.variable.gathered(rows: x.value)
    guard let paddingIndex else { return rows }
    return .where((x.value .== Double(paddingIndex)).expanded(at: -1), stopGradient(rows), rows)
  }
}
extension EmbeddingBag: DecomposableLayer {
  /// Returns the sum, mean or maximum of the rows of each bag, without those of the padding.
  public func decomposed(_ x: Variable) -> Variable {
    let rows = weight.variable.gathered(rows: x.value)
    let counts = (x.value .!= Double(paddingIndex ?? -1)).expanded(at: -1)
    switch combination {
    case .sum: return (rows * Variable(counts.converted(to: rows.dtype))).sum(along: 1)
    case .mean:
      let shares = counts.converted(to: rows.dtype)
      let total = shares.sum(along: 1, keepingAxis: true)
      return (rows * Variable(shares / total.replacing(with: 1, where: total .== 0))).sum(along: 1)
    case .max:
      let largest = rows.replacing(with: -.infinity, where: 1 - counts).maxWithIndices(along: 1).values
      return largest.replacing(with: 0, where: 1 - counts.max(along: 1))
    }
  }
}
extension Reparameterize: DecomposableLayer {
  /// Returns μ + e^(log σ² / 2) ε.
  public func decomposed(_ x: Variable) -> Variable {
    // Of zeros, a sample is its noise.
    let noise = Variable(forward(x.zeros.value).0)
    return decomposedInference(x) + exp(0.5 * x.sliced(x.shape[-1] / 2..<x.shape[-1], along: -1)) * noise
  }

  /// Returns μ.
  public func decomposedInference(_ x: Variable) -> Variable { x.sliced(0..<x.shape[-1] / 2, along: -1) }
}
extension StopGradient: DecomposableLayer {
  /// Returns x, of which nothing is differentiated.
  public func decomposed(_ x: Variable) -> Variable { stopGradient(x) }
}
extension StraightThrough: DecomposableLayer {
  /// Returns f(x) with the derivative 1.
  public func decomposed(_ x: Variable) -> Variable { x.with(self(x.value)) }
}
extension LearnedPositions: DecomposableLayer {
  /// Returns x plus the rows of the table for its places.
  public func decomposed(_ x: Variable) -> Variable { x.bySequence { $0 + weight.variable[0..<$0.shape[1]] } }
}
extension SinusoidalPositions: DecomposableLayer {
  /// Returns x plus the waves of its places.
  public func decomposed(_ x: Variable) -> Variable { x + Variable(forward(x.zeros.value).0) }
}

extension Variable {
  /// Returns the sum with a bias of the last axis.
  fileprivate func adding(_ bias: Parameter?) -> Variable { bias.map { self + $0.variable } ?? self }

  /// The numbers of channels with as many axes of length 1 behind them as a tensor [B, C, …] has.
  func byChannel(of x: Variable) -> Variable {
    reshaped(to: Shape([shape.count] + x.shape.lengths.dropFirst(2).map { _ in 1 }))
  }
}
