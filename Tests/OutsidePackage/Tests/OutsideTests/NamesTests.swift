import Strata
import Testing

// Names that Strata has as well.
private struct Memory { let bytes: Int }
private struct Constant { let value: Double }
private enum Finding { case needle, haystack }
private struct Shape { let corners: Int }
private struct Callback { let number: String }

/// A program may use any name for its own types.
@Suite struct NamesTests {
  @Test func `a program's own names come before those of Strata`() {
    #expect(Memory(bytes: 3).bytes == 3 && Constant(value: 2).value == 2 && Finding.needle != .haystack)
    #expect(Shape(corners: 4).corners == 4 && Callback(number: "112").number.count == 3)
    #expect(Linear(2, 3)(Tensor(zeros: [1, 2])).shape == [1, 3])
  }
}
