import Strata
import StrataTensor
import Testing

/// Recurrent layers stacked by one line.
@Suite(.seeded) struct StackedRecurrentTests {
  @Test func `a stack is its layers one on another`() {
    let x = Tensor(normal: [3, 5, 4])
    let stack = withSeed(4) { Sequential.recurrent(4, 6, layers: 3) { LSTMCell($0, $1) } }
    let layers = withSeed(4) {
      Sequential {
        Recurrent(LSTMCell(4, 6)); Recurrent(LSTMCell(6, 6)); Recurrent(LSTMCell(6, 6))
      }
    }
    #expect(stack(x).isIdentical(to: layers(x)))
    #expect(stack.state.keys.sorted() == layers.state.keys.sorted())
  }

  @Test func `dropout lies between the layers, and the last one alone returns its last step`() {
    let stack = Sequential.recurrent(4, 6, layers: 2, dropout: 0.5, isBidirectional: true, returning: .lastStep) {
      GRUCell($0, $1)
    }
    let names = stack.layers.map { "\(type(of: $0))" }
    #expect(names == ["Bidirectional<GRUCell>", "Dropout", "Bidirectional<GRUCell>"])
    #expect(stack(Tensor(normal: [3, 5, 4])).shape == [3, 12])
    #expect(Sequential.recurrent(4, 6, layers: 1, dropout: 0.5) { RNNCell($0, $1) }.layers.count == 1)
  }
}
