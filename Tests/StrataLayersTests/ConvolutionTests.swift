import Strata
import StrataTensor
import Testing

/// Properties of convolution and pooling beyond the table of shapes.
@Suite(.seeded) struct ConvolutionTests {
  private static func row(_ elements: [Float]) -> Tensor {
    Tensor(elements, shape: [1, 1, 1, elements.count])
  }

  @Test func `the worked numbers of Conv2D's page`() {
    let layer = Conv2D(weight: Parameter(Self.row([2, 3])), bias: Parameter([1], initialValue: 0))
    let (y, dx, gradients) = layer.run(Self.row([1, 5, 4]), Self.row([1, 10]))
    #expect(y == Self.row([17, 22]))
    #expect(dx == Self.row([2, 23, 30]))
    #expect(gradients[layer.weight] == Self.row([51, 45]))
    #expect(gradients[layer.bias!] == Tensor([11]))
  }

  @Test func `the worked numbers of the poolings' pages`() {
    let (x, dy) = (Self.row([1, 4, 4, 2]), Self.row([1, 10, 100]))
    let largest = MaxPool2D(kernel: [1, 2], stride: 1).run(x, dy)
    #expect(largest.y == Self.row([4, 4, 4]))
    #expect(largest.dx == Self.row([0, 11, 100, 0]))
    let mean = AveragePool2D(kernel: [1, 2], stride: 1).run(x, 2 * dy)
    #expect(mean.y == Self.row([2.5, 4, 3]))
    #expect(mean.dx == Self.row([1, 11, 110, 100]))
  }

  @Test(arguments: [[3, 8, 17, 5], [37, 3, 9, 9], [9, 1, 40, 40]].map(Shape.init))
  func `any number of workers gives the same bits`(_ shape: Shape) {
    let layers: [any Layer] = withSeed(3) {
      [
        Conv2D(shape[1], 7, kernel: 3, stride: 2, padding: 1), Conv2D(shape[1], 10, kernel: [3, 2]),
        MaxPool2D(kernel: 3, stride: 2), AveragePool2D(kernel: 2),
      ]
    }
    let x = withSeed(4) { Tensor(normal: shape) }
    for layer in layers {
      let dy = withSeed(5) { Tensor(normal: layer(x).shape) }
      let one = withWorkers(1) { layer.run(x, dy) }
      let (three, threads) = WorkerLog.sharing(workers: 3) { layer.run(x, dy) }
      #expect(threads > 1)
      #expect(one.y.isIdentical(to: three.y) && one.dx.isIdentical(to: three.dx))
      for (_, parameter) in layer.parameters {
        #expect(one.gradients[parameter]!.isIdentical(to: three.gradients[parameter]!))
      }
    }
  }

  @Test func `an image's output does not depend on its place in the batch`() {
    let layer = Sequential {
      Conv2D(2, 5, kernel: 3, padding: 1); MaxPool2D(kernel: 2)
    }
    let x = Tensor(normal: [21, 2, 7, 6])
    let y = layer(x)
    for image in [0, 11, 20] {
      #expect(layer(x[image..<image + 1]).isIdentical(to: y[image..<image + 1]))
    }
  }

  @Test func `accumulate gives the gradients of backward, and inference the output of forward`() {
    let layer = Conv2D(3, 4, kernel: 3, stride: 2, padding: 1)
    let x = Tensor(normal: [5, 3, 6, 7])
    let (y, cache) = layer.forward(x)
    #expect(layer(x).isIdentical(to: y))
    var (full, partial) = (Gradients(), Gradients())
    _ = layer.backward(y, cache, &full)
    layer.accumulate(y, cache, &partial)
    for parameter in [layer.weight, layer.bias!] {
      #expect(partial[parameter]!.isIdentical(to: full[parameter]!))
    }
    let pool = MaxPool2D(kernel: 3, stride: 2, padding: 1)
    #expect(pool(x).isIdentical(to: pool.forward(x).0))
  }

  @Test func `NaN wins in MaxPool2D, and takes the gradient`() {
    let x = Self.row([.infinity, 3, .nan, 4, 1, -.infinity, -.infinity, -.infinity])
    let (y, dx, _) = MaxPool2D(kernel: [1, 2]).run(x, Self.row([1, 10, 100, 1000]))
    #expect(y.elements(as: Float.self).map(\.description) == ["inf", "nan", "1.0", "-inf"])
    #expect(dx == Self.row([1, 0, 10, 0, 100, 0, 1000, 0]))
  }

  @Test func `where all is −∞ the first element that is no margin wins`() {
    let x = Tensor(repeating: -.infinity, shape: [1, 1, 3, 3])
    let (y, dx, _) = MaxPool2D(kernel: 3, stride: 2, padding: 1).run(
      x, Tensor([1, 2, 3, 4], shape: [1, 1, 2, 2]))
    #expect(y == Tensor(repeating: -.infinity, shape: [1, 1, 2, 2]))
    #expect(dx == Tensor([1, 2, 0, 3, 4, 0, 0, 0, 0], shape: [1, 1, 3, 3]))
  }

