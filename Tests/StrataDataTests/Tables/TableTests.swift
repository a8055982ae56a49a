import StrataData
import Testing

@Suite(.seeded) struct `A table` {
  let table = Table([
    "n": .integers([3, 1, 2]), "x": .decimals([0.5, .nan, -2]), "word": .text(["b", nil, "b"]),
  ])

  @Test func `has columns by name, and rows`() {
    #expect(table.rowCount == 3)
    #expect(table.columnNames == ["n", "x", "word"])
    #expect(table["word"] == .text(["b", nil, "b"]))
    #expect(table.column("m") == nil)
    #expect(table.columns.map(\.type) == [.integer, .decimal, .text])
    #expect(table.columns.map(\.missingCount) == [0, 1, 1])
    #expect(table["n"].numbers == [3, 1, 2])
    #expect(table["word"].numbers == nil)
    #expect(table["x"].texts == ["0.5", nil, "-2.0"])
    #expect(Column.text([nil, nil]).numbers.map { $0.allSatisfy(\.isNaN) } == true)
  }

  @Test func `gives some columns and some rows`() {
    #expect(table.selecting(["word", "n"]).columnNames == ["word", "n"])
    #expect(table.dropping(["x"]) == table.selecting(["n", "word"]))
    #expect(table.gathered(rows: [2, 0, 2])["n"] == .integers([2, 3, 2]))
    #expect(table[1..<3] == table.gathered(rows: [1, 2]))
    #expect(table.head(2) == table[0..<2])
    #expect(table.head() == table)
    #expect(table.filter { !table["x"].isMissing($0) }["word"] == .text(["b", "b"]))
    #expect(table.setting("n", to: .text(["p", "q", "r"])).columnNames == ["n", "x", "word"])
    #expect(table.setting("m", to: .integers([7, 8, 9]))[0..<1]["m"] == .integers([7]))
  }

  @Test func `equals another by what its cells are, whatever order texts came in`() {
    let texts = TextColumn(["a", "b", nil, "a"])
    #expect(texts.values == ["a", "b"] && texts.codes == [0, 1, -1, 0])
    #expect(Table(["t": .text(texts)]).gathered(rows: [1, 0]) == Table(["t": .text(["b", "a"])]))
    #expect(Column.integers([1]) != .decimals([1]))
  }

  @Test func `prints its first and last rows under names and types`() {
    #expect(
      "\(table)" == """
                 n        x  word
        ─────────────────────────
           integer  decimal  text
        0        3      0.5  b
        1        1        –  –
        2        2       -2  b
        3 rows, 3 columns
        """)
    let long = Table(["n": .integers(Array(0..<1200)), "a long name of a column, indeed": .integers(Array(0..<1200))])
    let lines = "\(long)".split(separator: "\n")
    #expect(lines.count == 3 + 5 + 1 + 5 + 1)
    #expect(lines[0].hasSuffix("a long name of a column,…"))
    #expect(lines[8].hasPrefix("   …"))
    #expect(lines.last == "1,200 rows, 2 columns")
    let wide = Table(names: (0..<40).map { "c\($0)" }, (0..<40).map { .integers([$0]) })
    #expect("\(wide)".hasSuffix("1 rows, 40 columns, of which the first 10 are shown"))
  }

  @Test func `describes its columns`() {
    let figures = table.describe()
    #expect(figures["column"] == .text(["n", "x", "word"]))
    #expect(figures["count"] == .integers([3, 2, 2]))
    #expect(figures["missing"] == .integers([0, 1, 1]))
    #expect(figures["mean"] == .decimals([2, -0.75, .nan]))
    #expect(figures["50 %"] == .decimals([2, -0.75, .nan]))
    #expect(figures["25 %"] == .decimals([1.5, -1.375, .nan]))
    #expect(figures["different"] == .decimals([.nan, .nan, 1]))
    #expect(figures["most frequent"] == .text([nil, nil, "b"]))
    #expect(Table(["x": .decimals([.nan])]).describe()["mean"] == .decimals([.nan]))
    #expect(Table(["x": .decimals([1])]).describe()["std"] == .decimals([.nan]))
  }

  @Test func `comes back from the file that it is written to`() throws {
    let table = Table([
      "n": .integers([.min, 0, .max]), "x, \"y\"": .decimals([0.1, .nan, 1e300]),
      "text\r\n": .text(["a,b", "say \"no\"", "a \"\u{301},\u{301}\n"]),
      "small": .decimals([0x1p-1074, -0.5, 1.0 / 3]),
    ])
    try withDirectory { directory in
      for delimiter in [",", ";", "\t"] as [Character] {
        try table.write(csv: directory + "/table.csv", delimiter: delimiter)
        #expect(try Table(csv: directory + "/table.csv") == table)
      }
      #expect(throws: DataError.self) { try table.write(csv: directory) }
    }
  }
}
