import Strata
import Testing

/// The worked numbers of the layers that make one row of each sequence.
@Suite(.seeded) struct OverTimeTests {
  /// Two sequences of three steps of two features.
  private let x: Tensor = [[[1, 5], [4, 2], [4, 2]], [[-1, 0], [-2, 0], [-3, 6]]]

  @Test func `the mean gives each step its share`() {
    let (y, dx, _) = MeanOverTime().run(x, [[3, 6], [9, 0]])
    #expect(y == [[3, 3], [-2, 2]])
    #expect(dx == [[[1, 2], [1, 2], [1, 2]], [[3, 0], [3, 0], [3, 0]]])
  }

  @Test func `the largest is the first of equal ones, and takes all`() {
    let (y, dx, _) = MaxOverTime().run(x, [[3, 6], [9, 7]])
    #expect(y == [[4, 5], [-1, 6]])
    #expect(dx == [[[0, 6], [3, 0], [0, 0]], [[9, 0], [0, 0], [0, 7]]])
  }

  @Test(arguments: [[1, 2], [2, 1], [1, 1, 1], [3]])
  func `steps that are carried on give what all of them give`(_ parts: [Int]) {
    for layer in [MeanOverTime(), MaxOverTime(), LastStep()] as [any Layer] {
      var (state, first) = (CarriedState(), 0)
      for count in parts {
        let found = layer.continued(x[0..<2, first..<first + count], &state)
        first += count
        #expect(found == layer(x[0..<2, 0..<first]), "\(layer) after \(first)")
      }
    }
  }

  @Test func `a NaN that was carried stays the largest`() {
    var state = CarriedState()
    let first: Tensor = [[[.nan, 1]]]
    _ = MaxOverTime().continued(first, &state)
    let second: Tensor = [[[5, .nan]]]
    let y = MaxOverTime().continued(second, &state)
    #expect(y[0, 0].item.isNaN && y[0, 1].item.isNaN)
  }

  @Test func `packed sequences carry each its own steps`() {
    let rows: Tensor = [[[1], [2], [6]], [[4], [0], [0]]]
    let more: Tensor = [[[-1]], [[10]]]
    let expected: [Tensor] = [[[2], [7]], [[6], [10]], [[-1], [10]]]
    for (layer, expected) in zip([MeanOverTime(), MaxOverTime(), LastStep()] as [any Layer], expected) {
      let model = PackedSequential([layer])
      var state = CarriedState()
      _ = model.continued(PaddedSequences(rows, lengths: [3, 1]), &state)
      let y = model.continued(PaddedSequences(more, lengths: [1, 1]), &state)
      #expect(y == expected, "\(layer)")
      // A sequence without a step here stays where it was.
      #expect(model.continued(PaddedSequences(more, lengths: [0, 0]), &state) == expected, "\(layer)")
    }
  }

  @Test func `a NaN counts as largest, wherever it is`() {
    for place in 0..<3 {
      var values: [Float] = [1, 7, 3]
      values[place] = .nan
      let (y, dx, _) = MaxOverTime().run(Tensor(values, shape: [1, 3, 1]), [[1]])
      #expect(y.item.isNaN && dx[0, place].item == 1)
    }
    #expect(MaxOverTime()([[[-.infinity], [-.infinity]]]).item == -.infinity)
  }

  @Test func `the last step is copied there and back`() {
    let (y, dx, _) = LastStep().run(x, [[3, 6], [9, 7]])
    #expect(y == [[4, 2], [-3, 6]])
    #expect(dx == [[[0, 0], [0, 0], [3, 6]], [[0, 0], [0, 0], [9, 7]]])
  }

  @Test func `a mean of many steps in float32 is that in float64 to the last digit`() {
    let long = withSeed(1) { Tensor(normal: [2, 3000, 5]) + 1000 }
    let exact = MeanOverTime()(long.converted(to: .float64))
    #expect(relativeError(MeanOverTime()(long), exact.converted(to: .float32)) < 2e-7)
  }

  @Test func `each sequence's mean, largest and last step are over its own steps`() {
    let short = PaddedSequences(x, lengths: [1, 2])
    #expect(PackedSequential { MeanOverTime() }(short) == [[1, 5], [-1.5, 0]])
    #expect(PackedSequential { MaxOverTime() }(short) == [[1, 5], [-1, 0]])
    #expect(PackedSequential { LastStep() }(short) == [[1, 5], [-2, 0]])
  }
}
