import Outside
import Strata
import StrataTesting
import Testing

/// A cell with its own unroll, and a layer that mixes the steps of sequences, by Strata's public interface alone.
@Suite struct SequenceTests {
  @Test func `a cell that runs whole sequences passes the kit`() throws {
    try checkCell(LeakyCell(3, 4), batch: 5, steps: 6)
  }

  @Test func `a layer that mixes steps passes the kit`() throws {
    try checkLayer(Difference(), input: [3, 4, 2])
  }

  @Test func `in a PackedSequential each sequence has its own steps`() {
    let model = PackedSequential { Residual { Difference() } }
    let x = PaddedSequences([[[1], [4], [9]], [[5], [.nan], [.nan]], [[7], [7], [.nan]]], lengths: [3, 1, 2])
    let (y, cache) = model.forward(x)
    #expect(y == [[[2], [7], [14]], [[10], [0], [0]], [[14], [7], [0]]])
    var gradients = Gradients()
    let dx = model.backward(Tensor(ones: [3, 3, 1]), cache, &gradients).values
    #expect(dx == [[[1], [1], [2]], [[2], [0], [0]], [[1], [2], [0]]])
  }
}
