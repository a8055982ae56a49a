import Strata
import StrataTensor
import Testing

/// The worked numbers of the pages of convolutions and their kin, and what the table of layers does not show.
@Suite(.seeded) struct ConvolutionOptionTests {
  private static func row(_ elements: [Float]) -> Tensor { Tensor(elements, shape: [1, 1, elements.count]) }
  private static func image(_ elements: [Float]) -> Tensor { Tensor(elements, shape: [1, 1, 1, elements.count]) }

  private func expect(
    _ layer: some Layer, _ x: Tensor, _ y: [Float], dy: [Float], dx: [Float],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let output = layer(x).shape
    let result = layer.run(x, Tensor(dy, shape: output))
    #expect(result.y == Tensor(y, shape: output), "\(layer)", sourceLocation: sourceLocation)
    #expect(result.dx == Tensor(dx, shape: x.shape), "\(layer)", sourceLocation: sourceLocation)
  }

  @Test func `the worked numbers of the convolutions' pages`() {
    let weight = Parameter(Self.row([2, 3]))
    let causal = Conv1D(weight: weight, bias: nil, padding: .causal)
    expect(causal, Self.row([1, 5, 4]), [3, 17, 22], dy: [0, 1, 10], dx: [2, 23, 30])
    #expect(causal.run(Self.row([1, 5, 4]), Self.row([0, 1, 10])).gradients[weight] == Self.row([51, 45]))
    let sequence = ConvTranspose1D(weight: weight, bias: nil)
    expect(sequence, Self.row([1, 10]), [2, 23, 30], dy: [1, 5, 4], dx: [17, 22])
    #expect(sequence.run(Self.row([1, 10]), Self.row([1, 5, 4])).gradients[weight] == Self.row([51, 45]))
    let kernel = Parameter(Self.image([2, 3]))
    let transposed = ConvTranspose2D(weight: kernel, bias: Parameter([1], initialValue: 0))
    expect(transposed, Self.image([1, 10]), [2, 23, 30], dy: [1, 5, 4], dx: [17, 22])
    #expect(transposed.run(Self.image([1, 10]), Self.image([1, 5, 4])).gradients[kernel] == Self.image([51, 45]))
  }

  @Test func `the worked numbers of the other pages`() {
    expect(
      MaxPool1D(kernel: 2, stride: 1), Self.row([1, 4, 4, 2]), [4, 4, 4], dy: [1, 10, 100], dx: [0, 11, 100, 0])
    expect(
      AveragePool1D(kernel: 2, stride: 1), Self.row([1, 4, 4, 2]), [2.5, 4, 3], dy: [2, 20, 200], dx: [1, 11, 110, 100])
    expect(AdaptiveAveragePool1D(2), Self.row([1, 2, 6]), [1.5, 4], dy: [2, 20], dx: [1, 11, 10])
    expect(AdaptiveAveragePool2D([1, 2]), Self.image([1, 2, 6]), [1.5, 4], dy: [2, 20], dx: [1, 11, 10])
    expect(AdaptiveMaxPool1D(2), Self.row([1, 6, 2]), [6, 6], dy: [1, 10], dx: [0, 11, 0])
    expect(AdaptiveMaxPool2D([1, 2]), Self.image([1, 6, 2]), [6, 6], dy: [1, 10], dx: [0, 11, 0])
    expect(GlobalAveragePool(), Self.row([1, 2, 6]), [3], dy: [3], dx: [1, 1, 1])
    expect(GlobalMaxPool(), Self.row([1, 6, 2]), [6], dy: [3], dx: [0, 3, 0])
    let edge = Pad2D(Padding2D(0, 1), mode: .replicate)
    expect(edge, Self.image([1, 2, 3]), [1, 1, 2, 3, 3], dy: [1, 10, 100, 1000, 10000], dx: [11, 100, 11000])
    let mirror = Pad1D(1, mode: .reflect)
    expect(mirror, Self.row([1, 2, 3]), [2, 1, 2, 3, 2], dy: [1, 10, 100, 1000, 10000], dx: [10, 10101, 1000])
    let larger = Upsample(scale: [1, 2], mode: .bilinear())
    expect(larger, Self.image([1, 3]), [1, 1.5, 2.5, 3], dy: [4, 4, 40, 40], dx: [17, 71])
    let pixels = Tensor([1, 2, 3, 4], shape: [1, 4, 1, 1])
    expect(PixelShuffle(2), pixels, [1, 2, 3, 4], dy: [1, 2, 3, 4], dx: [1, 2, 3, 4])
    #expect(PixelShuffle(2)(pixels).shape == [1, 1, 2, 2])
    let group = GroupNorm(groups: 1, 2, epsilon: 0)
    group.weight.value = Tensor([2, 4])
    let two = Tensor([-1, 1], shape: [1, 2, 1])
    expect(group, two, [-2, 4], dy: [1, 0], dx: [0, 0])
    #expect(group.run(two, Tensor([1, 0], shape: [1, 2, 1])).gradients[group.weight] == Tensor([-1, 0]))
    #expect(group.run(two, Tensor([1, 0], shape: [1, 2, 1])).gradients[group.bias] == Tensor([1, 0]))
    let instance = InstanceNorm(1, epsilon: 0)
    expect(instance, Self.row([-1, -1, 1, 1]), [-1, -1, 1, 1], dy: [1, 0, 0, 0], dx: [0.5, -0.5, 0, 0])
  }

