import Strata
import StrataTensor
import Testing

@Suite struct RandomStreamTests {
  private func draw(_ stream: RandomStream) -> UInt64 {
    var generator = stream.next()
    return generator.next()
  }

  @Test func `calls differ, and a seed decides them`() {
    let (a, b) = (withSeed(1) { RandomStream() }, withSeed(1) { RandomStream() })
    let numbers = (0..<100).map { _ in draw(a) }
    #expect(Set(numbers).count == 100)
    #expect(numbers == (0..<100).map { _ in draw(b) })
  }

  @Test func `a position set again gives the same numbers again`() {
    let stream = RandomStream()
    let first = draw(stream)
    #expect(stream.position == 1)
    stream.position = 0
    #expect(draw(stream) == first)
  }

  @Test func `a replay gives the recorded numbers and moves nothing`() {
    let stream = RandomStream()
    _ = draw(stream)
    let (numbers, calls) = RandomCalls.recording { [draw(stream), draw(stream)] }
    #expect(calls.replayed { [draw(stream), draw(stream)] } == numbers)
    #expect(stream.position == 3)
  }

  @Test func `recordings nest, also inside a replay`() {
    let stream = RandomStream()
    let (inner, outer) = RandomCalls.recording {
      RandomCalls.recording { draw(stream) }
    }
    #expect(outer.replayed { draw(stream) } == inner.result)
    #expect(inner.calls.replayed { draw(stream) } == inner.result)
    let again = outer.replayed { RandomCalls.recording { draw(stream) } }
    #expect(again.calls.replayed { draw(stream) } == inner.result)
  }
}
