import Foundation
import Strata
import StrataTensor
import Testing

/// Training on batches from anywhere, of one tensor or several.
@Suite(.seeded) struct BatchSourceTests {
  /// Batches that are never seen twice, of which no one knows how many there will be.
  private struct Generator: BatchSource {
    var batches = 4
    var rows: (_ batch: Int, _ size: Int) -> Int = { $1 }
    func batches(for request: BatchRequest) -> BatchStream<Tensor, Tensor> {
      var made = 0
      return BatchStream {
        guard made < batches else { return nil }
        made += 1
        let x = withSeed(UInt64(made + 100 * (request.epoch ?? 99))) {
          Tensor(normal: [rows(made, request.batchSize), 1])
        }
        return Dataset.Batch(inputs: x, labels: 3 * x)
      }
    }
  }

  @Test func `a generator trains and judges`() throws {
    let lines = Lines()
    var trainer = Line.trainer(progress: .lines(to: lines.write))
    let history = try trainer.fit(Generator(), validation: Generator(batches: 1), epochs: 5, batchSize: 8)
    #expect(history.map(\.training.examples) == Array(repeating: 32, count: 5))
    #expect(history.last!.validation!.loss < 0.01 * history[0].training.loss)
    #expect(try trainer.evaluate(Generator(), batchSize: 2).examples == 8)
    #expect(lines.all.count == 5 && lines.all[0].hasPrefix("epoch 1/5  loss"))
  }

