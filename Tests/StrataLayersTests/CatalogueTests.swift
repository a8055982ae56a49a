import Foundation
import Strata
import StrataTensor
import StrataTesting
import Testing

/// Every layer against differences of its own forward, and against PyTorch.
@Suite struct CatalogueTests {
  @Test(arguments: layerRegistry)
  func `gradients agree with differences on every shape`(_ entry: LayerEntry) throws {
    #expect(entry.shapes.count >= 10)
    for shape in entry.shapes {
      let layer = withSeed(UInt64(shape.count)) { entry.make(shape) }
      let checked = entry.takenFor.map { layer.taken(for: $0(shape)) } ?? layer
      if let input = entry.input {
        try checkGradients(of: checked, input: input(shape))
      } else {
        try checkGradients(of: checked, input: shape)
      }
    }
  }

  @Test(arguments: layerRegistry)
  func `outputShape agrees with forward`(_ entry: LayerEntry) throws {
    for shape in entry.shapes {
      let layer = entry.make(shape)
      #expect(try layer.outputShape(for: shape) == layer.forward(entry.example(shape)).0.shape)
    }
  }

  @Test(arguments: layerRegistry)
  func `two backward passes give twice the gradients`(_ entry: LayerEntry) throws {
    let shape = entry.shapes[3]
    let layer = entry.make(shape)
    let x = entry.example(shape)
    let (dx, once, again, twice) = layer.backwardTwice(at: x)
    #expect(again.isIdentical(to: dx))
    for parameter in once.receivers {
      #expect(relativeError(twice[parameter]!, 2 * once[parameter]!) < 1e-6)
    }
  }

  @Test(arguments: try Reference.layerFiles())
  func `values and gradients agree with PyTorch's`(_ file: String) throws {
    let reference = try Reference("layers/" + file)
    let cases = Set(reference.tensors.keys.compactMap { $0.hasSuffix(".x") ? String($0.dropLast(2)) : nil })
    #expect(!cases.isEmpty)
    for name in cases.sorted() {
      let layerName = name[..<name.lastIndex(of: ".")!]
      let entry = try #require(
        layerRegistry.first { $0.name == layerName }, "\(name) is not in the registry")
      try compare(entry, with: reference, at: name)
    }
  }

  private func compare(_ entry: LayerEntry, with reference: Reference, at name: String) throws {
    for (dtype, tolerance) in [(DType.float64, 1e-10), (.float32, 1e-5)] {
      let x = reference[name + ".x"]
      let state = reference.group(name + ".state")
      let layer = withSeed(0) { entry.make(x.shape) }
      layer.convert(to: dtype)
      try layer.load(state)
      let (y, dx, gradients) = layer.run(
        x.dtype == .int32 ? x : x.converted(to: dtype), reference[name + ".dy"].converted(to: dtype))
      #expect(relativeError(y, reference[name + ".y"]) < tolerance, "\(name).y in \(dtype)")
      if x.dtype != .int32 {
        #expect(relativeError(dx, reference[name + ".dx"]) < tolerance, "\(name).dx in \(dtype)")
      }
      for (path, parameter) in layer.parameters {
        let gradient = try #require(gradients[parameter], "\(name): \(path) has no gradient")
        #expect(
          relativeError(gradient, reference[name + ".gradient." + path]) < tolerance,
          "\(name).gradient.\(path) in \(dtype)")
      }
    }
  }

  @Test func `the registry has every layer, loss and cell of the sources`() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/StrataLayers")
    var layers: Set<String> = []
    var losses: Set<String> = []
    var cells: Set<String> = []
    for case let file as URL in FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)!
    where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /public struct (\w+)(<[^>]*>)?: ([\w, ]+) \{/) {
        let protocols = match.3.split(separator: ",").map { $0.trimmingPrefix(" ") }
        if protocols.contains("Layer") || protocols.contains("Container") { layers.insert(String(match.1)) }
        if protocols.contains("Loss") { losses.insert(String(match.1)) }
        if protocols.contains(where: { $0.hasSuffix("Cell") }) { cells.insert(String(match.1)) }
      }
    }
    #expect(layers == Set(layerRegistry.map(\.type)))
    #expect(losses == Set(lossRegistry))
    #expect(cells == Set(cellRegistry))
  }
}

extension LayerEntry {
  /// An input of this shape.
  func example(_ shape: Shape) -> Tensor { input?(shape) ?? Tensor(normal: shape) }
}

extension Layer {
  /// The forward of `other` with this layer's backward, which by decree is its derivative.
  func taken(for other: any Layer) -> any Layer {
    Lambda(
      forward: { x in (other(x), forward(x).1) },
      backward: { dy, cache in
        var gradients = Gradients()
        return backward(dy, cache, &gradients)
      })
  }

  /// One forward and backward.
  func run(_ x: Tensor, _ dy: Tensor) -> (y: Tensor, dx: Tensor, gradients: Gradients) {
    let (y, cache) = forward(x)
    var gradients = Gradients()
    let dx = backward(dy, cache, &gradients)
    return (y, dx, gradients)
  }

  /// The results of one backward, and of two into the same gradients, from one cache.
  func backwardTwice(at x: Tensor) -> (dx: Tensor, once: Gradients, again: Tensor, twice: Gradients) {
    let (y, cache) = forward(x)
    let dy = Tensor(normal: y.shape)
    var (once, twice) = (Gradients(), Gradients())
    let dx = backward(dy, cache, &once)
    _ = backward(dy, cache, &twice)
    let again = backward(dy, cache, &twice)
    return (dx, once, again, twice)
  }
}
