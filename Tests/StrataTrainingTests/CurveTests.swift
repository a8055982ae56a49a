import Foundation
import Strata
import StrataTensor
import Testing

@testable import StrataTraining

/// Curves over the steps of a run, and how a terminal shows them.
@Suite(.seeded) struct CurveTests {
  @Test(arguments: [0, 1, 511, 512, 513, 1024, 5000, 100_000])
  func `a curve of any length has a bounded number of points that hold every step`(steps: Int) {
    var curve = StepCurve()
    var measured = 0
    for step in 0..<steps {
      let hasNorm = curve.nextStepHasNorm
      measured += hasNorm ? 1 : 0
      curve.add(
        step: step + 1, loss: Double(step % 97), norm: hasNorm ? Double(step + 1) : .nan, rate: 1 / Double(step + 1))
    }
    let points = curve.points
    #expect(points.count <= StepCurve.capacity && points.count >= min(steps, 256))
    #expect(measured <= 512 + 256 * 9)
    #expect(points.map(\.count).reduce(0, +) == steps)
    var next = 0
    for point in points {
      let losses = (next..<next + point.count).map { Double($0 % 97) }
      #expect(point.firstStep == next + 1 && point.lastStep == next + point.count)
      #expect(point.lossSum == losses.reduce(0, +) && point.loss == point.lossSum / Double(point.count))
      #expect(point.leastLoss == losses.min() && point.greatestLoss == losses.max())
      #expect(point.rate == 1 / Double(point.lastStep))
      // The last point may still be open.
      #expect(point.norm == Double(point.lastStep) || point.lastStep == steps && point.norm.isNaN)
      next += point.count
    }
    let copy = StepCurve(numbers: curve.numbers)
    #expect(copy?.numbers.map(\.bitPattern) == curve.numbers.map(\.bitPattern))
  }

  @Test func `a loss that is not finite shows in its point, in any order`() {
    for losses in [[1, .nan, 2], [.nan, 1, 2], [1, 2, .nan]] as [[Double]] {
      var curve = StepCurve()
      for step in 0..<1024 { curve.add(step: step, loss: 1, rate: 1) }
      for (step, loss) in (losses + [0]).enumerated() { curve.add(step: 1024 + step, loss: loss, rate: 1) }
      let point = curve.points.last!
      #expect(point.count == 4 && point.loss.isNaN && point.leastLoss.isNaN && point.greatestLoss.isNaN)
    }
  }

  private func chart(_ series: [BrailleChart.Series], rows: Int = 4, columns: Int = 60, isColoured: Bool = false)
    -> [String]
  {
    BrailleChart(rows: rows, columns: columns, isColoured: isColoured).lines(series)
  }

  private func series(_ name: String, _ ys: [Double], colour: Int = 36) -> BrailleChart.Series {
    .init(name: name, points: ys.enumerated().map { (Double($0), $1) }, colour: colour)
  }

  @Test func `a falling line goes from the upper left to the lower right`() {
    let lines = chart([series("training", [3, 2, 1, 0])], columns: 48)
    let rows = lines.prefix(4).map { line in line.unicodeScalars.map { 0x2800...0x28FF ~= $0.value } }
    let columns = rows.map { row in row.indices.filter { row[$0] } }
    #expect(columns[0].first == 2 && zip(columns, columns.dropFirst()).allSatisfy { $0.last! <= $1.first! + 1 })
    #expect(lines[0].hasPrefix("3 ") && lines[3].hasPrefix("0 ") && lines[3].hasSuffix(" training 0.000e+00"))
    #expect(lines[4].hasPrefix("  0 ") && lines[4].hasSuffix("3 steps"))
    #expect(lines.allSatisfy { $0.count <= 48 })
  }

  @Test func `names stand at the ends of their curves, apart from each other`() {
    let lines = chart([series("training", [3, 1, 1]), series("validation", [3, 1.05, 1.01])])
    let training = lines.firstIndex { $0.hasSuffix("training 1.0000") }
    let validation = lines.firstIndex { $0.hasSuffix("validation 1.0100") }
    #expect(training == 3 && validation == 2)
  }

  @Test func `colours are for curves and names alone`() {
    let plain = chart([series("a", [1, 2, 3]), series("b", [3, 2, 1], colour: 33)])
    let coloured = chart([series("a", [1, 2, 3]), series("b", [3, 2, 1], colour: 33)], isColoured: true)
    #expect(coloured.contains { $0.contains("\u{1B}[36m") } && coloured.contains { $0.contains("\u{1B}[33m") })
    #expect(coloured.map { $0.replacing(/\x1B\[[0-9]+m/, with: "") } == plain)
  }

  @Test func `what cannot be drawn is left out`() {
    #expect(chart([]).isEmpty && chart([series("a", [])]).isEmpty && chart([series("a", [.nan, .infinity])]).isEmpty)
    #expect(chart([series("a", [1, 2])], columns: 30).isEmpty)
    for ys in [[1, .nan, 3], [2, 2], [5], [1e308, -1e308], [1e-307, 1e308], [0, 1e-300]] as [[Double]] {
      let lines = chart([series("a", ys)])
      #expect(lines.count == 5 && lines.allSatisfy { $0.count <= 60 }, "\(ys)")
    }
  }

