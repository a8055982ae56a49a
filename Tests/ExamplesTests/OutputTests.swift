import ExampleSupport
import Strata
import Testing

@Suite(.seeded) struct OutputTests {
  @Test func `JSON keeps its members in order and makes null of what it cannot write`() {
    let line = JSONLine(["b": 1, "a": 0.25, "path": "a/\"b\"", "list": [1, 2], "loss": Double.nan])
    #expect(line.description == #"{"b":1,"a":0.25,"path":"a/\"b\"","list":[1,2],"loss":null}"#)
  }

  @Test func `small images are drawn with two cells a pixel, side by side`() {
    let image: Tensor = [[0, 1], [0.5, 0.25]]
    #expect(
      drawing(of: [(image, "one"), (image, "two")]) == """
        one    two
          ██     ██
        ▒▒░░   ▒▒░░
        """)
  }

  @Test func `large images are drawn with a cell for two pixels`() {
    let image = Tensor(concatenating: [Tensor(ones: [1, 20]), Tensor(zeros: [2, 20])])
    #expect(
      drawing(of: [(image, "bar")]) == """
        bar
        ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
        """)
  }

  @Test func `what does not fit side by side goes below`() {
    let image = Tensor(ones: [1, 2])
    #expect(
      drawing(of: [(image, "a"), (image, "b"), (image, "c")], columns: 11) == """
        a      b
        ████   ████

        c
        ████
        """)
  }
}
