import StrataTensor

/// A window that slides over the planes of images [B, C, H, W]: its size, its steps, how far apart its elements are,
/// and the margin around each plane. Sequences [B, C, T] are images of one row.
struct WindowGeometry: Sendable {
  let kernel, stride, dilation: Size2D
  let padding: Padding2D
  let mode: PaddingMode
  /// Whether a last window that reaches beyond the margin counts, as long as it begins inside.
  let ceilMode: Bool
  let isSequence: Bool

  private static let longest = 1 << 20

  /// The elements that a window reaches over beyond its first.
  var reach: Size2D { Self.reach(kernel, dilation) }

  private static func reach(_ kernel: Size2D, _ dilation: Size2D) -> Size2D {
    Size2D((kernel.height - 1) * dilation.height, (kernel.width - 1) * dilation.width)
  }

  init(
    _ layer: String, kernel: Size2D, stride: Size2D, padding: Padding2D, dilation: Size2D = 1,
    mode: PaddingMode = .zeros, ceilMode: Bool = false, isSequence: Bool = false
  ) {
    func has(_ size: Size2D, _ range: ClosedRange<Int>) -> Bool { range ~= size.height && range ~= size.width }
    func text(_ size: Size2D) -> String { isSequence ? "\(size.width)" : "\(size)" }
    require(
      has(kernel, 1...Self.longest) && has(stride, 1...Self.longest)
        && padding.sides.allSatisfy { 0...Self.longest ~= $0 },
      "\(layer): kernel \(text(kernel)) and stride \(text(stride)) must be positive, padding "
        + "\(Self.text(padding, isSequence)) not negative, and none may be above \(Self.longest)")
    require(
      has(dilation, 1...Self.longest) && has(Self.reach(kernel, dilation), 0...Self.longest),
      "\(layer): dilation \(text(dilation)) must be positive, and the window of kernel \(text(kernel)) may not reach over "
        + "more than \(Self.longest)")
    require(
      !padding.isSame || stride == 1,
      "\(layer): padding .same needs a stride of 1, not \(text(stride)): give the margins as numbers")
    (self.kernel, self.stride, self.dilation, self.mode) = (kernel, stride, dilation, mode)
    self.padding = padding.resolved(for: Self.reach(kernel, dilation))
    (self.ceilMode, self.isSequence) = (ceilMode, isSequence)
  }

  /// The window of a pooling, which steps by its own size by default and always holds an element.
  init(
    pooling layer: String, kernel: Size2D, stride: Size2D?, padding: Size2D, ceilMode: Bool, isSequence: Bool = false
  ) {
    self.init(
      layer, kernel: kernel, stride: stride ?? kernel, padding: Padding2D(padding.height, padding.width),
      ceilMode: ceilMode, isSequence: isSequence)
    require(
      2 * padding.height <= kernel.height && 2 * padding.width <= kernel.width,
      "\(layer): padding \(isSequence ? "\(padding.width)" : "\(padding)") must be at most half of kernel "
        + (isSequence ? "\(kernel.width)" : "\(kernel)"))
  }

  /// The same window on images that have their margin already.
  var withoutPadding: WindowGeometry {
    WindowGeometry("", kernel: kernel, stride: stride, padding: 0, dilation: dilation, isSequence: isSequence)
  }

  /// The options as a layer describes itself, those with the value that they have anyway left out.
  func description(defaultStride: Size2D) -> String {
    func text(_ size: Size2D) -> String { isSequence ? "\(size.width)" : "\(size)" }
    return "kernel: \(text(kernel))" + (stride == defaultStride ? "" : ", stride: \(text(stride))")
      + (padding == 0 ? "" : ", padding: \(Self.text(padding, isSequence))")
      + (dilation == 1 ? "" : ", dilation: \(text(dilation))") + (ceilMode ? ", ceilMode: true" : "")
  }

  private static func text(_ padding: Padding2D, _ isSequence: Bool) -> String {
    isSequence && !padding.isSame ? "\(Padding1D(left: padding.left, right: padding.right))" : "\(padding)"
  }

  /// The number of windows along an axis with its margins; below 1 where none fits.
  private func windows(_ length: Int, _ before: Int, _ after: Int, _ reach: Int, _ stride: Int) -> Int {
    let room = length + before + after - reach - 1
    if room < 0 && !(ceilMode && room > -stride) { return 0 }
    let count = (ceilMode ? room + stride - 1 : room) / stride + 1
    return ceilMode && (count - 1) * stride >= length + before ? count - 1 : count
  }

