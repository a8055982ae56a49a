import ExampleSupport
import Foundation
import Strata
import Testing

@testable import Forecast

/// Runs of `forecast` in this process.
@Suite(.seeded) struct ForecastTests {
  private func run(_ arguments: String...) -> (code: Int32, output: [String], errors: [String]) {
    let (output, errors) = (Lines(), Lines())
    let io = ExampleIO(output: { output.add($0) }, errors: { errors.add($0) })
    let code = runExample(arguments, io: io, runForecast)
    return (code, output.all, errors.all.filter { !$0.contains("debug build") })
  }

  @Test func `both networks beat the forecast that nothing changes`() throws {
    let (code, output, _) = run(
      "--quiet", "--json", "--epochs", "4", "--hidden", "8", "--length", "12", "--lr", "0.02")
    #expect(code == 0 && output.count == 1)
    let object = try JSONSerialization.jsonObject(with: Data(output[0].utf8)) as? [String: Any]
    let naive = try #require(object?["naive_test_error"] as? Double)
    // Half a year ahead it is the other season.
    #expect(naive > 1.5)
    for name in ["lstm_test_error", "gru_test_error"] {
      let error = try #require(object?[name] as? Double)
      #expect(error < 0.7 * naive, "\(name)")
    }
  }

  @Test func `the naive forecast is the last value that was seen, in degrees`() throws {
    var settings = ForecastSettings()
    (settings.length, settings.horizon) = (3, 2)
    let table = Table([
      "month": .text(TextColumn((0..<20).map { "\($0)" })), "temperature": .decimals((0..<20).map { Double($0 * $0) }),
      "other": .integers(Array(0..<20)),
    ])
    let series = try Series(table, settings)
    #expect(series.names == ["temperature", "other"])
    // The last five steps, 225 to 361, are one window: 289 is the last value seen, 324 and 361 come then.
    #expect(series.test.count == 1 && series.train.count == 11)
    let errors = series.errors(of: series.naive)
    #expect(abs(errors[0] - 35) < 1e-3 && abs(errors[1] - 72) < 1e-3)
  }

  @Test func `it prints the errors by step`() {
    let (code, output, _) = run("--epochs", "0", "--hidden", "4", "--horizon", "2")
    let text = output.joined(separator: "\n")
    #expect(code == 0)
    for part in ["732 rows, 4 columns", "steps     naive      LSTM       GRU", "\n    2 ", "Test error over all steps"]
    {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test func `a series that is too short, or without the column, is refused`() {
    let short = run("--quiet", "--length", "200")
    #expect(short.code == 65)
    #expect(
      short.errors == ["forecast: 732 steps are too few for windows of 200 and 6 steps in both parts"])
    let unknown = run("--quiet", "--target", "month")
    #expect(unknown.code == 65)
    #expect(unknown.errors.first?.hasPrefix("forecast: there is no column of numbers \"month\" among") == true)
  }
}
