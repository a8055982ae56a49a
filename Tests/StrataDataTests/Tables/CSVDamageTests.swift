import Foundation
import StrataTensor
import Testing

@testable import StrataData

/// Damaged and hostile files: each error names the fault, line, column and byte.
@Suite(.seeded) struct `CSV that is damaged` {
  @Test(arguments: damages) func `is refused`(_ damage: Damage) throws {
    try damage.expect { path throws(DataError) in try CSVReader(path, as: CSV(), bytesAtOnce: 4096).rest() }
  }

  @Test func `is refused in the middle of a large file, by the line there`() throws {
    let word = String(repeating: "word", count: 100)
    let rows = (1...3000).map { "\($0),\($0).5,\(word)\n" }.joined()
    let text = "a,b,c\n" + rows + "1,x,word\n" + rows
    let error = try withFile(Array(text.utf8)) { path in
      #expect(throws: DataError.self) { try Table(csv: path) }
    }
    #expect(error?.reason == .malformed(found: #""x" in column "b", line 3002"#, expected: "a number"))
    #expect(error?.offset == 6 + rows.utf8.count + 2)
    #expect(error?.advice?.contains(#"types: ["b": .text]"#) == true)
  }

  @Test func `counts the lines within quotes and the empty ones`() throws {
    let error = try withFile(Array("a,b\r\n1,\"x\r\ny\"\r\n\r\n\r2,z,w\r\n".utf8)) { path in
      #expect(throws: DataError.self) { try Table(csv: path) }
    }
    #expect(error?.reason == .malformed(found: "more than 2 cells in line 6", expected: "2, as in the first row"))
  }

  @Test func `is refused where whole numbers were asked for`() throws {
    let error = try withFile(Array("a,b\n1,1\n2,2.5\n".utf8)) { path in
      #expect(throws: DataError.self) { try Table(csv: path, as: CSV(types: ["b": .integer])) }
    }
    #expect(error?.reason == .malformed(found: #""2.5" in column "b", line 3"#, expected: "a whole number"))
  }

  @Test func `is refused where a type is given of a column that is not there`() throws {
    let error = try withFile(Array("price,b\n1,1\n".utf8)) { path in
      #expect(throws: DataError.self) { try Table(csv: path, as: CSV(types: ["prise": .text])) }
    }
    #expect("\(error!)".contains(#"there is no column "prise" among "price", "b"; did you mean "price"?"#))
  }

  @Test func `is refused after a pass without damage in the blocks before`() throws {
    let text = "a,b\n" + (0..<10).map { "\($0),x\n" }.joined() + "11\n"
    try withFile(Array(text.utf8)) { path in
      let reader = try CSVReader(path)
      #expect(try reader.next(rows: 5)?.rowCount == 5)
      #expect(throws: DataError.self) { try reader.next(rows: 6) }
    }
  }

  @Test(arguments: [false, true]) func `is found out before a table takes much more memory than the file`(isText: Bool)
    throws
  {
    let rows = (0..<2000).map { isText ? "\(String($0, radix: 36))w\n" : "\($0 % 10)\n" }.joined()
    for end in ["x,y\n", "\n"] {
      for file in [Array("a\n\(rows)\(end)".utf8), gzip(Array("a\n\(rows)\(end)".utf8))] {
        try withFile(file) { path in
          let reader = try CSVReader(path, as: CSV(types: ["a": isText ? .text : .integer]), bytesAtOnce: 64)
          reader.uncheckedSize = 1000
          if end == "\n" {
            #expect(try reader.rest().rowCount == 2000)
          } else {
            #expect(throws: DataError.self) { try reader.rest() }
            #expect(reader.capacity * (isText ? 4 : 8) <= file.count + 1000)
          }
        }
      }
    }
  }

