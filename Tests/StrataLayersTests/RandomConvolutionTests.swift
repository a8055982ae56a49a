import Strata
import StrataTensor
import Testing

/// Convolutions and poolings of random options against loops over each output's window.
@Suite(.seeded) struct RandomConvolutionTests {
  private struct Options {
    let inputs, outputs, groups: Int
    let kernel, stride, dilation: Size2D
    let padding: Padding2D
    let shape: Shape

    init(_ draw: (ClosedRange<Int>) -> Int) {
      groups = draw(0...2) == 0 ? draw(1...3) : 1
      // Some with enough channels for products of patches.
      let isWide = draw(0...7) == 0
      (inputs, outputs) = (
        groups * (isWide ? draw(16...20) : draw(1...4)), groups * (isWide ? draw(32...36) : draw(1...5))
      )
      kernel = Size2D(draw(1...3), draw(1...4))
      stride = Size2D(draw(1...3), draw(1...3))
      dilation = Size2D(draw(1...2), draw(1...3))
      padding = Padding2D(top: draw(0...2), bottom: draw(0...2), left: draw(0...2), right: draw(0...2))
      let least = [(kernel.height - 1) * dilation.height + 1, (kernel.width - 1) * dilation.width + 1]
      shape = [draw(1...3), inputs, least[0] + draw(0...4), least[1] + draw(0...9)]
    }
  }

  /// y of each output position, its window's elements by a function: nil for what lies outside.
  private func loops(
    _ x: Tensor, _ output: Shape, _ kernel: Size2D, _ stride: Size2D, _ dilation: Size2D, _ padding: Padding2D,
    _ value: (_ output: Int, _ window: (_ channel: Int, _ i: Int, _ j: Int) -> Double?) -> Double
  ) -> Tensor {
    let (shape, elements) = (x.shape.lengths, x.elements(as: Double.self))
    let (channels, height, width) = (shape[1], shape[2], shape[3])
    var y: [Double] = []
    y.reserveCapacity(output.count)
    elements.withUnsafeBufferPointer { elements in
      for b in 0..<output[0] {
        for o in 0..<output[1] {
          for r in 0..<output[2] {
            for s in 0..<output[3] {
              y.append(
                value(o) { c, i, j in
                  let row = r * stride.height + i * dilation.height - padding.top
                  let column = s * stride.width + j * dilation.width - padding.left
                  guard row >= 0, row < height, column >= 0, column < width else { return nil }
                  return elements[((b * channels + c) * height + row) * width + column]
                })
            }
          }
        }
      }
    }
    return Tensor(y, shape: output)
  }

  @Test func `600 convolutions are the sums over their windows, and their backward the transposed maps`() {
    var generator = RandomGenerator(seed: 20)
    for trial in 0..<600 {
      let o = Options { Int.random(in: $0, using: &generator) }
      let layer = withSeed(UInt64(trial)) {
        Conv2D(
          o.inputs, o.outputs, kernel: o.kernel, stride: o.stride, padding: o.padding, dilation: o.dilation,
          groups: o.groups, bias: false)
      }
      layer.convert(to: .float64)
      let x = Tensor(normal: o.shape, using: &generator).converted(to: .float64)
      let (y, cache) = layer.forward(x)
      let (own, out) = (o.inputs / o.groups, o.outputs / o.groups)
      let (height, width) = (o.kernel.height, o.kernel.width)
      let w = layer.weight.value.elements(as: Double.self)
      let expected = w.withUnsafeBufferPointer { w in
        loops(x, y.shape, o.kernel, o.stride, o.dilation, o.padding) { output, window in
          var sum = 0.0
          for c in 0..<own {
            for i in 0..<height {
              for j in 0..<width {
                guard let element = window(output / out * own + c, i, j) else { continue }
                sum += w[((output * own + c) * height + i) * width + j] * element
              }
            }
          }
          return sum
        }
      }
      #expect(relativeError(y, expected) < 1e-12, "\(layer) of \(o.shape)")
      let dy = Tensor(normal: y.shape, using: &generator).converted(to: .float64)
      var gradients = Gradients()
      let dx = layer.backward(dy, cache, &gradients)
      // y is linear in x and in w.
      let (inner, scale) = ((y * dy).sum().item, y.norm * dy.norm)
      #expect(abs((x * dx).sum().item - inner) <= 1e-12 * scale, "\(layer) of \(o.shape): dx")
      let dw = gradients[layer.weight]!
      #expect(abs((layer.weight.value * dw).sum().item - inner) <= 1e-12 * scale, "\(layer) of \(o.shape): dw")
      // In another direction too.
      let (v, u) = (
        Tensor(normal: o.shape, using: &generator).converted(to: .float64), layer.weight.value.flipped(along: 0)
      )
      #expect(abs((v * dx).sum().item - (layer(v) * dy).sum().item) <= 1e-12 * v.norm * dy.norm, "\(layer): dx")
      let other = Conv2D(
        weight: Parameter(u), bias: nil, stride: o.stride, padding: o.padding, dilation: o.dilation, groups: o.groups)
      #expect(abs((u * dw).sum().item - (other(x) * dy).sum().item) <= 1e-12 * scale, "\(layer) of \(o.shape): dw")
    }
  }

  @Test func `400 poolings are the largest and the means of their windows`() {
    var generator = RandomGenerator(seed: 21)
    func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    for _ in 0..<400 {
      let (kernel, stride) = (Size2D(draw(1...4), draw(1...4)), Size2D(draw(1...3), draw(1...3)))
      let padding = Size2D(draw(0...kernel.height / 2), draw(0...kernel.width / 2))
      let margin = Padding2D(padding.height, padding.width)
      let shape: Shape = [draw(1...2), draw(1...3), kernel.height + draw(0...5), kernel.width + draw(0...5)]
      let (ceilMode, counts) = (draw(0...1) == 0, draw(0...1) == 0)
      let x = Tensor(normal: shape, using: &generator).converted(to: .float64)
      let largest = MaxPool2D(kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode)
      let mean = AveragePool2D(
        kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode, countsPadding: counts)
      // All channels are drawn alike: one at a time.
      let flat = x.reshaped(to: [shape[0] * shape[1], 1, shape[2], shape[3]])
      let (y, z) = (largest(flat), mean(flat))
      func elements(_ window: (Int, Int, Int) -> Double?) -> [Double] {
        (0..<kernel.height).flatMap { i in (0..<kernel.width).compactMap { j in window(0, i, j) } }
      }
      #expect(y == loops(flat, y.shape, kernel, stride, 1, margin) { _, window in elements(window).max()! })
      if !(counts && (ceilMode || padding != 0)) {
        let means = loops(flat, z.shape, kernel, stride, 1, margin) { _, window in
          let inside = elements(window)
          return inside.reduce(0, +) / Double(counts ? kernel.height * kernel.width : inside.count)
        }
        #expect(relativeError(z, means) < 1e-13, "\(mean) of \(shape)")
      }
    }
  }
}
