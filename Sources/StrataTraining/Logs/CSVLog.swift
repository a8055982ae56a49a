import Foundation
import StrataData
import StrataTensor

/// A table of the epochs as a CSV file: a row an epoch, a column a figure.
///
/// ```swift
/// var trainer = Trainer(model, loss: loss, optimizer: optimizer, callbacks: [CSVLog("runs/lstm.csv")])
/// ```
///
/// The columns are `epoch`, `step`, `loss`, `accuracy`, `validation loss`, … A table that is there is continued: rows of
/// epochs that are trained again are replaced. A figure that an epoch does not have leaves its place empty.
public struct CSVLog: Callback {
  /// Where the table is.
  public let path: String

  private var columns: [String] = []
  private var rows: [[String]] = []
  /// Whether the file holds these rows and no others.
  private var isWritten = false

  /// A table at a path, whose directories are made.
  public init(_ path: String) { self.path = path }

  public mutating func beforeTraining(_ trainer: inout some TrainingLoop) {
    let lines = ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let last = trainer.epochsDone
    columns = lines.first ?? []
    rows = lines.dropFirst().filter { $0.count == columns.count && (Int($0[0]) ?? .max) <= last }
    isWritten = false
  }

  public mutating func afterEpoch(_ trainer: inout some TrainingLoop) throws {
    let record = trainer.history.last!
    var cells = ["epoch": "\(record.epoch)", "step": "\(trainer.stepsDone)"]
    var names = ["epoch", "step"]
    for figure in record.allFigures {
      let name = String(figure.title.map { ",\"\n\r".contains($0) ? " " : $0 })
      names.append(name)
      cells[name] = "\(figure.value)"
    }
    let added = names.filter { !columns.contains($0) }
    columns += added
    rows = rows.map { $0 + added.map { _ in "" } } + [columns.map { cells[$0] ?? "" }]
    if isWritten, added.isEmpty {
      try LogFile(appendingTo: path).append(line(rows.last!))
    } else {
      try LogFile.makeDirectory(of: path)
      let file = try OutputFile(replacing: path)
      try file.append(Array((line(columns) + rows.map(line).joined()).utf8))
      try file.commit()
      isWritten = true
    }
  }

  private func line(_ cells: [String]) -> String { cells.joined(separator: ",") + "\n" }
}
