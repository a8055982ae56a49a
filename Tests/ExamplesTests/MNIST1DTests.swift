import ExampleSupport
import Foundation
import Strata
import Testing

@testable import MNIST1D

@Suite(.seeded) struct `mnist-1d` {
  private func run(_ arguments: String...) -> (code: Int32, output: [String], errors: [String]) {
    let (output, errors) = (Lines(), Lines())
    let io = ExampleIO(output: { output.add($0) }, errors: { errors.add($0) })
    let code = runExample(arguments, io: io, trainMNIST1D)
    return (code, output.all, errors.all.filter { !$0.contains("debug build") })
  }

  @Test func `generates signals of mean 0 and variance 1, the same each time`() {
    let (train, test) = ShapesInNoise(countPerClass: 20).dataset()
    #expect(train.inputs.shape == [160, 40] && test.inputs.shape == [40, 40])
    let all = Tensor(concatenating: [train.inputs, test.inputs])
    #expect(abs(all.mean().item) < 1e-6 && abs(all.std(correction: 0).item - 1) < 1e-6)
    let labels = train.labels.elements(as: Int.self) + test.labels.elements(as: Int.self)
    #expect((0..<10).allSatisfy { digit in labels.filter { $0 == digit }.count == 20 })
    #expect(ShapesInNoise(countPerClass: 20).dataset().train.inputs == train.inputs)
    #expect(ShapesInNoise(countPerClass: 20, seed: 1).dataset().train.inputs != train.inputs)
  }

  @Test func `shuffles the numbers of all signals alike`() {
    let plain = ShapesInNoise(countPerClass: 2).dataset().train
    let shuffled = ShapesInNoise(countPerClass: 2, isShuffled: true).dataset().train
    #expect(plain.labels == shuffled.labels && plain.inputs != shuffled.inputs)
    let (a, b) = (plain.inputs.elements(as: Float.self), shuffled.inputs.elements(as: Float.self))
    let order = (0..<40).map { column in a[..<40].firstIndex(of: b[column])! }
    #expect(order.sorted() == Array(0..<40))
    for row in 0..<16 {
      for column in 0..<40 { #expect(b[row * 40 + column] == a[row * 40 + order[column]]) }
    }
  }

  @Test func `has the paper's models`() {
    var settings = MNIST1DSettings()
    let counts = MNIST1DSettings.ModelName.allCases.map { name in
      settings.model = name
      return signalModel(settings).parameterCount
    }
    #expect(counts == [410, 15_210, 5210, 5134])  // as PyTorch counts them
  }

  @Test func `learns, and prints one JSON object`() throws {
    let (code, output, errors) = run("--quiet", "--json", "--model", "logistic", "--epochs", "2")
    #expect(code == 0 && errors.isEmpty && output.count == 1)
    let text = try #require(output.first)
    #expect(text.contains("\"published_percent\":32"))
    let accuracy = try #require(text.firstMatch(of: /"test_accuracy":([0-9.]+)/)).1
    #expect(try #require(Double(accuracy)) > 0.2)
  }

  @Test func `shows signals and the model, and refuses what it does not know`() {
    let text = run("--epochs", "0", "--shuffled", "--model", "gru").output.joined(separator: "\n")
    for part in ["4000 training signals", "▒", "Bidirectional", "published: 57 %"] {
      #expect(text.contains(part), "\(part)")
    }
    let wrong = run("--model", "cmn")
    #expect(wrong.code == 64 && wrong.errors.count == 1 && wrong.errors[0].contains("did you mean cnn?"))
  }
}
