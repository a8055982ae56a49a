import Strata
import Testing

// Names that Strata has as well: those of a program come first.
private struct Memory { let bytes: Int }
private struct Constant { let value: Double }
private enum Finding { case needle, haystack }
private struct Shape { let corners: Int }
private struct Callback { let number: String }

/// Programs name their own things as they like.
@Suite struct NamesTests {
  @Test func `names of one's own stand beside an import of Strata`() {
    #expect(Memory(bytes: 3).bytes == 3 && Constant(value: 2).value == 2 && Finding.needle != .haystack)
    #expect(Shape(corners: 4).corners == 4 && Callback(number: "112").number.count == 3)
    #expect(Linear(2, 3)(Tensor(zeros: [1, 2])).shape == [1, 3])
  }
}