  @Test(arguments: [UInt64](0..<300)) func `never traps, whatever bytes change`(seed: UInt64) throws {
    var generator = RandomGenerator(seed: seed)
    var bytes = Array(
      "a,\"b \"\"c\",d\r\n1,\"x\ny\",2.5\r\n-3e2,,NA\r\n1234567890123,\"z\",0.1234567890123456789\r\n".utf8)
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let place = Int.random(in: bytes.indices, using: &generator)
      switch UInt8.random(in: 0..<3, using: &generator) {
      case 0: bytes[place] = [0, 10, 13, 34, 44, 46, 48, 101, 255].randomElement(using: &generator)!
      case 1: bytes.remove(at: place)
      default: bytes.insert(.random(in: 0 ... .max, using: &generator), at: place)
      }
    }
    try withFile(bytes) { path in
      do {
        let table = try Table(csv: path)
        #expect(table.columns.allSatisfy { $0.count == table.rowCount })
      } catch let error as DataError {
        #expect(error.path == path)
      }
    }
  }

  static let damages: [Damage] = {
    func damage(_ what: String, _ text: String, _ found: String, _ expected: String, at offset: Int?) -> Damage {
      Damage(what, Array(text.utf8), .malformed(found: found, expected: expected), at: offset)
    }
    func ragged(_ what: String, _ text: String, _ found: String, _ count: Int, at offset: Int) -> Damage {
      damage(what, text, found, "\(count), as in the first row", at: offset)
    }
    let many = "a,b\n" + String(repeating: "1,2\n", count: 2000)
    let long = String(repeating: "x", count: 10 << 20)
    return [
      Damage("empty", [], .cutShort(expected: 1, found: 0), at: 0),
      damage("a header alone", "a,b\n", "a header alone", "rows", at: 4),
      damage("empty lines alone", "\n\r\n\n", "empty lines alone", "rows", at: 4),
      damage("a byte order mark alone", "\u{FEFF}", "empty lines alone", "rows", at: 3),
      ragged("a row that is too short", "a,b,c\n1,2,3\n4,5\n", "2 cells in line 3", 3, at: 12),
      ragged("a row of one cell", "a,b,c\n1\n", "1 cell in line 2", 3, at: 6),
      ragged("a row that is too long", "a,b\n1,2\n3,4,5\n", "more than 2 cells in line 3", 2, at: 8),
      ragged("a delimiter at the end of a row", "a,b\n1,2,\n", "more than 2 cells in line 2", 2, at: 4),
      ragged(
        "a quote that is not closed in a cell too many", "a,b\n1,2,\"x\n", "more than 2 cells in line 2", 2, at: 4),
      ragged("a row that is cut off", "a,b\n1,2\n3", "1 cell in line 3", 2, at: 8),
      ragged("a row that is too short, late", many + "1\n" + many, "1 cell in line 2002", 2, at: many.utf8.count),
      damage(
        "a quote that is not closed", "a,b\n1,\"x\n2,y\n3,z\n", "the end of the file",
        #"the quote that closes column "b", line 2"#, at: 6),
      damage(
        "a quote that is not closed in the header", "a,\"b\n1,2\n", "the end of the file",
        "the quote that closes column 2, line 1", at: 2),
      damage(
        "text after a closing quote", "a,b\n1,\"x\"y\n", #""y" after the closing quote of column "b", line 2"#,
        "a delimiter or the end of the line", at: 9),
      damage(
        "a quote within quotes", "a,b\n1,\"say \"no\"\"\n", #""n" after the closing quote of column "b", line 2"#,
        "a delimiter or the end of the line", at: 12),
      Damage("a name twice", Array("a,b,a\n1,2,3\n".utf8), .duplicateKey("a"), at: nil),
      Damage("a name twice in quotes", Array("a,\"a\"\n1,2\n".utf8), .duplicateKey("a"), at: nil),
      damage(
        "a word among numbers, late", many + "1,two\n", #""two" in column "b", line 2002"#, "a number",
        at: many.utf8.count + 2),
      damage(
        "a number with a letter, late", many + "1x,2\n", #""1x" in column "a", line 2002"#, "a number",
        at: many.utf8.count),
      damage(
        "two points in a number, late", many + "1,1.2.3\n", #""1.2.3" in column "b", line 2002"#, "a number",
        at: many.utf8.count + 2),
      damage(
        "10 MB in a column of numbers", many + "1,\(long)\n",
        #""\#(String(repeating: "x", count: 40))"… in column "b", line 2002"#, "a number", at: many.utf8.count + 2),
      damage(
        "2000 digits in a column of numbers", many + "1,\(String(repeating: "7", count: 2000))\n",
        #""\#(String(repeating: "7", count: 40))"… in column "b", line 2002"#, "a number", at: many.utf8.count + 2),
      damage(
        "a byte of zero in text", "a,b\n1,x\n2,y\0z\n", #""y\u0000z" in column "b", line 3"#,
        "text, which has no byte of zero", at: 10),
      damage(
        "a byte of zero in a name", "abcdefghi,b\0\n1,x\n", #""b\u0000" in column 2, line 1"#,
        "text, which has no byte of zero", at: 10),
      damage("bytes of zero", "a\0b\0", "binary data", "text", at: 1),
      Damage(
        "Latin-1", Array("a,b\n1,x\n2,caf".utf8) + [0xE9] + Array("\n".utf8),
        .malformed(found: "\"caf\u{FFFD}\" in column \"b\", line 3", expected: "UTF-8"), at: 10),
      Damage(
        "a character that is cut off, in quotes", Array("a,b\n1,\"".utf8) + [0xF0, 0x9F, 0x98] + Array("\"\n".utf8),
        .malformed(found: "\"\u{FFFD}\" in column \"b\", line 2", expected: "UTF-8"), at: 6),
      Damage(
        "UTF-16", [0xFF, 0xFE] + Array("a\0,\0b\0\n\0".utf8), .malformed(found: "UTF-16", expected: "UTF-8"), at: 0),
      Damage(
        "an Excel workbook", Array("PK\u{3}\u{4}\u{14}\0".utf8),
        .malformed(found: "a zip archive (such as an Excel workbook)", expected: "text"), at: 0),
      damage(
        "70,000 columns", String(repeating: ",", count: 70_000) + "\n", "more than 65536 cells in line 1",
        "at most 65536",
        at: 65_536),
      Damage(
        "gzip that is cut off", Array(gzip(Array("a,b\n1,2\n".utf8)).dropLast(9)), .damagedGzip("it ends too soon"),
        at: 19),
    ]
  }()
}
