import StrataLayers
import StrataTensor

/// How elements of an image of another size are made.
///
/// With s = H / R the size of an output row in rows of the input, row r has its center at c = (r + ½) s. Columns likewise.
public enum Resampling: Hashable, Sendable {
  /// Linear interpolation.
  ///
  /// - Without antialiasing, between the two rows whose centers lie around c: PyTorch's
  ///   `interpolate(mode="bilinear", align_corners=False)`, and `Upsample`.
  /// - With antialiasing, a mean of the rows around c, weighted by max(0, 1 − d / max(1, s)) for a center at the distance d,
  ///   so that every row counts where an image becomes smaller: PyTorch's `antialias=True`, and PIL's `BILINEAR` but for
  ///   its rounding to bytes. Where an image becomes larger it makes no difference.
  case bilinear(antialias: Bool = true)

  /// The mean of the rows ⌊r s⌋ ..< ⌈(r + 1) s⌉: PyTorch's `interpolate(mode="area")`.
  case area
}

extension AxisMap {
  /// What each of `outputs` elements along an axis is made of.
  fileprivate init(_ inputs: Int, _ outputs: Int, _ resampling: Resampling) {
    switch resampling {
    case .area: self.init(means: inputs, outputs)
    case .bilinear(false): self.init(bilinear: inputs, outputs)
    case .bilinear(true):
      let step = Double(inputs) / Double(outputs)
      let reach = max(1, step)
      self.init(
        inputs: inputs,
        (0..<outputs).map { output in
          let center = (Double(output) + 0.5) * step
          let (first, end) = (max(0, Int(center - reach + 0.5)), min(inputs, Int(center + reach + 0.5)))
          var weights = (first..<end).map { max(0, 1 - abs(Double($0) + 0.5 - center) / reach) }
          // What weighs nothing at the ends is not read, so that the same size gives the same bits.
          let start = first + weights.prefix { $0 == 0 }.count
          weights = Array(weights.drop { $0 == 0 }.reversed().drop { $0 == 0 }.reversed())
          let sum = weights.reduce(0, +)
          return (start, weights.map { $0 / sum })
        })
    }
  }
}

extension Tensor {
  /// Returns images of another height and width.
  ///
  /// ```swift
  /// let small = x.resized(to: 32)                              // [N, C, H, W] to [N, C, 32, 32], stretched
  /// let square = x.resized(to: [224, 224], fit: .cropped)
  /// ```
  ///
  /// - Parameters:
  ///   - size: The height and width.
  ///   - resampling: How elements are made.
  ///   - fit: What becomes of images of another shape.
  /// - Returns: [..., R, S] of a tensor [..., H, W].
  public func resized(
    to size: Size2D, by resampling: Resampling = .bilinear(), fit: Fit = .stretched
  ) -> Tensor {
    require(
      rank >= 2 && shape[-2] > 0 && shape[-1] > 0 && dtype != .int32,
      "resized: \(dtype) of shape \(shape) has no images; give floating-point [..., H, W]")
    require(size.isPossible, "resized: size \(size) must be from 1 to \(1 << 20)")
    let (height, width) = (shape[-2], shape[-1])
    let cover = fit == .cropped ? size.covering(height, width) : size
    let whole =
      cover == Size2D(height, width)
      ? self : resampled(AxisMap(height, cover.height, resampling), AxisMap(width, cover.width, resampling))
    return cover == size
      ? whole : whole.cropped(cover.height, size.height, along: -2).cropped(cover.width, size.width, along: -1)
  }

  /// The middle of an axis; a half is rounded to the even place, as torchvision's `center_crop` does.
  private func cropped(_ length: Int, _ count: Int, along axis: Int) -> Tensor {
    let start = Int((Double(length - count) / 2).rounded(.toNearestOrEven))
    return length == count ? self : sliced(start..<start + count, along: axis)
  }
}

extension Size2D {
  /// Whether images can have this size.
  var isPossible: Bool { 1...1 << 20 ~= height && 1...1 << 20 ~= width }

  /// The smallest size of the shape of these images that covers this size, rounded down as torchvision's `resize` does.
  fileprivate func covering(_ height: Int, _ width: Int) -> Size2D {
    self.height * width >= self.width * height
      ? Size2D(self.height, self.height * width / height) : Size2D(self.width * height / width, self.width)
  }
}
