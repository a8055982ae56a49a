import StrataTensor

/// A window that slides over the planes of images [B, C, H, W]: its size, its steps, and the margin around
/// each plane.
struct WindowGeometry: Sendable {
  let kernel, stride, padding: Size2D

  private static let longest = 1 << 20

  init(_ layer: String, kernel: Size2D, stride: Size2D, padding: Size2D) {
    func has(_ size: Size2D, _ range: ClosedRange<Int>) -> Bool { range ~= size.height && range ~= size.width }
    require(
      has(kernel, 1...Self.longest) && has(stride, 1...Self.longest) && has(padding, 0...Self.longest),
      "\(layer): kernel \(kernel) and stride \(stride) must be positive, padding \(padding) not negative, and none may "
        + "be above \(Self.longest)")
    (self.kernel, self.stride, self.padding) = (kernel, stride, padding)
  }

  /// The window of a pooling, which steps by its own size by default and always holds an element.
  init(pooling layer: String, kernel: Size2D, stride: Size2D?, padding: Size2D) {
    self.init(layer, kernel: kernel, stride: stride ?? kernel, padding: padding)
    require(
      2 * padding.height <= kernel.height && 2 * padding.width <= kernel.width,
      "\(layer): padding \(padding) must be at most half of kernel \(kernel)")
  }

  /// The options as a layer describes itself, those with the value that they have anyway left out.
  func description(defaultStride: Size2D) -> String {
    "kernel: \(kernel)" + (stride == defaultStride ? "" : ", stride: \(stride)")
      + (padding == 0 ? "" : ", padding: \(padding)")
  }

  /// The shape that a layer makes of images: of `channels` in and out, else of as many as it is given.
  func outputShape(_ layer: String, for input: Shape, channels: (in: Int, out: Int)? = nil) throws -> Shape {
    let expected = channels.map { "\($0.in)" } ?? "C"
    func refusal(_ size: String, _ remedy: String, _ output: Shape? = nil) -> ShapeError {
      ShapeError(layer, expected: "[B, \(expected), \(size)]", input: input, remedy: remedy, assumedOutput: output)
    }
    guard input.rank == 4 else {
      let form =
        input.rank == 3 && expected == "1" ? "[\(input[0]), 1, \(input[1]), \(input[2])]" : "[B, \(expected), H, W]"
      throw refusal("H, W", "give it images batch first and channels second: reshaped(to: \(form))")
    }
    let isChannelsLast = channels.map { $0.in != input[1] && $0.in == input[3] } ?? false
    let order = "it seems to have its channels last: put them second"
    let (height, width) = (input[2] + 2 * padding.height, input[3] + 2 * padding.width)
    guard height >= kernel.height, width >= kernel.width, input[2] > 0, input[3] > 0 else {
      if isChannelsLast { throw refusal("H, W", order) }
      let least = Size2D(max(1, kernel.height - 2 * padding.height), max(1, kernel.width - 2 * padding.width))
      throw refusal(
        "at least \(least.height), at least \(least.width)",
        "the window is larger than the image: give it a smaller kernel or more padding")
    }
    // Places in a padded image are 32-bit numbers.
    guard Double(height) * Double(width) * Double(channels == nil ? 1 : input[1]) < 0x1p31 else {
      throw refusal("H, W", "an image of \(height) × \(width) with its padding is too large: give it less of either")
    }
    let (rows, columns) = ((height - kernel.height) / stride.height + 1, (width - kernel.width) / stride.width + 1)
    let output: Shape = [input[0], channels?.out ?? input[1], rows, columns]
    if let inputs = channels?.in, inputs != input[1] {
      throw refusal(
        "H, W", isChannelsLast ? order : "make its input channels the \(input[1]) of what comes before", output)
    }
    return output
  }
}
