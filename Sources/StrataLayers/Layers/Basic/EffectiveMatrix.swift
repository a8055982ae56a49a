import StrataTensor

/// What a product of matrices is as one matrix: to infer with, and to look at.
extension MatrixProduct {
  /// P = W₁W₂ … Wₙ, of shape [d₀, dₙ]: the layer is y = xPᵀ.
  ///
  /// For inference and inspection. A loss taken through P has a gradient for P alone: to train, use the layer.
  public var effectiveMatrix: Tensor { product(of: factors.indices, in: factors[0].dtype) }

  /// A product that gives the same outputs, to rounding, with the fewest multiplications a row: a layer for
  /// inference, with separate factors that later training of this one does not touch.
  ///
  /// A row costs Σ dⱼ₋₁dⱼ multiplications, which is also the number of weights that must be read. To multiply
  /// the factors between the sizes dᵢ and dₖ beforehand makes them cost dᵢdₖ. Which neighbours are
  /// multiplied is the shortest way from d₀ to dₙ by these costs. So a chain of equal sizes becomes the one matrix P;
  /// one that narrows, [784, 256, 8, 256, 784] say, becomes [784, 8, 784], as P would cost more; and where every
  /// product would, all factors stay. Multiplying n square factors of size d takes (n − 1)d³ multiplications
  /// and saves (n − 1)d² a row, so it has paid after d rows.
  ///
  /// Do not train the result in this one's place: its parameters are not those of the chain.
  public func collapsed() -> MatrixProduct {
    let sizes = dimensions
    // The least cost of a row from each size on to the last, and the size at which its first matrix ends. The
    // longest run is tried first, so that of equal costs the fewest factors win.
    var best = [(cost: 0, end: factors.count)]
    for start in factors.indices.reversed() {
      let ways = (start + 1...factors.count).reversed().map { end in
        (cost: sizes[start] * sizes[end] + best[end - start - 1].cost, end: end)
      }
      best.insert(ways.min { $0.cost < $1.cost }!, at: 0)
    }
    var collapsed: [Parameter] = []
    var start = 0
    while start < factors.count {
      let end = best[start].end
      collapsed.append(Parameter(product(of: start..<end, in: factors[start].dtype)))
      start = end
    }
    return MatrixProduct(factors: collapsed)
  }

  /// The singular values of each factor, the largest first: how much it stretches each of its directions.
  public var factorSingularValues: [[Double]] {
    var known: [ObjectIdentifier: [Double]] = [:]
    return factors.map { factor in
      let identity = ObjectIdentifier(factor)
      if known[identity] == nil { known[identity] = factor.value.singularValues }
      return known[identity]!
    }
  }

  /// The singular values of the product W₁W₂ … Wₙ, multiplied in double precision, the largest first.
  ///
  /// Those below about 1e-16 of the largest are of rounding.
  public var singularValues: [Double] { product(of: factors.indices, in: .float64).singularValues }

  /// The product of some neighbours, multiplied from the narrower end on: each partial product is then as small
  /// as one of the two ways makes it.
  private func product(of positions: Range<Int>, in dtype: DType) -> Tensor {
    let matrices = factors[positions].map { $0.value.converted(to: dtype) }
    if matrices[0].shape[0] <= matrices.last!.shape[1] {
      return matrices.dropFirst().reduce(matrices[0]) { matmul($0, $1) }
    }
    return matrices.dropLast().reversed().reduce(matrices.last!) { matmul($1, $0) }
  }
}
