import Foundation
import StrataData
import StrataTensor

/// The file in which each trial that has ended has a line of JSON, after a line that says what sweep it is.
struct SweepJournal: Sendable {
  /// The first line.
  private struct Title: Codable, Equatable {
    let sweep: String
  }

  private let file: LogFile

  /// The trials that had ended when it was opened.
  let outcomes: [SweepResult.Outcome]

  /// Opens a journal, or begins one. A last line that a program has not finished, as it was killed, is removed.
  ///
  /// - Throws: ``SweepError`` where it is that of another sweep; `DataError` where a line is damaged or it cannot be
  ///   written.
  init(_ path: String, of sweep: String) throws {
    let text = FileManager.default.fileExists(atPath: path) ? try TextFile.bytes(of: path) : []
    let whole = text.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    if whole < text.count {
      let output = try OutputFile(replacing: path)
      try output.append(Array(text[..<whole]))
      try output.commit()
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    var (outcomes, position): ([SweepResult.Outcome], Int) = ([], 0)
    for line in text[..<whole].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
      do {
        if position == 0 {
          let title = try decoder.decode(Title.self, from: Data(line))
          guard title.sweep == sweep else { throw SweepError(path: path, found: title.sweep, expected: sweep) }
        } else {
          outcomes.append(try decoder.decode(SweepResult.Outcome.self, from: Data(line)))
        }
      } catch let error where !(error is SweepError) {
        throw DataError(
          path, .malformed(found: "a line that is none of a sweep's journal", expected: "JSON"), at: position)
      }
      position += line.count + 1
    }
    self.outcomes = outcomes
    file = try LogFile(appendingTo: path)
    if whole == 0 { try append(Title(sweep: sweep)) }
  }

  /// Adds a trial that has ended; when this returns it is on the disk.
  func add(_ outcome: SweepResult.Outcome) throws { try append(outcome) }

  private func append(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    try file.append(Array(try encoder.encode(value)) + [UInt8(ascii: "\n")])
    try file.sync()
  }
}
