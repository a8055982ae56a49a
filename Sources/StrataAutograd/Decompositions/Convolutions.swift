import StrataLayers
import StrataTensor

// The decompositions of convolutions and pools.

/// A bilinear map y = F(x, w) with the maps of its backward: ⟨dy, F(x, w)⟩ = ⟨G(dy, w), x⟩ = ⟨H(dy, x), w⟩, which is one
/// trilinear form seen from three sides. So each of the maps is one of the others' derivatives, to any order.
private struct BilinearOperation: Sendable {
  typealias Map = @Sendable (Tensor, Tensor) -> Tensor

  let name: String
  let f, g, h: Map

  /// G, of dy and w, whose own derivatives are F and H.
  private var byFirst: BilinearOperation { BilinearOperation(name: name, f: g, g: f) { [h] dx, dy in h(dy, dx) } }

  /// H, of dy and x, whose own derivatives are F and G.
  private var bySecond: BilinearOperation {
    BilinearOperation(name: name, f: h) { [f] dw, x in
      f(x, dw)
    } h: { [g] dw, dy in
      g(dy, dw)
    }
  }

  func callAsFunction(_ x: Variable, _ w: Variable) -> Variable {
    let byX = Derivative(kept: [w], push: { self($0, $1[0]) }, pull: { byFirst($0, $1[0]) })
    let byW = Derivative(kept: [x], push: { self($1[0], $0) }, pull: { bySecond($0, $1[0]) })
    return Variable(name, f(x.value, w.value), of: [x, w], [byX, byW])
  }
}

/// A convolution, whose output is bilinear in its input and its weights.
protocol BilinearDecomposition: DecomposableLayer, BilinearLayer {}

extension BilinearDecomposition {
  /// Returns the map of x and the weights, plus the bias.
  public func decomposed(_ x: Variable) -> Variable {
    let (inputs, weights) = (x.shape, weight.shape)
    let operation = BilinearOperation(name: "\(Self.self)") { x, w in
      map.output(of: self, x, w, nil)
    } g: { dy, w in
      map.inputGradient(of: self, dy, w, inputs)
    } h: { dy, x in
      map.weightGradient(of: self, dy, x).reshaped(to: weights)
    }
    let y = operation(x, weight.variable)
    return bias.map { y + $0.variable.byChannel(of: x) } ?? y
  }
}

extension Conv1D: BilinearDecomposition {}
extension Conv2D: BilinearDecomposition {}
extension ConvTranspose1D: BilinearDecomposition {}
extension ConvTranspose2D: BilinearDecomposition {}

extension Variable {
  /// Returns of each plane the elements at the places of a layer's output.
  fileprivate func gathered(_ places: Tensor, planes: Int, output: Shape) -> Variable {
    reshaped(to: [planes, shape.count / Swift.max(1, planes)])
      .gathered(places.reshaped(to: [planes, output.count / Swift.max(1, planes)]), along: 1).reshaped(to: output)
  }

  /// Returns the largest element of each window that slides over planes.
  fileprivate func largest(kernel: Size2D, stride: Size2D, padding: Size2D, output: Shape) -> Variable {
    let planes = shape[0] * shape[1]
    let (height, width) = (shape.rank == 3 ? 1 : shape[2], shape[-1])
    let (rows, columns) = (output.rank == 3 ? 1 : output[2], output[-1])
    // One element more stands for all that lies outside.
    let places = (0..<rows * columns * kernel.height * kernel.width).map { index -> Int32 in
      let (window, tap) = index.quotientAndRemainder(dividingBy: kernel.height * kernel.width)
      let row = window / columns * stride.height + tap / kernel.width - padding.height
      let column = window % columns * stride.width + tap % kernel.width - padding.width
      return 0..<height ~= row && 0..<width ~= column ? Int32(row * width + column) : Int32(height * width)
    }
    let indices = Tensor(places, shape: [1, places.count]).broadcast(to: [planes, places.count])
    return reshaped(to: [planes, height * width]).padded(after: 1, along: 1, with: -.infinity)
      .gathered(indices, along: 1).reshaped(to: [planes, rows * columns, kernel.height * kernel.width])
      .maxWithIndices(along: 2).values.reshaped(to: output)
  }
}

extension MaxPool2D: DecomposableLayer {
  /// Returns the largest element of each window.
  public func decomposed(_ x: Variable) -> Variable {
    x.largest(kernel: kernel, stride: stride, padding: padding, output: forward(x.value).0.shape)
  }
}
extension MaxPool1D: DecomposableLayer {
  /// Returns the largest element of each window.
  public func decomposed(_ x: Variable) -> Variable {
    x.largest(
      kernel: Size2D(1, kernel), stride: Size2D(1, stride), padding: Size2D(0, padding),
      output: forward(x.value).0.shape)
  }
}
extension AdaptiveMaxPool2D: DecomposableLayer {
  /// Returns the elements at the places of the largest of each part.
  public func decomposed(_ x: Variable) -> Variable {
    let (y, cache) = forward(x.value)
    return x.gathered(cache.places, planes: x.shape[0] * x.shape[1], output: y.shape)
  }
}
extension AdaptiveMaxPool1D: DecomposableLayer {
  /// Returns the elements at the places of the largest of each part.
  public func decomposed(_ x: Variable) -> Variable {
    let (y, cache) = forward(x.value)
    return x.gathered(cache.places, planes: x.shape[0] * x.shape[1], output: y.shape)
  }
}
extension GlobalMaxPool: DecomposableLayer {
  /// Returns the elements at the place of the largest of each channel.
  public func decomposed(_ x: Variable) -> Variable {
    let (y, cache) = forward(x.value)
    return x.gathered(cache.places, planes: x.shape[0] * x.shape[1], output: y.shape)
  }
}
