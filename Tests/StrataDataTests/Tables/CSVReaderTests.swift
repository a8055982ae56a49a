import Foundation
import StrataTensor
import Testing

@testable import StrataData

@Suite(.seeded) struct `A reader of CSV` {
  @Test func `gives blocks of rows that are together the table`() throws {
    let text = "id,x,word\n" + (0..<1000).map { "\($0),\($0 % 7 == 0 ? "" : "\($0).25"),w\($0 % 13)\n" }.joined()
    try withFile(Array(text.utf8)) { path in
      let whole = try Table(csv: path)
      #expect(whole.rowCount == 1000)
      for rows in [1, 7, 999, 1000, 1001] {
        let reader = try CSVReader(path)
        #expect(reader.columnNames == ["id", "x", "word"])
        var start = 0
        while let block = try reader.next(rows: rows) {
          #expect(block == whole[start..<start + block.rowCount])
          #expect(block.rowCount == min(rows, 1000 - start))
          start += block.rowCount
        }
        #expect(start == 1000)
        #expect(try reader.next(rows: rows) == nil)
      }
    }
  }

  @Test func `reads on where a row crosses the bytes at hand`() throws {
    let text = "\u{FEFF}a,b,c\r\n1,\"x\",2.5\r\n\r\n-123456789.25,\"y \"\"z\"\"\r\n\",NA\r\n3,é,4\r\n10,\"w\",5"
    try withFile(Array(text.utf8)) { path in
      let whole = try Table(csv: path)
      #expect(whole["a"] == .decimals([1, -123_456_789.25, 3, 10]))
      #expect(whole["b"] == .text(["x", "y \"z\"\r\n", "é", "w"]))
      #expect(whole["c"] == .decimals([2.5, .nan, 4, 5]))
      for size in 11..<text.utf8.count + 2 {
        #expect(try CSVReader(path, as: CSV(), bytesAtOnce: size).rest() == whole, "\(size)")
      }
    }
  }

  @Test func `reads a cell of 10 MB, and refuses a row beyond 32 MiB`() throws {
    let long = [UInt8](repeating: 0x2C, count: 10 << 20)
    let table = try withFile(Array("a,b\n1,\"".utf8) + long + Array("\"\n2,x\n".utf8)) { try Table(csv: $0) }
    #expect(table["b"].texts.values.map(\.utf8.count) == [10 << 20, 1])
    let longer = Array("a,b\n1,x\n2,\"".utf8) + [UInt8](repeating: 0x78, count: 33 << 20)
    let error = try withFile(longer) { path in #expect(throws: DataError.self) { try Table(csv: path) } }
    #expect(error?.reason == .tooLarge("line 3 begins a row of more than 32 MiB"))
    #expect(error?.offset == 8)
  }

  @Test func `reads what is gzipped`() throws {
    let text = Array("a,b\n1,x\n2,y\n".utf8)
    let table = try withFile(gzip(text)) { try Table(csv: $0) }
    #expect(table == Table(["a": .integers([1, 2]), "b": .text(["x", "y"])]))
  }

  @Test func `takes the type of a column that begins with missing values from its first one`() throws {
    let missing = String(repeating: "0,,,\n", count: 3000)
    let text = "n,x,i,word\n" + missing + "1,2.5,3,late\n" + "2,,,\n"
    let table = try withFile(Array(text.utf8)) { try CSVReader($0, as: CSV(), bytesAtOnce: 1024).rest() }
    #expect(table["x"].type == .decimal && table["i"].type == .decimal && table["word"].type == .text)
    #expect(
      table[2999..<3002]
        == Table([
          "n": .integers([0, 1, 2]), "x": .decimals([.nan, 2.5, .nan]), "i": .decimals([.nan, 3, .nan]),
          "word": .text([nil, "late", nil]),
        ]))
  }

  @Test func `turns integers into decimals when a fraction comes late`() throws {
    let text = "n\n" + String(repeating: "12345\n", count: 3000) + "0.5\n"
    let table = try withFile(Array(text.utf8)) { try CSVReader($0, as: CSV(), bytesAtOnce: 1024).rest() }
    guard case .decimals(let numbers) = table["n"] else { return #expect(Bool(false)) }
    #expect(numbers.count == 3001 && numbers.last == 0.5 && numbers.dropLast().allSatisfy { $0 == 12345 })
  }

  @Test func `names columns that have no name`() throws {
    let table = try withFile(Array(",x,\n1,2,3\n".utf8)) { try Table(csv: $0) }
    #expect(table.columnNames == ["column 1", "x", "column 3"])
  }

  @Test func `tells many texts apart`() throws {
    let words = (0..<8000).map { "word-\($0 * 7919 % 5003)" }
    let table = try withFile(Array(("w\n" + words.joined(separator: "\n")).utf8)) { try Table(csv: $0) }
    #expect(table["w"].texts.elementsEqual(words))
  }

  @Test func `numbers are the nearest doubles`() throws {
    var generator = RandomGenerator(seed: 3)
    var texts = ["9007199254740993", "9007199254740992.5", "1e23", "8.5e22", "1e-27", "9999999999999999999e27"]
    for _ in 0..<5000 {
      let digits = String(generator.next() >> UInt64.random(in: 0..<64, using: &generator))
      switch generator.next() % 4 {
      case 0: texts.append("\(Double(bitPattern: generator.next() & ~(1 << 62)).magnitude)")
      case 1: texts.append("-0.\(digits)")
      case 2: texts.append("\(digits).\(generator.next() % 1000)")
      default: texts.append("\(digits)e\(Int.random(in: -45...45, using: &generator))")
      }
    }
    let table = try withFile(Array(("x\n0.5\n" + texts.joined(separator: "\n")).utf8)) { try Table(csv: $0) }
    let numbers = try #require(table["x"].numbers).dropFirst()
    for (text, number) in zip(texts, numbers) { #expect(number == Double(text), "\(text)") }
  }
}