  @Test func `padding modes fill a margin as their page shows`() {
    func padded(_ mode: PaddingMode) -> [Float] { Pad1D(2, mode: mode)(Self.row([1, 2, 3])).elements() }
    #expect(padded(.zeros) == [0, 0, 1, 2, 3, 0, 0])
    #expect(padded(.reflect) == [3, 2, 1, 2, 3, 2, 1])
    #expect(padded(.replicate) == [1, 1, 1, 2, 3, 3, 3])
    #expect(padded(.circular) == [2, 3, 1, 2, 3, 1, 2])
  }

  @Test func `a stack of causal convolutions sees no later step`() {
    let layer = Sequential {
      Conv1D(2, 3, kernel: 3, padding: .causal); Tanh(); Conv1D(3, 2, kernel: 3, padding: .causal, dilation: 2)
    }
    let x = Tensor(normal: [1, 2, 20])
    var changed = x
    changed[.all, .all, 12] += 1
    let (y, z) = (layer(x), layer(changed))
    #expect(y.shape == x.shape)
    #expect(y[.all, .all, ..<12].isIdentical(to: z[.all, .all, ..<12]))
    // 2 · 1 + 2 · 2 steps back, and itself.
    for step in 12..<20 { #expect((y[.all, .all, step] == z[.all, .all, step]) == (step > 18), "step \(step)") }
  }

  /// The options of a convolution and of its transposed one.
  struct Window: Sendable {
    let kernel, stride, padding, dilation: Size2D
    let groups: Int

    init(_ kernel: Size2D, _ stride: Size2D, _ padding: Size2D, _ dilation: Size2D, _ groups: Int) {
      (self.kernel, self.stride, self.padding, self.dilation, self.groups) = (kernel, stride, padding, dilation, groups)
    }
  }

  /// ⟨Ax, y⟩ = ⟨x, Aᵀy⟩ with A a convolution and Aᵀ the transposed one of the same weight.
  @Test(arguments: [
    Window(3, 1, 0, 1, 1), Window([3, 2], [2, 3], 1, [1, 2], 2), Window([2, 5], [3, 1], [0, 2], 1, 2),
    Window(4, 2, 1, 1, 1), Window(1, 2, 0, 1, 2), Window(3, [4, 5], 1, [3, 2], 1),
  ])
  func `a transposed convolution is the adjoint of the convolution`(_ window: Window) throws {
    let (kernel, stride, padding, dilation, groups) = (
      window.kernel, window.stride, window.padding, window.dilation, window.groups
    )
    for (inputs, outputs) in [(4, 6), (32 * groups, 48 * groups)] {
      let forward = Conv2D(
        inputs, outputs, kernel: kernel, stride: stride, padding: Padding2D(padding.height, padding.width),
        dilation: dilation, groups: groups, bias: false)
      let x = Tensor(normal: [2, inputs, 9, 8], dtype: .float64)
      forward.convert(to: .float64)
      let y = forward(x)
      func extra(_ axis: Int, _ k: Int, _ t: Int, _ p: Int, _ d: Int) -> Int {
        x.shape[axis] - ((y.shape[axis] - 1) * t - 2 * p + d * (k - 1) + 1)
      }
      let back = ConvTranspose2D(
        weight: forward.weight, bias: nil, stride: stride, padding: padding,
        outputPadding: Size2D(
          extra(2, kernel.height, stride.height, padding.height, dilation.height),
          extra(3, kernel.width, stride.width, padding.width, dilation.width)), dilation: dilation, groups: groups)
      let z = Tensor(normal: y.shape, dtype: .float64)
      let transposed = back(z)
      #expect(transposed.shape == x.shape)
      let (left, right) = ((y * z).sum().item, (x * transposed).sum().item)
      #expect(abs(left - right) <= 1e-12 * (y.norm * z.norm), "\(forward)")
    }
  }

  @Test(arguments: [[3, 32, 9, 9], [37, 32, 5, 5], [5, 40, 17, 20], [2, 64, 1, 1]].map(Shape.init))
  func `any number of workers gives the same bits with many channels`(_ shape: Shape) {
    let channels = shape[1]
    let layers: [any Layer] = withSeed(3) {
      [
        Conv2D(channels, 48, kernel: 3, padding: 1), Conv2D(channels, 33, kernel: 1),
        Conv2D(channels, 32, kernel: 1, stride: 2),
        Conv2D(channels, channels, kernel: 3, stride: 2, padding: 1, groups: channels),
        ConvTranspose2D(channels, 32, kernel: 2, stride: 2), GroupNorm(groups: 4, channels),
        Upsample(scale: 2, mode: .bilinear()), AdaptiveMaxPool2D(2),
      ]
    }
    let x = withSeed(4) { Tensor(normal: shape) }
    for layer in layers {
      let dy = withSeed(5) { Tensor(normal: layer(x).shape) }
      let one = withWorkers(1) { layer.run(x, dy) }
      let three = withWorkers(3) { layer.run(x, dy) }
      #expect(one.y.isIdentical(to: three.y) && one.dx.isIdentical(to: three.dx), "\(layer)")
      for (_, parameter) in layer.parameters {
        #expect(one.gradients[parameter]!.isIdentical(to: three.gradients[parameter]!), "\(layer)")
      }
    }
  }

  @Test func `an image's output does not depend on its place in the batch, with many channels`() {
    let layer = Sequential {
      Conv2D(32, 64, kernel: 3, padding: 1); ReLU(); Conv2D(64, 32, kernel: 1); Conv2D(32, 64, kernel: 3, stride: 2)
    }
    let x = Tensor(normal: [21, 32, 5, 6])
    let y = layer(x)
    for image in [0, 11, 20] {
      #expect(relativeError(layer(x[image..<image + 1]), y[image..<image + 1].converted(to: .float64)) < 1e-6)
    }
  }

  @Test func `after the first step of many channels the pool is never missed`() async {
    await #expect(processExitsWith: .success) {
      let model = Sequential {
        Conv2D(16, 32, kernel: 3, padding: .same, paddingMode: .reflect)
        GroupNorm(groups: 4, 32)
        MaxPool2D(kernel: 2)
        Conv2D(32, 32, kernel: 3, stride: 2, padding: 1, groups: 32)
        ConvTranspose2D(32, 16, kernel: 2, stride: 2)
        Dropout2D(0.1)
        AdaptiveMaxPool2D(2)
      }
      let x = Tensor(normal: [33, 16, 12, 12])
      func step() { _ = model.gradients(at: x) { y in (0, Tensor(ones: y.shape)) } }
      step()
      let misses = Memory.poolMisses
      for _ in 0..<5 { step() }
      #expect(Memory.poolMisses == misses)
    }
  }

