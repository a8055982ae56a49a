import ExampleSupport
import Foundation
import Strata

/// Measures the stacks, prints the tables, and draws the plot if requested.
func showVanishingGradients(_ settings: VanishingSettings, _ io: ExampleIO) throws {
  let start = ContinuousClock.now
  let curves = Stack.allCases.map { Curve($0, settings) }
  let sigmoids = tenSigmoids(settings)
  let gain = hundredLayers(settings)
  if !settings.common.isQuiet {
    io.say("‖dL/dy‖ of each layer relative to the output, \(settings.depth) layers of \(settings.width):\n")
    io.say(depthTable(curves, settings.depth))
    io.say(
      "BatchNorm alone has a gain of about 1.2 per layer before training, √(π / (π − 1)) in wide layers (Yang and\n"
        + "others, 2019). In a residual stack the gradient flows through the skip connections.\n")
    io.say(sigmoids.text + "\n")
    io.say(gain.text)
  }
  if let file = settings.svg {
    try drawn(curves, title: "Gradient by layer, \(settings.depth) layers of \(settings.width) features")
      .write(toFile: file, atomically: true, encoding: .utf8)
    io.note("the plot is in \(file)")
  }
  if settings.common.isQuiet && !settings.common.printsJSON {
    io.say(curves.map { "\($0.stack.rawValue): \(text($0.products[0]))" }.joined(separator: "  "))
  }
  if settings.common.printsJSON {
    let line = JSONLine([
      "first_layer": curves.map { $0.products[0] }, "stacks": curves.map(\.stack.rawValue),
      "ten_sigmoids": sigmoids.product, "hundred_layers": gain.product, "depth": settings.depth,
      "train_seconds": (ContinuousClock.now - start) / .seconds(1), "epochs": 0,
    ])
    io.say("\(line)")
  }
}

/// The gradient at each layer of a stack relative to the output.
struct Curve {
  let stack: Stack

  /// The ratio at each layer, first layer first.
  let products: [Double]

  init(_ stack: Stack, _ settings: VanishingSettings) {
    self.stack = stack
    let model = stack.model(depth: settings.depth, width: settings.width, seed: settings.common.seed)
    let flow = measured(model, width: settings.width, settings)
    // The gradient reaches the first part of a layer last.
    products = (0..<settings.depth).map { depth in
      flow.layers.first { $0.path.hasPrefix("\(depth).") }!.product
    }
  }
}

private func measured(_ model: Sequential, width: Int, _ settings: VanishingSettings) -> GradientFlow {
  let shape: Shape = [settings.common.batch, width]
  let (x, c) = withSeed(settings.common.seed + 1) {
    (Tensor(normal: shape, dtype: .float64), Tensor(normal: shape, dtype: .float64))
  }
  return GradientFlow(of: model, at: x, c, loss: Projection())
}

private func depthTable(_ curves: [Curve], _ depth: Int) -> String {
  let shown = Set([0] + (1...5).map { depth * $0 / 5 - 1 }).filter { $0 >= 0 }.sorted()
  let width = curves.map(\.stack.rawValue.count).max()! + 2
  let header = "layer".padding(to: width) + shown.map { column("\($0 + 1)") }.joined()
  let rows = curves.map { curve in
    curve.stack.rawValue.padding(to: width) + shown.map { column(text(curve.products[$0])) }.joined()
  }
  return ([header] + rows).joined(separator: "\n") + "\n"
}

/// Measures ten sigmoid layers with orthogonal weights, compared with a factor of ¼ for each.
private func tenSigmoids(_ settings: VanishingSettings) -> (product: Double, text: String) {
  let model = withSeed(settings.common.seed) {
    Sequential(
      (0..<10).flatMap { _ -> [any Layer] in
        [Linear(settings.width, settings.width, bias: false, initializer: .orthogonal()), Sigmoid()]
      })
  }
  model.convert(to: .float64)
  let flow = measured(model, width: settings.width, settings)
  let product = flow.layers[0].product
  let note =
    "Ten sigmoid layers with orthogonal weights multiply the gradient by \(text(product)); the textbook bound is\n"
    + "0.25^10 = \(text(pow(0.25, 10))). The slope is ¼ only at 0, and less elsewhere.\n"
  return (product, note + (settings.common.isQuiet ? "" : "\n\(flow)"))
}

/// Measures a hundred layers, each of which multiplies the norm of every vector by 1.5.
private func hundredLayers(_ settings: VanishingSettings) -> (product: Double, text: String) {
  let model = withSeed(settings.common.seed) {
    Sequential(
      (0..<100).map { _ in
        Linear(settings.width, settings.width, bias: false, initializer: .orthogonal(gain: 1.5))
      })
  }
  model.convert(to: .float64)
  let flow = measured(model, width: settings.width, settings)
  let product = flow.layers[0].product * flow.layers[0].gain!
  let flags = flow.flags.map { "\n\($0)" }.joined()
  return (
    product,
    "A gain of 1.5 in 100 layers scales the gradient by \(text(product)); 1.5^100 = \(text(pow(1.5, 100)))." + flags
  )
}

/// Returns a number such as "1.23e-04".
private func text(_ number: Double) -> String { String(format: "%.2e", number) }

private func column(_ text: String) -> String { String(repeating: " ", count: max(1, 10 - text.count)) + text }
