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
  /// With groups W is the largest of their matrices, and where a margin repeats elements √m more, with m how often one
  /// stands in the padded image.
  public func gainBound(at x: Tensor) -> Double {
    let copies =
      copies(paddingMode, x.shape[2], padding.top, padding.bottom)
      * copies(paddingMode, x.shape[3], padding.left, padding.right)
    return weight.value.groupNorm(groups) * windowsOverlapping(kernel, stride, dilation).squareRoot()
      * copies.squareRoot()
  }
}

extension Conv1D: BoundedGain {
  /// That of ``Conv2D`` for images of one row.
  public func gainBound(at x: Tensor) -> Double {
    weight.value.groupNorm(groups) * Double(windowsOverlapping(kernel, stride, dilation)).squareRoot()
      * copies(paddingMode, x.shape[2], padding.left, padding.right).squareRoot()
  }
}

extension ConvTranspose2D: BoundedGain {
  /// The bound of the convolution by the same weight, whose transposed map has the same norm.
  public func gainBound(at x: Tensor) -> Double {
    weight.value.groupNorm(groups) * windowsOverlapping(kernel, stride, dilation).squareRoot()
  }
}

extension ConvTranspose1D: BoundedGain {
  /// The bound of the convolution by the same weight, whose transposed map has the same norm.
  public func gainBound(at x: Tensor) -> Double {
    weight.value.groupNorm(groups) * Double(windowsOverlapping(kernel, stride, dilation)).squareRoot()
  }
}

extension MaxPool2D: BoundedGain {
  /// An element can be the largest of every window that contains it; it then receives the sum of their gradients.
  public func gainBound(at x: Tensor) -> Double { windowsOverlapping(kernel, stride, 1).squareRoot() }
}

extension MaxPool1D: BoundedGain {
  /// An element can be the largest of every window that contains it; it then receives the sum of their gradients.
  public func gainBound(at x: Tensor) -> Double { Double(windowsOverlapping(kernel, stride, 1)).squareRoot() }
}

extension GlobalMaxPool: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension GlobalAveragePool: BoundedGain {
  /// Each of the n elements receives dy / n: 1 / √n.
  public func gainBound(at x: Tensor) -> Double {
    (Double(x.shape[0] * x.shape[1]) / Double(max(1, x.count))).squareRoot()
  }
}

extension PixelShuffle: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension Pad2D: BoundedGain {
  /// √m, with m how often an element stands in the padded image.
  public func gainBound(at x: Tensor) -> Double {
    (copies(mode, x.shape[2], padding.top, padding.bottom) * copies(mode, x.shape[3], padding.left, padding.right))
      .squareRoot()
  }
}

extension Pad1D: BoundedGain {
  /// √m, with m how often an element stands in the padded sequence.
  public func gainBound(at x: Tensor) -> Double {
    copies(mode, x.shape[2], padding.left, padding.right).squareRoot()
  }
}

/// Returns the largest number of windows that share an element of an image.
private func windowsOverlapping(_ kernel: Size2D, _ stride: Size2D, _ dilation: Size2D) -> Double {
  Double(
    windowsOverlapping(kernel.height, stride.height, dilation.height)
      * windowsOverlapping(kernel.width, stride.width, dilation.width))
}

/// Returns the largest number of windows that share an element along an axis: of the places i·d in the window those
/// that have the same remainder by the stride.
private func windowsOverlapping(_ kernel: Int, _ stride: Int, _ dilation: Int) -> Int {
  var (a, b) = (stride, dilation)
  while b != 0 { (a, b) = (b, a % b) }
  return (kernel + stride / a - 1) / (stride / a)
}

/// Returns how often an element of an axis can stand in it with its margins.
private func copies(_ mode: PaddingMode, _ length: Int, _ before: Int, _ after: Int) -> Double {
  switch mode {
  case .zeros: 1
  case .replicate: Double(length == 1 ? 1 + before + after : 1 + max(before, after))
  case .reflect, .circular: Double(1 + (before > 0 ? 1 : 0) + (after > 0 ? 1 : 0))
  }
}

extension Tensor {
  /// The largest spectral norm of the groups' kernels as matrices.
  fileprivate func groupNorm(_ groups: Int) -> Double {
    let rows = shape[0] / groups
    return (0..<groups).map {
      self[$0 * rows..<($0 + 1) * rows].reshaped(to: [rows, shape.rowShape.count]).spectralNorm
    }.max()!
  }
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

extension Dropout2D: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { rate < 1 ? 1 / (1 - rate) : 0 }
}

extension Dropout1D: BoundedGain {
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

extension GroupNorm: BoundedGain {
  public func gainBound(at x: Tensor) -> Double {
    abs(weight.value).max().item * x.largestInverseDeviation(groups: groups, epsilon)
  }
}

extension InstanceNorm: BoundedGain {
  public func gainBound(at x: Tensor) -> Double {
    (weight.map { abs($0.value).max().item } ?? 1) * x.largestInverseDeviation(groups: channels, epsilon)
  }
}

extension Tensor {
  /// The largest 1/σ of the groups of channels of a batch.
  fileprivate func largestInverseDeviation(groups: Int, _ epsilon: Double) -> Double {
    let rows = converted(to: .float64).reshaped(to: [shape[0] * groups, count / (shape[0] * groups)])
    let centered = rows - rows.mean(along: 1, keepingAxis: true)
    return rsqrt((centered * centered).mean(along: 1) + epsilon).max().item
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
