import StrataTensor
import Testing

@Suite(.seeded) struct RandomStreamTests {
  /// The first number of each of the stream's next calls.
  func draw(_ stream: RandomStream, _ count: Int) -> [UInt64] {
    (0..<count).map { _ in
      var generator = stream.next()
      return generator.next()
    }
  }

  func makeStream(seed: UInt64 = 1) -> RandomStream { withSeed(seed) { RandomStream() } }

  @Test func `every call has its own numbers`() {
    let (stream, other) = withSeed(1) { (RandomStream(), RandomStream()) }
    let initializer = withSeed(1) { draw(stream, 0) + [0, 1].map { _ in RandomGenerator.next().stream } }
    #expect(initializer == [0, 1])
    #expect(Set(draw(stream, 50) + draw(other, 50)).count == 100)
  }

  @Test func `the seed decides the numbers`() {
    #expect(draw(makeStream(seed: 5), 4) == draw(makeStream(seed: 5), 4))
    #expect(draw(makeStream(seed: 5), 4) != draw(makeStream(seed: 6), 4))
  }

  @Test func `a saved position continues`() {
    let (stream, restored) = (makeStream(), makeStream())
    _ = draw(stream, 3)
    #expect(stream.position == 3)
    restored.position = 3
    #expect(draw(restored, 2) == draw(stream, 2))
    #expect(restored.position == 5)
  }

  @Test func `a replay gives the recorded numbers and moves nothing`() {
    let (a, b) = withSeed(1) { (RandomStream(), RandomStream()) }
    let (numbers, calls) = RandomCalls.recording { draw(a, 2) + draw(b, 1) + draw(a, 1) }
    _ = draw(a, 7)
    for _ in 0..<2 {
      #expect(calls.replayed { draw(a, 2) + draw(b, 1) + draw(a, 1) } == numbers)
    }
    #expect((a.position, b.position) == (10, 1))
  }

  @Test func `recordings nest`() {
    let stream = makeStream()
    let (inner, outerCalls) = RandomCalls.recording {
      _ = draw(stream, 1)
      return RandomCalls.recording { draw(stream, 2) }
    }
    #expect(inner.calls.replayed { draw(stream, 2) } == inner.result)
    #expect(outerCalls.replayed { Array(draw(stream, 3).suffix(2)) } == inner.result)
  }

  @Test func `a recording inside a replay notes what is replayed`() {
    let stream = makeStream()
    let (numbers, calls) = RandomCalls.recording { draw(stream, 3) }
    let again = calls.replayed { RandomCalls.recording { draw(stream, 3) } }
    #expect(again.result == numbers)
    #expect(again.calls.replayed { draw(stream, 3) } == numbers)
    #expect(stream.position == 3)
  }
}
