import StrataData
import StrataTensor
import Testing

@Suite(.seeded) struct `Windows of a series` {
  /// Step t has the values 10 t and 10 t + 1.
  func series(_ steps: Int) -> Tensor {
    let values = (0..<2 * steps).map { Float($0 / 2 * 10 + $0 % 2) }
    return Tensor(values, shape: [steps, 2])
  }

  @Test func `have the steps after them as labels`() {
    let data = SeriesWindows(length: 3, horizon: 2).dataset(of: series(7))
    #expect(data.inputs.shape == [3, 3, 2] && data.labels.shape == [3, 4])
    #expect(data.inputs[1] == [[10, 11], [20, 21], [30, 31]])
    #expect(data.labels[1] == [40, 41, 50, 51])
    #expect(data.labels[2] == [50, 51, 60, 61])
  }

  @Test func `begin a stride apart and may have some columns as targets`() {
    let data = SeriesWindows(length: 2, horizon: 2, stride: 3).dataset(of: series(10), targets: [1])
    #expect(data.count == 3)
    #expect(data.inputs[.all, 0, 0] == [0, 30, 60])
    #expect(data.labels == [[21, 31], [51, 61], [81, 91]])
    #expect(SeriesWindows(length: 1).dataset(of: series(3), targets: [1, 0]).labels == [[11, 10], [21, 20]])
  }

  @Test func `are none of a series that is too short`() {
    #expect(SeriesWindows(length: 5, horizon: 2).dataset(of: series(6)).count == 0)
    #expect(SeriesWindows(length: 5, horizon: 2).dataset(of: series(7)).count == 1)
    #expect(SeriesWindows(length: 5).dataset(of: series(0)).count == 0)
  }

  @Test func `of training share no step with those of the test`() {
    for (length, horizon, stride) in [(1, 1, 1), (4, 2, 1), (5, 3, 2), (7, 1, 3)] {
      let (train, test) = SeriesWindows(length: length, horizon: horizon, stride: stride).split(series(60), test: 0.4)
      let seen = train.inputs.elements(as: Float.self) + train.labels.elements(as: Float.self)
      let held = test.inputs.elements(as: Float.self) + test.labels.elements(as: Float.self)
      #expect(seen.max()! < 360 && held.min()! == 360 && held.max()! <= 591)
      #expect(test.count == (24 - length - horizon) / stride + 1)
    }
  }
}
