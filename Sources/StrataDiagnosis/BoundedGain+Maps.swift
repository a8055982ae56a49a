import StrataLayers
import StrataTensor

// Affine maps: the spectral norm of the weight.

extension Linear: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { weight.value.spectralNorm }
}

extension TiedLinear: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { weight.value.spectralNorm }
}

extension Conv2D: BoundedGain {
  /// ‖W‖₂ √n, with W the kernels as a matrix [out, in · kh · kw] and n the largest number of windows that share an
  /// element: each element lies in at most n patches, so ‖y‖² = Σ ‖W · patch‖² ≤ ‖W‖₂² n ‖x‖².
  public func gainBound(at x: Tensor) -> Double {
    let weight = weight.value
    let matrix = weight.reshaped(to: [weight.shape[0], weight.shape.rowShape.count])
    return matrix.spectralNorm * windowsOverlapping(kernel, stride: stride).squareRoot()
  }
}

extension MaxPool2D: BoundedGain {
  /// An element can be the largest of every window that contains it; it then receives the sum of their gradients.
  public func gainBound(at x: Tensor) -> Double { windowsOverlapping(kernel, stride: stride).squareRoot() }
}

/// Returns the largest number of windows that share an element of an image.
private func windowsOverlapping(_ kernel: Size2D, stride: Size2D) -> Double {
  func windows(_ kernel: Int, _ stride: Int) -> Int { (kernel + stride - 1) / stride }
  return Double(windows(kernel.height, stride.height) * windows(kernel.width, stride.width))
}

// Layers that move elements, scale them, or stop their gradient.

extension Identity: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension Flatten: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension Reshape: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension StraightThrough: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension StopGradient: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 0 }
}

extension Dropout: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { rate < 1 ? 1 / (1 - rate) : 0 }
}

// Normalization: dx = γ/σ · P dy with P a projection.

extension BatchNorm: BoundedGain {
  public func gainBound(at x: Tensor) -> Double {
    let axes = (0..<x.rank).filter { $0 != 1 }
    let centered = x.converted(to: .float64) - x.converted(to: .float64).mean(along: axes, keepingAxes: true)
    let variance = (centered * centered).mean(along: axes)
    let scales = weight.map { abs($0.value.converted(to: .float64)) } ?? Tensor(ones: [channels], dtype: .float64)
    return (scales * rsqrt(variance + epsilon)).max().item
  }
}

extension LayerNorm: BoundedGain {
  public func gainBound(at x: Tensor) -> Double {
    let rows = x.converted(to: .float64).reshaped(to: [x.count / shape.count, shape.count])
    let centered = rows - rows.mean(along: 1, keepingAxis: true)
    let variance = (centered * centered).mean(along: 1)
    return (weight.map { abs($0.value).max().item } ?? 1) * rsqrt(variance + epsilon).max().item
  }
}
