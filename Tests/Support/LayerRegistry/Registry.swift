import Strata
import StrataTesting

/// A layer under test: how to create it for an input, and the inputs to try.
package struct LayerEntry: Sendable, CustomStringConvertible {
  /// The name of the type in the sources.
  package let type: String

  /// The name of the case, here and in the reference files: the type and its options.
  package let name: String

  /// Inputs of at least ten shapes, including odd sizes and size 1, batch axis first.
  package let shapes: [Shape]

  /// Creates a layer that accepts an input of this shape.
  package let make: @Sendable (Shape) -> any Layer

  /// Creates an input of this shape; if nil, standard normal numbers are used.
  package let input: (@Sendable (Shape) -> Tensor)?

  /// The function whose derivative the layer's backward is, if by definition that is not its forward.
  package let takenFor: (@Sendable (Shape) -> any Layer)?

  /// Shapes that training refuses in addition to those that `outputShape` refuses.
  package let refuses: @Sendable (Shape) -> Bool

  /// Checks to skip by design, with the reason.
  package let skipping: [LayerCheck: String]

  init(
    _ type: String, _ options: String = "", shapes: [Shape] = LayerEntry.anyShapes,
    input: (@Sendable (Shape) -> Tensor)? = nil, takenFor: (@Sendable (Shape) -> any Layer)? = nil,
    refusing refuses: @escaping @Sendable (Shape) -> Bool = { _ in false }, skipping: [LayerCheck: String] = [:],
    make: @escaping @Sendable (Shape) -> any Layer
  ) {
    self.type = type
    name = type + options
    self.shapes = shapes
    self.input = input
    self.takenFor = takenFor
    self.refuses = refuses
    self.skipping = skipping
    self.make = make
  }

  /// How many elements a drawn shape has at most.
  private var largestDrawn = 2_000

  /// The same entry with no drawn shape of more elements than this.
  func drawing(atMost count: Int) -> LayerEntry {
    var entry = self
    entry.largestDrawn = count
    return entry
  }

  package var description: String { name }

  /// An input of this shape.
  package func example(_ shape: Shape) -> Tensor { input?(shape) ?? Tensor(normal: shape) }

  /// Random shapes of the kinds in the list, from a generator whose seed is the name.
  package func drawnShapes(count: Int) -> [Shape] {
    var generator = RandomGenerator(seed: name.unicodeScalars.reduce(7) { $0 &* 31 &+ UInt64($1.value) })
    var drawn: [Shape] = []
    while drawn.count < count {
      let kind = shapes.randomElement(using: &generator)!
      let shape = Shape(kind.lengths.map { Int.random(in: 1...(2 * $0 + 3), using: &generator) })
      guard shape.count <= largestDrawn, !refuses(shape) else { continue }
      let layer = withSeed(0) { make(shape) }
      if (try? layer.outputShape(for: shape)) != nil { drawn.append(shape) }
    }
    return drawn
  }

  /// For layers that take any shape.
  static let anyShapes: [Shape] = [
    [1, 1], [1, 7], [5, 1], [3, 5], [2, 3, 4], [1, 1, 1], [4, 3, 2, 5], [7, 31], [17, 33], [2, 1, 9],
  ]

  /// For layers whose features are the last axis.
  static let featureShapes: [Shape] = [
    [1, 1], [1, 7], [5, 1], [3, 5], [2, 3, 4], [2, 1, 3], [9, 16], [7, 31], [17, 33], [4, 3, 2, 5],
  ]
}

/// For layers that copy their input, hand it on, or return zeros.
let computesNothing: [LayerCheck: String] = [.workers: "it computes nothing that threads could share"]

/// Every layer of Strata, with the options that change its maths.
package let layerRegistry: [LayerEntry] =
  basicLayers + normalizationLayers + structureLayers + convolutionLayers + recurrentLayers
  + attentionLayers + checkpointLayers + activationLayers + parametrizedLayers

let basicLayers: [LayerEntry] = [
  LayerEntry("Linear", shapes: LayerEntry.featureShapes) { Linear($0[-1], $0[-1] % 5 + 1) },
  LayerEntry("Linear", "(bias: false)", shapes: LayerEntry.featureShapes) {
    Linear($0[-1], 3, bias: false)
  },
  LayerEntry("ReLU") { _ in ReLU() },
  LayerEntry("Sigmoid") { _ in Sigmoid() },
  LayerEntry("Tanh") { _ in Tanh() },
  LayerEntry("Identity", skipping: computesNothing) { _ in Identity() },
  LayerEntry("Flatten", skipping: computesNothing) { _ in Flatten() },
  LayerEntry("Sequential", shapes: LayerEntry.featureShapes) { shape in
    Sequential {
      Linear(shape[-1], 4)
      Tanh()
      Linear(4, 2)
    }
  },
]