  /// The shape that a layer makes of images: of `channels` in and out, else of as many as it is given.
  func outputShape(_ layer: String, for input: Shape, channels: (in: Int, out: Int)? = nil) throws -> Shape {
    let expected = channels.map { "\($0.in)" } ?? "C"
    let (axes, rank) = (isSequence ? "T" : "H, W", isSequence ? 3 : 4)
    func refusal(_ size: String, _ remedy: String, _ output: Shape? = nil) -> ShapeError {
      ShapeError(layer, expected: "[B, \(expected), \(size)]", input: input, remedy: remedy, assumedOutput: output)
    }
    guard input.rank == rank else {
      if isSequence {
        throw refusal(axes, "give it sequences batch first and channels second: reshaped(to: [B, \(expected), T])")
      }
      let form =
        input.rank == 3 && expected == "1" ? "[\(input[0]), 1, \(input[1]), \(input[2])]" : "[B, \(expected), H, W]"
      throw refusal("H, W", "give it images batch first and channels second: reshaped(to: \(form))")
    }
    let isChannelsLast = channels.map { $0.in != input[1] && $0.in == input[rank - 1] } ?? false
    let order = "it seems to have its channels last: put them second"
    let (height, width) = (isSequence ? 1 : input[2], input[rank - 1])
    let rows = windows(height, padding.top, padding.bottom, reach.height, stride.height)
    let columns = windows(width, padding.left, padding.right, reach.width, stride.width)
    guard rows > 0, columns > 0, height > 0, width > 0 else {
      if isChannelsLast { throw refusal(axes, order) }
      let least = Size2D(
        max(1, reach.height + 1 - padding.top - padding.bottom), max(1, reach.width + 1 - padding.left - padding.right))
      throw refusal(
        (isSequence ? "" : "at least \(least.height), ") + "at least \(least.width)",
        "the window is larger than the \(isSequence ? "sequence" : "image"): give it a smaller kernel or more padding")
    }
    let (most, across) = (mode.largestMargin(of: height), mode.largestMargin(of: width))
    guard max(padding.top, padding.bottom) <= most, max(padding.left, padding.right) <= across else {
      throw refusal(
        axes,
        "its margin \(Self.text(padding, isSequence)) is filled with elements of the input, which has too few: "
          + "give it less padding, or fill it with zeros")
    }
    // Places in a padded image are 32-bit numbers.
    let (tall, wide) = (height + padding.top + padding.bottom, width + padding.left + padding.right)
    guard Double(tall) * Double(wide) * Double(channels == nil ? 1 : input[1]) < 0x1p31 else {
      throw refusal(axes, "an image of \(tall) × \(wide) with its padding is too large: give it less of either")
    }
    let output = Shape([input[0], channels?.out ?? input[1]] + (isSequence ? [columns] : [rows, columns]))
    if let inputs = channels?.in, inputs != input[1] {
      throw refusal(
        axes, isChannelsLast ? order : "make its input channels the \(input[1]) of what comes before", output)
    }
    return output
  }
}

extension WindowGeometry {
  /// The shape of the images of which a convolution by this window makes the input, the larger by `extra`.
  func transposedShape(
    _ layer: String, for input: Shape, channels: (in: Int, out: Int), extra: Size2D
  ) throws -> Shape {
    let (axes, rank) = (isSequence ? "T" : "H, W", isSequence ? 3 : 4)
    func refusal(_ remedy: String, _ output: Shape? = nil) -> ShapeError {
      ShapeError(
        layer, expected: "[B, \(channels.in), \(axes)]", input: input, remedy: remedy, assumedOutput: output)
    }
    guard input.rank == rank, input[rank - 1] > 0, input[rank - 2] > 0 else {
      throw refusal(
        "give it \(isSequence ? "sequences" : "images") batch first and channels second: reshaped(to: "
          + "[B, \(channels.in), \(axes)])")
    }
    let (height, width) = (isSequence ? 1 : input[2], input[rank - 1])
    let (reach, pads) = (reach, (padding.top + padding.bottom, padding.left + padding.right))
    let (tall, wide) = (Double(height - 1), Double(width - 1))
    let (fullRows, fullColumns) = (
      tall * Double(stride.height) + Double(reach.height + extra.height + 1),
      wide * Double(stride.width) + Double(reach.width + extra.width + 1)
    )
    guard fullRows * fullColumns * Double(max(channels.in, channels.out)) < 0x1p31 else {
      throw refusal("its output would be too large: give it a smaller stride")
    }
    let (rows, columns) = (Int(fullRows) - pads.0, Int(fullColumns) - pads.1)
    guard rows > 0, columns > 0 else {
      throw refusal("its padding cuts all of the output away: give it less padding")
    }
    let output = Shape([input[0], channels.out] + (isSequence ? [columns] : [rows, columns]))
    if channels.in != input[1] {
      throw refusal(
        channels.in == input[rank - 1]
          ? "it seems to have its channels last: put them second"
          : "make its input channels the \(input[1]) of what comes before", output)
    }
    return output
  }
}

extension Shape {
  /// Sequences [B, C, T] as images of one row, and images as they are.
  var asImages: Shape { rank == 3 ? [self[0], self[1], 1, self[2]] : self }
}
