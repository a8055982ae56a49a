import Foundation
import Strata

/// CSV files, read whole and in blocks.
enum Tables {
  /// Writes a table of two integers, five numbers, a category and a quoted text, the same for the same size.
  static func generate(_ path: String, bytes: Int) throws {
    guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
    else { refuse("\(path) cannot be written") }
    file.write(Data("id,count,a,b,c,d,e,kind,note\n".utf8))
    var (generator, written, row) = (RandomGenerator(seed: 1), 0, 0)
    while written < bytes {
      var text = ""
      for _ in 0..<20_000 {
        row += 1
        text += "\(row),\(generator.next() % 1000)"
        for _ in 0..<5 { text += ",\(Double(Int64(generator.next() % 20_000_000)) / 1e6 - 10)" }
        text += ",kind\(generator.next() % 12),\"note \(generator.next() % 100_000), quoted\"\n"
      }
      file.write(Data(text.utf8))
      written += text.utf8.count
    }
  }

  static func read(_ path: String) throws -> [(String, Double)] {
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    let (seconds, cores, table) = try Clock.measure { try Table(csv: path) }
    return figures(size, seconds, cores, rows: table.rowCount)
  }

  static func readBlocks(_ path: String) throws -> [(String, Double)] {
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    let (seconds, cores, rows) = try Clock.measure {
      let reader = try CSVReader(path)
      var rows = 0
      while let table = try reader.next(rows: 16_384) { rows += table.rowCount }
      return rows
    }
    return figures(size, seconds, cores, rows: rows)
  }

  private static func figures(_ size: Int, _ seconds: Double, _ cores: Double, rows: Int) -> [(String, Double)] {
    [
      ("rows", Double(rows)), ("seconds", seconds), ("core_seconds", cores),
      ("megabytes_per_second", Double(size) / 1e6 / seconds), ("peak_mebibytes", Clock.memory("VmHWM")),
    ]
  }
}