  @Test func `examples in files, read ahead, train to the same bits as those in memory`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "files-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try NPY.write(Line.data.inputs, to: folder + "/x.npy")
    try Safetensors.write(["y": Line.data.labels], to: folder + "/y.safetensors")
    let files = try StoredExamples(
      inputs: StoredArray(npy: folder + "/x.npy"), labels: StoredArray(safetensors: folder + "/y.safetensors", "y"))
    func state(_ source: some BatchSource<Tensor, Tensor>) throws -> [String: Tensor] {
      var trainer = Line.trainer()
      try trainer.fit(source, validation: source, epochs: 3, batchSize: 3)
      return trainer.model.state
    }
    let expected = try state(Line.data)
    #expect(try state(files) == expected)
    #expect(try state(files.prefetched(depth: 3)) == expected)
  }

  @Test func `a source that fails ends the training with its error`() throws {
    struct Unreadable: Error {}
    struct Broken: BatchSource {
      func batches(for request: BatchRequest) -> BatchStream<Tensor, Tensor> {
        var made = 0
        return BatchStream(count: 9) {
          made += 1
          if made == 3 { throw Unreadable() }
          return Dataset.Batch(inputs: [[1]], labels: [[3]])
        }
      }
    }
    var trainer = Line.trainer()
    #expect(throws: Unreadable.self) { try trainer.fit(Broken(), epochs: 1) }
    #expect(trainer.optimizer.stepsDone == 2 && trainer.epochsDone == 0)
  }

  @Test func `sets without examples are refused before any step`() throws {
    var trainer = Line.trainer()
    let none = Line.data[0..<0]
    #expect(throws: TrainingDataError.noExamples(purpose: "training")) { try trainer.fit(none, epochs: 1) }
    #expect(throws: TrainingDataError.noExamples(purpose: "validation")) {
      try trainer.fit(Line.data, validation: none, epochs: 1)
    }
    #expect(throws: TrainingDataError.noExamples(purpose: "evaluation")) { try trainer.evaluate(none) }
    #expect(throws: TrainingDataError.noExamples(purpose: "training")) {
      try trainer.fit(Line.data, epochs: 1, batchSize: 9, keepingRemainder: false)
    }
    #expect(throws: TrainingDataError.noExamples(purpose: "training")) {
      try trainer.fit(Generator(batches: 0), epochs: 1)
    }
    #expect(trainer.optimizer.stepsDone == 0)
  }

  @Test func `validation that does not fit is refused before any step`() throws {
    var trainer = Line.trainer()
    let wide = Dataset(inputs: Tensor(ones: [4, 2]), labels: Tensor(ones: [4, 1]))
    #expect(throws: ShapeError.self) { try trainer.fit(Line.data, validation: wide, epochs: 1) }
    #expect(trainer.optimizer.stepsDone == 0)
  }

  @Test func `a last batch too small for training is refused before any step, or left out`() throws {
    let model = Sequential {
      Linear(1, 2); BatchNorm(2); Linear(2, 1)
    }
    var trainer = Trainer(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: 0.01), progress: .silent)
    #expect {
      try trainer.fit(Line.data, epochs: 1, batchSize: 2)
    } throws: { error in
      "\(error)".contains("1: BatchNorm(2) expects an input of shape [B, 2, …] with more than one value a channel")
    }
    #expect(trainer.optimizer.stepsDone == 0)
    let record = try trainer.fit(
      Line.data, validation: Line.data[0..<1], epochs: 1, batchSize: 2, keepingRemainder: false)[0]
    #expect(record.training.examples == 4 && record.validation!.examples == 1)
    // Of a source whose batches are not known before, the batch is refused when it comes.
    let odd = Generator { batch, size in batch == 3 ? 1 : size }
    #expect(throws: ShapeError.self) { try trainer.fit(odd, epochs: 1, batchSize: 2) }
    #expect(trainer.optimizer.stepsDone == 4)
  }

  @Test func `rows that are not finite are named by their place in the data`() throws {
    let inputs = Tensor((0..<40).map { $0 == 17 ? Float.nan : $0 == 31 ? .infinity : 1 }, shape: [40, 1])
    var trainer = Line.trainer()
    let before = trainer.model.state
    #expect(throws: TrainingDataError.notFinite(part: "inputs", rows: [17, 31])) {
      try trainer.fit(Dataset(inputs: inputs, labels: Tensor(ones: [40, 1])), epochs: 1, batchSize: 40)
    }
    #expect(throws: TrainingDataError.notFinite(part: "labels", rows: [11])) {
      try trainer.fit(Dataset(inputs: Tensor(ones: [40, 1]), labels: inputs)[20..<40], epochs: 1, batchSize: 20)
    }
    #expect(trainer.model.state.allSatisfy { $1.isIdentical(to: before[$0]!) })
  }

  @Test func `labels that are no classes are refused before any step, or when their batch comes`() throws {
    let model = Linear(1, 3)
    var trainer = Trainer(
      model, loss: SoftmaxCrossEntropy(ignoredIndex: -1), optimizer: SGD(for: model, learningRate: 0.1),
      progress: .silent)
    let data = Dataset(inputs: Tensor(ones: [6, 1]), labels: Tensor(labels: [0, 1, 2, -1, 3, 0]))
    let outOfRange = TargetError(
      "SoftmaxCrossEntropy: class index 3 is out of range for 3 classes; indices go from 0 to 2, one for each output of "
        + "the last layer")
    #expect(throws: outOfRange) { try trainer.fit(data, epochs: 1, batchSize: 1) }
    #expect(throws: outOfRange) { try trainer.fit(data[0..<4], validation: data, epochs: 1) }
    #expect(throws: outOfRange) { try trainer.evaluate(data) }
    #expect(throws: TargetError.self) {
      try trainer.fit(Dataset(inputs: data.inputs, labels: data.labels.reshaped(to: [6, 1])), epochs: 1)
    }
    #expect(trainer.optimizer.stepsDone == 0)
    struct Stream: BatchSource {
      let data: Dataset
      func batches(for request: BatchRequest) -> BatchStream<Tensor, Tensor> { BatchStream(data.batches(of: 1)) }
    }
    #expect(throws: outOfRange) { try trainer.fit(Stream(data: data), epochs: 1) }
    #expect(trainer.optimizer.stepsDone == 4)
  }

  @Test func `a part of a batch too small for training is refused before any step`() throws {
    let model = Sequential {
      BatchNorm(1); Linear(1, 1)
    }
    var trainer = Trainer(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: 0.01), microBatchSize: 2,
      progress: .silent)
    #expect(throws: ShapeError.self) { try trainer.fit(Line.data, epochs: 1, batchSize: 5) }
    #expect(trainer.optimizer.stepsDone == 0)
    try trainer.fit(Line.data, epochs: 1, batchSize: 4, keepingRemainder: false)
  }

  /// The score of a pair: the product of two linear maps.
  private struct TwoTowers: Module {
    let user = Linear(2, 3)
    let item = Linear(4, 3)
    typealias Cache = (user: Linear.Cache, item: Linear.Cache, u: Tensor, v: Tensor)

    func forward(_ x: Pair<Tensor, Tensor>) -> (Tensor, Cache) {
      let (u, userCache) = user.forward(x.first)
      let (v, itemCache) = item.forward(x.second)
      return ((u * v).sum(along: 1, keepingAxis: true), (userCache, itemCache, u, v))
    }

    func backward(_ dy: Tensor, _ cache: Cache, _ gradients: inout Gradients) -> Pair<Tensor, Tensor> {
      Pair(
        user.backward(dy * cache.v, cache.user, &gradients), item.backward(dy * cache.u, cache.item, &gradients))
    }
  }

  @Test func `a module of two tensors trains on pairs`() throws {
    let model = withSeed(3) { TwoTowers() }
    let (a, b) = withSeed(4) { (Tensor(normal: [60, 2]), Tensor(normal: [60, 4])) }
    let data = Examples(inputs: Pair(a, b), labels: a[0..<60].sum(along: 1, keepingAxis: true))
    let (train, test) = data.split(at: 50)
    var trainer = Trainer(
      model, loss: MeanSquaredError(), optimizer: Adam(for: model, learningRate: 0.05), progress: .silent)
    let first = try trainer.evaluate(test)
    let history = try trainer.fit(train, validation: test, epochs: 30, batchSize: 16, patience: 30)
    #expect(history.map(\.validation!.loss).min()! < 0.2 * first.loss)
    let outputs = try model.predict(test.inputs, batchSize: 4)
    #expect(outputs.shape == [10, 1])
    #expect(outputs == model(test.inputs))
    #expect(try trainer.predict(test.inputs) == outputs)
    try trainer.step(on: .init(inputs: Pair(a, b), labels: data.labels))
  }
}
