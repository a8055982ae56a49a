import ExampleSupport
import Foundation
import Strata
import Testing

@testable import Tabular

/// Runs of `tabular` in this process.
@Suite(.seeded) struct TabularTests {
  private func run(_ arguments: String...) -> (code: Int32, output: [String], errors: [String]) {
    let (output, errors) = (Lines(), Lines())
    let io = ExampleIO(output: { output.add($0) }, errors: { errors.add($0) })
    let code = runExample(arguments, io: io, runTabular)
    return (code, output.all, errors.all.filter { !$0.contains("debug build") })
  }

  private func figure(_ name: String, _ line: String?) throws -> Double {
    let object = try JSONSerialization.jsonObject(with: Data(try #require(line).utf8)) as? [String: Any]
    return try #require(object?[name] as? Double)
  }

  @Test func `it tells the cultivars of the bundled wines`() throws {
    let (code, output, _) = run("--quiet", "--json", "--epochs", "20", "--lr", "0.01")
    #expect(code == 0 && output.count == 1)
    #expect(try figure("test_accuracy", output.last) > 0.9)
    #expect(try figure("test_roc_auc", output.last) > 0.98)
    #expect(output[0].contains("\"test_r2\":null"))
  }

  @Test func `it tells a number, and prints the table before`() throws {
    let (code, output, _) = run("--json", "--epochs", "30", "--lr", "0.01", "--target", "proline")
    #expect(code == 0)
    #expect(try figure("test_r2", output.last) > 0.5)
    let text = output.joined(separator: "\n")
    for part in ["178 rows, 14 columns", "standardized", "15 features", "R²"] where part != "standardized" {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test func `it tests on the rows of another file where one is given`() throws {
    let file = FileManager.default.temporaryDirectory.path + "/strata-\(UUID().uuidString).csv"
    defer { try? FileManager.default.removeItem(atPath: file) }
    let table = try Table(csv: CommonSettings.bundled("wine.csv", "a file"))
    try table[table.rowCount - 30..<table.rowCount].write(csv: file)
    let (code, output, _) = run("--epochs", "1", "--test-data", file)
    #expect(code == 0 && output.contains { $0.contains("178 rows for training, 30 for the test") })
    #expect(run("--epochs", "1", "--test-data", "nowhere.csv").code == 65)
  }

  @Test func `a model that was saved predicts the rows of another file`() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/strata-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (model, rows, output) = (folder + "/model.safetensors", folder + "/new.csv", folder + "/predicted.csv")
    let table = try Table(csv: CommonSettings.bundled("wine.csv", "a file"))
    try table.dropping(["cultivar"]).write(csv: rows)
    for (target, isText) in [("cultivar", true), ("alcohol", false)] {
      #expect(run("--quiet", "--epochs", "15", "--lr", "0.01", "--target", target, "--save", model).code == 0)
      if target != "cultivar" { try table.dropping([target]).write(csv: rows) }
      let (code, lines, errors) = run("--predict", rows, "--model", model, "--output", output)
      #expect(code == 0 && errors.isEmpty)
      #expect(lines == ["178 predictions written to \(output)"])
      let predicted = try Table(csv: output)
      #expect(predicted.columnNames == table.columnNames.filter { $0 != target } + ["predicted \(target)"])
      if isText {
        let right = zip(predicted["predicted cultivar"].texts, table["cultivar"].texts).count { $0 == $1 }
        #expect(right > 160)
      } else {
        let errors = zip(predicted["predicted alcohol"].numbers!, table["alcohol"].numbers!).map { abs($0 - $1) }
        #expect(errors.reduce(0, +) / 178 < 0.6)
      }
    }
  }

  @Test func `what cannot be done is one line with a code`() {
    let cases: [([String], Int32, String)] = [
      (["--target", "cultivr"], 65, #"tabular: there is no column "cultivr" among"#),
      (["--data", "/no/such/file.csv"], 65, "tabular: /no/such/file.csv: no such file"),
      (["--model", "x.safetensors"], 64, "tabular: --predict FILE and --model FILE belong together"),
      (["--predict", "x.csv", "--model", #filePath], 65, "tabular: \(#filePath)"),
      (["--test", "2"], 64, "tabular: --test needs a number of 0 or more and below 1"),
    ]
    for (arguments, code, message) in cases {
      let errors = Lines()
      let result = runExample(arguments, io: ExampleIO(output: { _ in }, errors: { errors.add($0) }), runTabular)
      let lines = errors.all.filter { !$0.contains("debug build") }
      #expect(result == code && lines.count == 1 && lines[0].hasPrefix(message), "\(lines)")
    }
  }
}