  @Test func `a terminal shows Braille in a locale of UTF-8, but not on Linux's console`() {
    #expect(ProgressDisplay.hasBraille(["LANG": "en_US.UTF-8"]) && ProgressDisplay.hasBraille(["LC_ALL": "C.utf8"]))
    #expect(ProgressDisplay.hasBraille(["LC_ALL": "", "LC_CTYPE": "de_DE.UTF-8", "LANG": "C", "TERM": "xterm"]))
    #expect(!ProgressDisplay.hasBraille(["LC_ALL": "C", "LANG": "en_US.UTF-8"]) && !ProgressDisplay.hasBraille([:]))
    #expect(!ProgressDisplay.hasBraille(["LANG": "en_US.UTF-8", "TERM": "linux"]))
  }

  /// The lines that a terminal shows after what was written to it.
  private func screen(_ text: String) -> [String] {
    var (lines, row, column): ([[Character]], Int, Int) = ([[]], 0, 0)
    var rest = text[...]
    while let character = rest.popFirst() {
      switch character {
      case "\n":
        (row, column) = (row + 1, 0)
        if row == lines.count { lines.append([]) }
      case "\r": column = 0
      case "\u{1B}":
        let command = rest.prefix { !$0.isLetter }
        rest = rest.dropFirst(command.count)
        switch rest.popFirst() {
        case "A": row -= Int(command.dropFirst())!
        case "K": lines[row] = Array(lines[row].prefix(column))
        case "J":
          lines[row] = Array(lines[row].prefix(column))
          lines.removeLast(lines.count - 1 - row)
        default: break
        }
      default:
        if column < lines[row].count { lines[row][column] = character } else { lines[row].append(character) }
        column += 1
      }
    }
    return lines.map { String($0) }
  }

  private func written(
    epochs: Int, height: Int = 30, _ onEpochEnd: (Lines) -> Void = { _ in }
  ) throws -> String {
    let lines = Lines()
    let curves = ProgressDisplay.Curves(rows: 4, isColoured: false) { height }
    var trainer = Line.trainer(
      rate: 0.01, progress: ProgressDisplay(.terminal(width: { 80 }), lines.write).withCurves(curves))
    try trainer.fit(Line.data, validation: Line.data, epochs: epochs, batchSize: 1) { _, _ in onEpochEnd(lines) }
    return lines.written
  }

  @Test func `a terminal ends with a line for each epoch and the curves below them`() throws {
    let lines = screen(try written(epochs: 3))
    #expect(lines.prefix(3).map { $0.prefix(15) } == (1...3).map { "epoch \($0)/3  loss" })
    #expect(lines.count == 3 + 5 + 1 && lines.last == "")
    #expect(lines[3...6].contains { $0.contains("validation ") } && lines[7].hasSuffix("15 steps"))
  }

  @Test func `what others write after an epoch stays, and meets no curves`() throws {
    let lines = screen(try written(epochs: 3) { $0.write("a note\n") })
    #expect(lines.prefix(6).map { $0.prefix(6) } == ["epoch ", "a note", "epoch ", "a note", "epoch ", "a note"])
    #expect(lines[1] == "a note" && lines.count == 6 + 5 + 1)
  }

  @Test func `a low terminal, a pipe and a file have no curves`() throws {
    #expect(screen(try written(epochs: 2, height: 6)).count == 3)
    let lines = Lines()
    let curves = ProgressDisplay.Curves(rows: 4, isColoured: false) { 50 }
    var trainer = Line.trainer(progress: .lines(to: lines.write).withCurves(curves))
    try trainer.fit(Line.data, epochs: 2)
    #expect(lines.all.count == 2 && !lines.written.contains("\u{1B}"))
    trainer.progress = .lines(to: lines.write).withCurves()
    try trainer.fit(Line.data, epochs: 2)
    #expect(lines.all.count == 4 && !lines.written.contains("\u{1B}"))
  }

  @Test func `a run that fails leaves its line and its curves, and the screen in order`() throws {
    struct Fail: Callback {
      func beforeStep(_ trainer: inout some TrainingLoop) throws {
        if trainer.stepsDone == 7 { throw CancellationError() }
      }
    }
    let lines = Lines()
    let curves = ProgressDisplay.Curves(rows: 4, isColoured: false) { 30 }
    var trainer = Line.trainer(
      rate: 0.01, progress: ProgressDisplay(.terminal(width: { 80 }), lines.write).withCurves(curves),
      callbacks: [Fail()])
    #expect(throws: CallbackError.self) { try trainer.fit(Line.data, epochs: 3, batchSize: 1) }
    let shown = screen(lines.written)
    #expect(shown[0].hasPrefix("epoch 1/3  loss") && shown[1].hasPrefix("epoch 2/3") && shown.count == 2 + 5 + 1)
  }
}
