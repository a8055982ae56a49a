import LayerRegistry
import Strata
import StrataTensor
import Testing

@Suite(.seeded) struct LayerSnapshotTests {
  /// Wherever a layer reads its parameters, in a snapshot it finds those of the snapshot.
  @Test(arguments: layerRegistry)
  func `every layer infers with the numbers of the snapshot it is in`(_ entry: LayerEntry) throws {
    let shape = entry.shapes.last!
    let (layer, x) = (withSeed(1) { entry.make(shape) }, entry.example(shape))
    let (before, snapshot) = (layer(x), layer.snapshot())
    try layer.load(layer.state.mapValues { $0.dtype.isFloatingPoint ? 2 * $0 + 0.25 : $0 })
    #expect(snapshot.run { layer(x) }.isIdentical(to: before))
    if !layer.parameters.isEmpty { #expect(layer(x) != before) }
  }
}
