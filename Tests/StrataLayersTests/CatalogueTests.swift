import Foundation
import LayerRegistry
import Strata
import StrataTensor
import StrataTesting
import Testing

/// Runs every layer, loss, optimizer and cell through the conformance kit, and compares every layer with PyTorch.
@Suite(.seeded) struct CatalogueTests {
  @Test(arguments: layerRegistry)
  func `every layer conforms, over its shapes and others drawn`(_ entry: LayerEntry) throws {
    #expect(entry.shapes.count >= 10)
    // The list contains batches of one and odd lengths.
    let done = Tally.doneAtAnotherShape.merging([.shapes: Tally.madeElsewhere]) { own, _ in own }
    let drawn = entry.drawnShapes(count: 2)
    try check(entry, drawn[0], skipping: [:])
    for shape in entry.shapes + drawn[1...] { try check(entry, shape, skipping: done) }
    try Tally.shared.finish(.layer)
  }

  private func check(_ entry: LayerEntry, _ shape: Shape, skipping: [LayerCheck: String]) throws {
    let layer = withSeed(UInt64(shape.count)) { entry.make(shape) }
    let skipping = entry.skipping.merging(skipping) { own, _ in own }
    let report = try checkLayer(
      layer, input: shape, values: entry.input, takenFor: entry.takenFor?(shape), refusing: entry.refuses,
      skipping: skipping)
    #expect(skipping[.workers] != nil || report.passed.contains(LayerCheck.workers.rawValue), "\(report)")
    Tally.shared.note(.layer, entry.type, report)
  }

  @Test(arguments: moduleRegistry)
  func `every module of groups conforms`(_ entry: ModuleEntry) throws {
    for (rows, done) in [(3, [:]), (1, Tally.doneAtAnotherShape)] {
      Tally.shared.note(.module, entry.type, try entry.check(rows, done))
    }
    try Tally.shared.finish(.module)
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

  @Test(arguments: lossRegistry)
  func `every loss conforms`(_ entry: LossEntry) throws {
    var generator = RandomGenerator(seed: 5)
    let shapes: [Shape] = [[4, lossClasses], [1, lossClasses], [3, 2, lossClasses]]
    for shape in shapes where shape.rank == 2 || !entry.isOfMatrices {
      let output = entry.output(Tensor(normal: shape, using: &generator))
      // A sum is shared among workers as its mean is.
      let done: [LossCheck: String] = entry.isSum || shape != shapes[0] ? [.workers: Tally.madeElsewhere] : [:]
      try Tally.shared.note(
        .loss, entry.type,
        checkLoss(
          entry.loss, output: output, target: entry.target(shape),
          skipping: entry.skipping.merging(done) { own, _ in own }))
    }
    try Tally.shared.finish(.loss)
  }

  @Test(arguments: classAxisLosses)
  func `losses of classes in axis 1 conform`(_ entry: LossEntry) throws {
    for shape: Shape in [[4, lossClasses, 3], [1, lossClasses, 2, 2], [3, lossClasses, lossClasses]] {
      try checkLoss(
        entry.loss, output: Tensor(normal: shape), target: entry.target(shape),
        skipping: shape.rank == 3 && !entry.isSum ? [:] : [.workers: Tally.madeElsewhere])
    }
  }

  @Test(arguments: objectiveRegistry)
  func `every objective of several tensors conforms`(_ entry: ObjectiveEntry) throws {
    for rows in entry.description.contains("sum") ? [5] : [7, 2] { _ = try entry.check(rows) }
  }

  @Test(arguments: optimizerRegistry)
  func `every optimizer conforms`(_ entry: OptimizerEntry) throws {
    Tally.shared.note(.optimizer, entry.type, try entry.check())
    try Tally.shared.finish(.optimizer)
  }

  @Test(arguments: cellRegistry)
  func `every cell conforms`(_ entry: CellEntry) throws {
    for (inputs, hidden, batch, steps) in [(3, 5, 4, 5), (1, 1, 2, 2), (2, 3, 19, 7)] {
      let report = try entry.check(inputs, hidden, batch, steps, inputs == 3 ? [:] : Tally.doneAtAnotherShape)
      if let type = entry.type { Tally.shared.note(.cell, type, report) }
    }
    try Tally.shared.finish(.cell)
  }
}

extension Layer {
  /// One forward and backward.
  func run(_ x: Tensor, _ dy: Tensor) -> (y: Tensor, dx: Tensor, gradients: Gradients) {
    let (y, cache) = forward(x)
    var gradients = Gradients()
    let dx = backward(dy, cache, &gradients)
    return (y, dx, gradients)
  }
}