  @Test func `dropped channels are dropped as a whole, and the others keep the mean`() {
    let x = Tensor(ones: [40, 25, 3, 2])
    let (y, cache) = Dropout2D(0.25).forward(x)
    let planes = y.reshaped(to: [1000, 6])
    let first = planes[.all, 0]
    for place in 1..<6 { #expect(planes[.all, place] == first) }
    #expect(Set(first.elements(as: Float.self)) == [0, Float(1 / 0.75)])
    #expect(abs(first.mean().item - 1) < 0.05)
    var gradients = Gradients()
    #expect(Dropout2D(0.25).backward(x, cache, &gradients) == y)
    #expect(Dropout1D(0.25)(x[0]) == x[0])
    let sequences = Dropout1D(0.5).forward(Tensor(ones: [50, 20, 4])).0.reshaped(to: [1000, 4])
    #expect(sequences[.all, 0] == sequences[.all, 3] && abs(sequences.mean().item - 1) < 0.1)
  }

  @Test func `the newer layers describe themselves as they are made`() {
    let margins = Padding2D(top: 0, bottom: 1, left: 2, right: 3)
    let layers: [(any Layer, String)] = [
      (
        Conv2D(4, 8, kernel: 3, padding: margins, dilation: [1, 2], groups: 2, paddingMode: .circular),
        "Conv2D(4, 8, kernel: 3, padding: [top: 0, bottom: 1, left: 2, right: 3], dilation: [1, 2], groups: 2, "
          + "paddingMode: .circular)"
      ),
      (
        Conv2D(1, 2, kernel: 4, padding: .same),
        "Conv2D(1, 2, kernel: 4, padding: [top: 1, bottom: 2, left: 1, right: 2])"
      ),
      (Conv1D(1, 2, kernel: 3, padding: .causal), "Conv1D(1, 2, kernel: 3, padding: [left: 2, right: 0])"),
      (
        Conv1D(1, 2, kernel: 3, stride: 2, padding: 1, bias: false),
        "Conv1D(1, 2, kernel: 3, stride: 2, padding: 1, bias: false)"
      ),
      (
        ConvTranspose2D(2, 4, kernel: [2, 3], stride: 2, outputPadding: 1, groups: 2),
        "ConvTranspose2D(2, 4, kernel: [2, 3], stride: 2, outputPadding: 1, groups: 2)"
      ), (ConvTranspose1D(2, 4, kernel: 3, bias: false), "ConvTranspose1D(2, 4, kernel: 3, bias: false)"),
      (
        MaxPool1D(kernel: 3, stride: 2, padding: 1, ceilMode: true),
        "MaxPool1D(kernel: 3, stride: 2, padding: 1, ceilMode: true)"
      ),
      (AveragePool1D(kernel: 3, countsPadding: false), "AveragePool1D(kernel: 3, countsPadding: false)"),
      (AdaptiveAveragePool2D([3, 4]), "AdaptiveAveragePool2D([3, 4])"), (AdaptiveMaxPool1D(5), "AdaptiveMaxPool1D(5)"),
      (Pad2D(margins, mode: .reflect), "Pad2D([top: 0, bottom: 1, left: 2, right: 3], mode: .reflect)"),
      (Pad1D(2), "Pad1D(2)"), (Upsample(scale: 2), "Upsample(scale: 2)"),
      (
        Upsample(size: [3, 4], mode: .bilinear(alignCorners: true)),
        "Upsample(size: [3, 4], mode: .bilinear(alignCorners: true))"
      ),
      (Upsample(scale: 2, mode: .bilinear()), "Upsample(scale: 2, mode: .bilinear())"),
      (PixelShuffle(2), "PixelShuffle(2)"), (Dropout2D(0.1), "Dropout2D(0.1)"), (Dropout1D(0.1), "Dropout1D(0.1)"),
      (GroupNorm(groups: 2, 4), "GroupNorm(groups: 2, 4)"),
      (InstanceNorm(3, affine: true), "InstanceNorm(3, affine: true)"),
      (GlobalAveragePool(), "GlobalAveragePool()"), (GlobalMaxPool(), "GlobalMaxPool()"),
    ]
    for (layer, text) in layers { #expect("\(layer)" == text) }
    #expect("\(Padding2D.same) \(Padding1D.same) \(Padding1D.causal)" == ".same .same .causal")
  }

  @Test func `a wrong input to the newer layers is refused with both shapes and a remedy`() {
    func message(_ layer: some Layer, _ shape: Shape) -> String {
      do { return "\(try layer.outputShape(for: shape))" } catch { return "\(error)" }
    }
    let images = "give it images batch first and channels second"
    let sequences = "give it sequences batch first and channels second"
    let few = "its margin 2 is filled with elements of the input, which has too few: give it less padding"
    #expect(message(Conv1D(3, 4, kernel: 3), [2, 3]).contains("[B, 3, T], not [2, 3]; \(sequences)"))
    #expect(message(Conv1D(3, 4, kernel: 3), [2, 9, 3]).hasSuffix("its channels last: put them second"))
    #expect(message(Conv1D(3, 4, kernel: 3), [2, 4, 9]).hasSuffix("the 4 of what comes before"))
    #expect(
      message(Conv1D(3, 4, kernel: 3, dilation: 2), [2, 3, 4])
        == "Conv1D(3, 4, kernel: 3, dilation: 2) expects an input of shape [B, 3, at least 5], not [2, 3, 4]; "
        + "the window is larger than the sequence: give it a smaller kernel or more padding")
    #expect(message(Conv2D(1, 1, kernel: 3, padding: 2, paddingMode: .reflect), [1, 1, 2, 5]).contains(few))
    #expect(
      message(Pad2D(3, mode: .circular), [1, 1, 5, 2]).contains("its margin is filled with elements of the input"))
    #expect(message(Pad1D(2, mode: .reflect), [1, 1, 2]).contains("its margin is filled with elements of the input"))
    let transposed = ConvTranspose2D(2, 3, kernel: 2, padding: 1)
    #expect(message(transposed, [1, 2, 3]).contains("[B, 2, H, W], not [1, 2, 3]; \(images)"))
    #expect(
      message(transposed, [1, 2, 1, 1]).hasSuffix("its padding cuts all of the output away: give it less padding"))
    #expect(message(transposed, [1, 4, 4, 2]).hasSuffix("its channels last: put them second"))
    #expect(message(transposed, [1, 4, 4, 4]).hasSuffix("the 4 of what comes before"))
    #expect(
      message(ConvTranspose1D(1, 1, kernel: 1, stride: 1 << 20), [1, 1, 1 << 20])
        .hasSuffix("its output would be too large: give it a smaller stride"))
    #expect(message(ConvTranspose1D(1, 1, kernel: 1), [1, 1]).contains(sequences))
    #expect(message(Pad2D(1), [1, 2, 3]).hasSuffix(images))
    #expect(message(Pad1D(1), [1, 2]).hasSuffix(sequences))
    #expect(message(AdaptiveAveragePool2D(1), [1, 2, 3]).hasSuffix(images))
    #expect(message(AdaptiveAveragePool1D(1), [1, 2]).hasSuffix(sequences))
    #expect(message(AdaptiveMaxPool2D(1), [1, 2, 3]).hasSuffix(images))
    #expect(message(AdaptiveMaxPool1D(1), [1, 2]).hasSuffix(sequences))
    #expect(
      message(GlobalAveragePool(), [1, 2]).hasSuffix("give it images or sequences batch first and channels second"))
    #expect(message(GlobalMaxPool(), [1, 2, 0]).contains("[B, C, …] with elements behind the channels"))
    #expect(message(Upsample(scale: 2), [1, 2, 3]).hasSuffix(images))
    #expect(message(Upsample(scale: 65_536), [1, 1, 1, 1]).hasSuffix("its output would be too large: enlarge it less"))
    #expect(message(PixelShuffle(2), [1, 6, 2, 2]).hasSuffix("of a multiple of 4 channels"))
    #expect(message(Dropout2D(), [1, 6]).hasSuffix(images))
    #expect(message(Dropout1D(), [1, 6]).hasSuffix(sequences))
    #expect(
      message(GroupNorm(groups: 2, 4), [2, 3, 4]).contains("axis 1 is the channels: put them second, or use LayerNorm"))
    #expect(message(GroupNorm(groups: 2, 4), [2, 3]).hasSuffix("make its channels those of axis 1"))
    #expect(message(InstanceNorm(4), [2, 4]).contains("[B, 4, …] with axes behind the channels, not [2, 4]"))
    #expect(message(MaxPool1D(kernel: 2), [2, 4]).contains(sequences))
    #expect(message(MaxPool2D(kernel: 3, stride: 2, ceilMode: true), [1, 1, 2, 2]) == "[1, 1, 1, 1]")
  }
}
