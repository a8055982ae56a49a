import CStrataKernels
import Strata
import StrataTensor
import Testing

/// Convolutions of 3 × 3 on many channels, which `float32` works out by transformed tiles and `float64` does not.
@Suite(.seeded) struct WinogradTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let shape: Shape
    let outputs: Int
    var padding: Padding2D = 1
    var groups = 1

    var testDescription: String { "\(shape) to \(outputs), padding \(padding), \(groups) groups" }

    var layer: Conv2D {
      withSeed(2) { Conv2D(shape[1], outputs, kernel: 3, padding: padding, groups: groups) }
    }
  }

  /// Whole and cut tiles, few blocks and many, planes of several blocks, and margins from none to more than a window's.
  static let cases = [
    Case(shape: [1, 32, 4, 4], outputs: 33), Case(shape: [3, 35, 5, 7], outputs: 32, padding: 2),
    Case(shape: [37, 32, 8, 8], outputs: 40), Case(shape: [5, 64, 16, 16], outputs: 64),
    Case(shape: [2, 33, 9, 40], outputs: 130, padding: Padding2D(top: 0, bottom: 2, left: 1, right: 4)),
    Case(shape: [2, 64, 6, 5], outputs: 64, padding: 0, groups: 2), Case(shape: [1, 32, 7, 270], outputs: 32),
    Case(shape: [1, 32, 70, 6], outputs: 32), Case(shape: [4, 150, 6, 6], outputs: 270),
    // Images that do not fill the parts which the gradient of the weight is summed in.
    Case(shape: [9, 32, 6, 6], outputs: 32), Case(shape: [20, 32, 5, 4], outputs: 33),
  ]

  @Test(arguments: cases)
  func `float32 agrees with float64`(_ tested: Case) throws {
    let layer = tested.layer
    let x = Tensor(normal: tested.shape)
    let dy = Tensor(normal: try layer.outputShape(for: tested.shape))
    let found = layer.run(x, dy)
    layer.convert(to: .float64)
    let expected = layer.run(x.converted(to: .float64), dy.converted(to: .float64))
    #expect(relativeError(found.y, expected.y) < 1e-6)
    #expect(relativeError(found.dx, expected.dx) < 1e-6)
    #expect(relativeError(found.gradients[layer.weight]!, expected.gradients[layer.weight]!) < 1e-6)
  }

  @Test(arguments: cases)
  func `any number of workers gives the same bits`(_ tested: Case) throws {
    let layer = tested.layer
    let x = Tensor(normal: tested.shape)
    let dy = Tensor(normal: try layer.outputShape(for: tested.shape))
    let (one, three) = (withWorkers(1) { layer.run(x, dy) }, withWorkers(3) { layer.run(x, dy) })
    #expect(one.y.isIdentical(to: three.y) && one.dx.isIdentical(to: three.dx))
    #expect(one.gradients[layer.weight]!.isIdentical(to: three.gradients[layer.weight]!))
  }

  @Test(.enabled(if: strata_gemm_f32_is_available()), arguments: [[40, 32, 8, 8], [9, 40, 13, 6]].map(Shape.init))
  func `an image's output has the same bits in any batch`(_ shape: Shape) {
    let layer = Conv2D(shape[1], 48, kernel: 3, padding: 1)
    let x = Tensor(normal: shape)
    let y = layer(x)
    for rows in [0..<1, 3..<5, 1..<9] { #expect(layer(x[rows]).isIdentical(to: y[rows])) }
  }

  /// A tile adds elements that an output does not read.
  @Test(arguments: [Float.infinity, .nan])
  func `a pixel that is not finite reaches the outputs that read it and no other`(_ value: Float) {
    let layer = Conv2D(32, 32, kernel: 3, padding: 1)
    let shape: Shape = [3, 32, 6, 6]
    let clean = Tensor(normal: shape)
    let expected = layer(clean)
    var elements = clean.elements(as: Float.self)
    elements[(1 * 32 + 5) * 36 + 2 * 6 + 3] = value
    let x = Tensor(elements, shape: shape)
    let y = layer(x)
    #expect(y[0..<1].isIdentical(to: expected[0..<1]) && y[2..<3].isIdentical(to: expected[2..<3]))
    let (found, wanted) = (y.elements(as: Float.self), expected.elements(as: Float.self))
    for index in 32 * 36..<2 * 32 * 36 {
      let isRead = 1...3 ~= index % 36 / 6 && 2...4 ~= index % 6
      #expect(found[index].isFinite != isRead, "\(index)")
      if !isRead { #expect(abs(found[index] - wanted[index]) < 1e-4, "\(index)") }
    }
    let dy = Tensor(normal: shape)
    let (dx, wantedDx) = (layer.run(clean, x).dx, layer.run(clean, clean).dx)
    #expect(dx[0..<1].isIdentical(to: wantedDx[0..<1]))
    let other = (dx - wantedDx).elements(as: Float.self)
    for index in 32 * 36..<2 * 32 * 36 where !(1...3 ~= index % 36 / 6 && 2...4 ~= index % 6) {
      #expect(abs(other[index]) < 1e-4, "\(index)")
    }
    // The weights of one input channel meet it.
    let (dw, wantedDw) = (layer.run(x, dy).gradients[layer.weight]!, layer.run(clean, dy).gradients[layer.weight]!)
    let (gradient, kept) = (dw.elements(as: Float.self), wantedDw.elements(as: Float.self))
    for index in gradient.indices where index / 9 % 32 != 5 {
      #expect(abs(gradient[index] - kept[index]) < 1e-4, "\(index)")
    }
  }
}