  @Test func `a NaN reaches the outputs whose windows hold it and no other`() {
    var elements = [Float](repeating: 1, count: 49)
    elements[3 * 7 + 3] = .nan
    let x = Tensor(elements, shape: [1, 1, 7, 7])
    let layers: [any Layer] = [
      Conv2D(1, 3, kernel: 3, padding: 1), MaxPool2D(kernel: 3, stride: 1, padding: 1),
      AveragePool2D(kernel: 3, stride: 1, padding: 1),
    ]
    for layer in layers {
      let y = layer(x)
      for index in 0..<y.count {
        let (r, c) = (index % 49 / 7, index % 7)
        #expect(y.elements(as: Float.self)[index].isNaN == (2...4 ~= r && 2...4 ~= c))
      }
    }
  }

  /// Columns and rows beyond the last window, between two of a stride, and those that other weights read.
  @Test(arguments: [DType.float32, .float64])
  func `an infinite pixel reaches the weights that it is multiplied by and no other`(
    _ dtype: DType
  ) throws {
    for (kernel, stride, padding) in [(2, 1, 0), (3, 1, 1), (2, 2, 0), (1, 2, 0), (2, 3, 1), (3, 2, 1)] {
      let layer = Conv2D(
        1, 2, kernel: Size2D(kernel, kernel), stride: Size2D(stride, stride), padding: Padding2D(padding, padding))
      layer.convert(to: dtype)
      let shape: Shape = [2, 1, 6, 7]
      let dy = Tensor(normal: try layer.outputShape(for: shape), dtype: dtype)
      let clean = Tensor(normal: shape, dtype: dtype)
      let expected = layer.run(clean, dy).gradients[layer.weight]!.elements(as: Double.self)
      for pixel in 0..<shape.count {
        var elements = clean.elements(as: Double.self)
        elements[pixel] = .infinity
        let x = Tensor(elements, shape: shape).converted(to: dtype)
        let found = layer.run(x, dy).gradients[layer.weight]!.elements(as: Double.self)
        let (row, column) = (pixel % 42 / 7, pixel % 7)
        for index in found.indices {
          let (i, j) = (index / kernel % kernel, index % kernel)
          let (r, c) = (row + padding - i, column + padding - j)
          let isRead =
            r >= 0 && c >= 0 && r % stride == 0 && c % stride == 0 && r / stride < dy.shape[2]
            && c / stride < dy.shape[3]
          #expect(
            isRead ? found[index].isInfinite : abs(found[index] - expected[index]) < 1e-5,
            "pixel \(pixel), weight \(index) of \(layer)")
        }
      }
    }
  }

  /// Zeros around dy are multiplied by weights that have no product with them.
  @Test(arguments: [DType.float32, .float64])
  func `an infinite weight reaches the pixels that it is multiplied by and no other`(_ dtype: DType) throws {
    for (channels, kernel, stride, padding) in [
      (2, 3, 1, 1), (2, 2, 1, 0), (2, 3, 2, 1), (32, 3, 1, 1), (32, 3, 2, 1), (32, 1, 1, 0), (32, 2, 1, 1),
    ] {
      let clean = Conv2D(
        channels, channels, kernel: Size2D(kernel, kernel), stride: Size2D(stride, stride),
        padding: Padding2D(padding, padding), bias: false)
      clean.convert(to: dtype)
      let (area, shape) = (kernel * kernel, [2, channels, 5, 4] as Shape)
      let x = Tensor(normal: shape, dtype: dtype)
      let dy = Tensor(normal: try clean.outputShape(for: shape), dtype: dtype)
      let expected = clean.run(x, dy).dx.elements(as: Double.self)
      for tap in 0..<area {
        // Of the last output channel on the first input channel.
        var weights = clean.weight.value.elements(as: Double.self)
        weights[(channels - 1) * channels * area + tap] = .infinity
        let weight = Tensor(weights, shape: clean.weight.shape).converted(to: dtype)
        let layer = Conv2D(
          weight: Parameter(weight), bias: nil, stride: clean.stride, padding: clean.padding)
        let found = layer.run(x, dy).dx.elements(as: Double.self)
        for index in found.indices {
          let (channel, row, column) = (index / 20 % channels, index % 20 / 4, index % 4)
          let (r, c) = (row + padding - tap / kernel, column + padding - tap % kernel)
          let isRead =
            channel == 0 && r >= 0 && c >= 0 && r % stride == 0 && c % stride == 0 && r / stride < dy.shape[2]
            && c / stride < dy.shape[3]
          #expect(
            isRead ? found[index].isInfinite : abs(found[index] - expected[index]) < 1e-4,
            "pixel \(index), tap \(tap) of \(layer)")
        }
      }
    }
  }

  @Test func `the cache holds the input for Conv2D, places for MaxPool2D, a divisor for AveragePool2D`() {
    let shape: Shape = [4, 3, 8, 10]
    #expect(Conv2D(3, 7, kernel: 3).cachedBytes(for: shape) == 4 * shape.count)
    #expect(MaxPool2D(kernel: 2).cachedBytes(for: shape) == shape.count)
    #expect(AveragePool2D(kernel: 2).cachedBytes(for: shape) == 4)
  }

  @Test func `after the first step the pool is never missed`() async {
    await #expect(processExitsWith: .success) {
      let model = Sequential {
        Conv2D(2, 4, kernel: 3, stride: 2, padding: 1)
        ReLU()
        MaxPool2D(kernel: 2)
        Conv2D(4, 3, kernel: 2)
        AveragePool2D(kernel: 2)
      }
      let x = Tensor(normal: [33, 2, 12, 12])
      func step() { _ = model.gradients(at: x) { y in (0, Tensor(ones: y.shape)) } }
      step()
      let misses = Memory.poolMisses
      for _ in 0..<5 { step() }
      #expect(Memory.poolMisses == misses)
    }
  }

  @Test func `a weight of PyTorch's layout takes its place unchanged`() throws {
    let layer = Conv2D(3, 5, kernel: [2, 4], bias: false)
    #expect(layer.weight.shape == [5, 3, 2, 4])
    let bound = (6.0 / (3 * 2 * 4)).squareRoot()
    #expect(abs(layer.weight.value).max().item <= bound)
    #expect(abs(layer.weight.value).max().item > 0.8 * bound)
  }

  @Test func `an empty batch passes through`() {
    let layer = Sequential {
      Conv2D(2, 4, kernel: 3); MaxPool2D(kernel: 2); AveragePool2D(kernel: 2)
    }
    let (y, dx, gradients) = layer.run(Tensor(zeros: [0, 2, 6, 6]), Tensor(zeros: [0, 4, 1, 1]))
    #expect(y.shape == [0, 4, 1, 1])
    #expect(dx.shape == [0, 2, 6, 6])
    #expect(gradients[(layer.layers[0] as! Conv2D).weight] == Tensor(zeros: [4, 2, 3, 3]))
  }

  @Test func `a wrong input is refused with both shapes and a remedy`() {
    func message(_ layer: some Layer, _ shape: Shape) -> String {
      do { return "\(try layer.outputShape(for: shape))" } catch { return "\(error)" }
    }
    let convolution = Conv2D(3, 8, kernel: 5, stride: 2, padding: 1)
    #expect(
      message(convolution, [2, 4, 9, 9])
        == "Conv2D(3, 8, kernel: 5, stride: 2, padding: 1) expects an input of shape [B, 3, H, W], "
        + "not [2, 4, 9, 9]; make its input channels the 4 of what comes before")
    #expect(
      message(convolution, [2, 9, 9, 3]).hasSuffix("it seems to have its channels last: put them second"))
    #expect(message(convolution, [2, 3, 9]).hasSuffix("channels second: reshaped(to: [B, 3, H, W])"))
    #expect(
      message(convolution, [2, 3, 9, 2])
        == "Conv2D(3, 8, kernel: 5, stride: 2, padding: 1) expects an input of shape "
        + "[B, 3, at least 3, at least 3], not [2, 3, 9, 2]; the window is larger than the image: "
        + "give it a smaller kernel or more padding")
    #expect(
      message(MaxPool2D(kernel: [2, 3]), [2, 3])
        == "MaxPool2D(kernel: [2, 3]) expects an input of shape [B, C, H, W], not [2, 3]; "
        + "give it images batch first and channels second: reshaped(to: [B, C, H, W])")
    #expect(message(convolution, [2, 3, 9, 4]) == "[2, 8, 4, 1]")
    let model = Sequential {
      Conv2D(3, 8, kernel: 3); Conv2D(4, 2, kernel: 3); Flatten(); Linear(7, 2)
    }
    let all = message(model, [1, 3, 6, 6])
    #expect(all.contains("1: Conv2D(4, 2, kernel: 3)") && all.contains("3: Linear(7, 2)"))
  }

  @Test func `layers describe themselves as they are made`() {
    #expect(
      "\(Conv2D(1, 6, kernel: [3, 5], padding: 2, bias: false))"
        == "Conv2D(1, 6, kernel: [3, 5], padding: 2, bias: false)")
    #expect("\(MaxPool2D(kernel: 3, stride: 2, padding: 1))" == "MaxPool2D(kernel: 3, stride: 2, padding: 1)")
    #expect(
      "\(AveragePool2D(kernel: 2, countsPadding: false))" == "AveragePool2D(kernel: 2, countsPadding: false)")
  }
}
