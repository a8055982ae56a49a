import ExampleSupport
import Foundation
import Strata
import Testing

@testable import Reverse

@Suite(.seeded) struct `reverse` {
  private func run(_ arguments: String...) -> (code: Int32, output: [String]) {
    let output = Lines()
    let io = ExampleIO(output: { output.add($0) }, errors: { _ in })
    return (runExample(arguments, io: io, trainReverse), output.all)
  }

  @Test func `draws the same examples for one seed, with results that are right`() throws {
    let tasks = DigitTasks(length: 6, count: 50)
    let examples = (0..<50).map { tasks.example($0, for: BatchRequest(batchSize: 8, epoch: 1, seed: 3)) }
    for example in examples {
      #expect(3...6 ~= example.digits.count && example.digits.allSatisfy { 0...9 ~= $0 })
      #expect(example.result == (example.task == .sort ? example.digits.sorted() : example.digits.reversed()))
    }
    #expect(Set(examples.map(\.task)).count == 2)
    var batches = tasks.batches(for: BatchRequest(batchSize: 8, epoch: 1, seed: 3))
    let batch = try #require(try batches.next())
    #expect(batches.count == 7 && batch.count == 8)
    let (source, target, labels) = (batch.inputs.first, batch.inputs.second, batch.labels)
    for (row, example) in examples.prefix(8).enumerated() {
      let (n, result) = (example.digits.count, example.result)
      #expect(
        source[row].elements(as: Int32.self).prefix(n + 1).elementsEqual([example.task.rawValue] + example.digits))
      #expect(target[row].elements(as: Int32.self).prefix(n + 1).elementsEqual([DigitTasks.begin] + result))
      #expect(labels[row].elements(as: Int32.self).prefix(n + 1).elementsEqual(result + [DigitTasks.end]))
      #expect(labels[row].elements(as: Int32.self).dropFirst(n + 1).allSatisfy { $0 == DigitTasks.padding })
    }
  }

  @Test func `gets step by step the results of a model that sees all steps`() {
    var settings = ReverseSettings()
    (settings.features, settings.heads, settings.layers, settings.length) = (16, 2, 1, 5)
    let (model, tasks) = (translator(settings), DigitTasks(length: 5, count: 4))
    let examples = (0..<4).map { tasks.example($0, for: BatchRequest(batchSize: 4, seed: 1)) }
    let source = tasks.batch(of: examples).inputs.first
    var tokens = Tensor(Array(repeating: DigitTasks.begin, count: 4), shape: [4, 1])
    for _ in 0...5 {
      let next = model(Pair(source, tokens)).argmax()
      tokens = Tensor(concatenating: [tokens, next.sliced(tokens.shape[1] - 1..<tokens.shape[1], along: 1)], along: 1)
    }
    let expected = (0..<4).map {
      Array(tokens[$0].elements(as: Int32.self).dropFirst().prefix { $0 != DigitTasks.end })
    }
    #expect(model.results(of: examples, tasks) == expected)
  }

  @Test func `learns to copy the ends of sequences of two digits and prints one JSON object`() throws {
    struct Result: Decodable { let testAccuracy, testLoss: Double }
    let (code, output) = run(
      "--length", "2", "--features", "16", "--heads", "2", "--layers", "1", "--examples", "640", "--epochs", "4",
      "--lr",
      "0.01", "--quiet", "--json")
    #expect(code == 0 && output.count == 1)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let result = try decoder.decode(Result.self, from: Data(try #require(output.last).utf8))
    #expect(result.testAccuracy > 0.3 && result.testLoss < 1.2)
    #expect(run("--heads", "3").code == 64)
  }
}
