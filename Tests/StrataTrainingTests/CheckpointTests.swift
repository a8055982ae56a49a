import Foundation
import Strata
import StrataTensor
import Testing

/// A run that goes on from a checkpoint makes the steps of the run that was never stopped, bit for bit.
@Suite(.seeded) struct CheckpointTests {
  private static let images = Dataset(
    inputs: withSeed(3) { Tensor(normal: [50, 6]) }, labels: Tensor(labels: (0..<50).map { $0 * 7 % 3 }))
  private static let sequences = Dataset(
    inputs: withSeed(4) { Tensor(normal: [50, 5, 6]) }, labels: Tensor(labels: (0..<50).map { $0 * 7 % 3 }))

  /// A run that can be made again under any seed.
  private struct Run: Sendable, CustomStringConvertible {
    let description: String
    let data: Dataset
    let model: @Sendable () -> Sequential
    /// Trains to the end, or goes on to it, with a callback; returns the model's and the optimizer's state.
    let train:
      @Sendable (Run, UInt64, String?, [any Callback]) throws -> (state: [String: Tensor], history: [EpochRecord])

    init<Rule: Optimizer>(
      _ description: String, on data: Dataset = CheckpointTests.images, patience: Int? = nil,
      optimizer: @escaping @Sendable (Sequential) -> Rule,
      configure: @escaping @Sendable (inout Trainer<Sequential, SoftmaxCrossEntropy, Rule>) -> Void = { _ in },
      model: @escaping @Sendable () -> Sequential
    ) {
      (self.description, self.data, self.model) = (description, data, model)
      train = { run, seed, directory, callbacks in
        let model = withSeed(seed) { run.model() }
        var trainer = Trainer(
          model, loss: SoftmaxCrossEntropy(), optimizer: optimizer(model), seed: seed, progress: .silent)
        configure(&trainer)
        trainer.callbacks += callbacks
        if let directory { try trainer.resume(from: directory) }
        try trainer.fit(
          run.data, validation: run.data[0..<20], epochs: max(0, 4 - trainer.epochsDone), batchSize: 8,
          patience: patience
        ) { trainer, record in trainer.learningRate *= record.epoch == 3 ? 0.5 : 1 }
        return (trainer.model.state.merging(trainer.optimizer.state) { $1 }, trainer.history)
      }
    }
  }

  private static let runs = [
    Run("dropout and normalization by Adam", optimizer: { Adam(for: $0, learningRate: 0.05) }) {
      Sequential {
        Linear(6, 16); BatchNorm(16); ReLU(); Dropout(0.4); Linear(16, 3)
      }
    },
    Run("an LSTM by RMSProp", on: sequences, optimizer: { RMSProp(for: $0, momentum: 0.5) }) {
      Sequential {
        Recurrent(LSTMCell(6, 8)); Dropout(0.2); LastStep(); Linear(8, 3)
      }
    },
    Run(
      "early stopping with a plateau", patience: 2, optimizer: { SGD(for: $0, learningRate: 0.5, momentum: 0.9) },
      configure: { $0.plateau = ReduceOnPlateau(factor: 0.5, patience: 0) }
    ) {
      Sequential {
        Linear(6, 16); Tanh(); Linear(16, 3)
      }
    },
    Run(
      "the best state by a metric, in micro-batches", optimizer: { AdamW(for: $0, learningRate: 0.05) },
      configure: {
        $0.microBatchSize = 3
        $0.validationMetrics = [Recall()]
        $0.callbacks.append(EarlyStopping(patience: 1, monitor: .highest("recall")))
      }
    ) {
      Sequential {
        Linear(6, 16); Dropout(0.3); ReLU(); Linear(16, 3)
      }
    },
    Run(
      "one cycle with Muon", optimizer: { Muon(for: $0, adam: ["3.*"]) },
      configure: {
        $0.schedule = .oneCycle(to: 0.05, epochs: 4)
        $0.maximumGlobalNorm = 1
      }
    ) {
      Sequential {
        Linear(6, 16); ReLU(); Linear(16, 16); Linear(16, 3)
      }
    },
    Run("NAdam", optimizer: { NAdam(for: $0) }) {
      Sequential { Linear(6, 3) }
    },
  ]

  /// Ends training as a kill would, after some steps.
  private struct Kill: Callback {
    let steps: Int
    struct Killed: Error {}
    func beforeStep(_ trainer: inout some TrainingLoop) throws { if trainer.stepsDone == steps { throw Killed() } }
  }

  private func withDirectory(_ body: (String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "checkpoints-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try body(directory)
  }

  @Test(arguments: runs.indices, [0, 1, 6, 7, 8, 20, 27])
  func `a killed run ends with the bits of one that was not`(_ index: Int, killedAfter steps: Int) throws {
    let run = Self.runs[index]
    let whole = try run.train(run, 1, nil, [])
    try withDirectory { directory in
      let checkpointer = Checkpointer(directory, everySteps: 3)
      _ = try? run.train(run, 1, nil, [Kill(steps: steps), checkpointer])
      // The seed is the checkpoint's, once there is one.
      let resumed = try run.train(run, steps < 3 ? 1 : 99, directory, [checkpointer])
      #expect(resumed.history.map(\.training) == whole.history.map(\.training), "\(run)")
      #expect(resumed.history.map(\.validation) == whole.history.map(\.validation), "\(run)")
      for (path, tensor) in whole.state { #expect(resumed.state[path]!.isIdentical(to: tensor), "\(run) \(path)") }
      // What is complete stays so.
      let again = try run.train(run, 5, directory, [checkpointer])
      for (path, tensor) in whole.state { #expect(again.state[path]!.isIdentical(to: tensor), "\(run) again \(path)") }
    }
  }

  private func trainer(_ callbacks: any Callback...) -> Trainer<Linear, SoftmaxCrossEntropy, SGD> {
    let model = Linear(6, 3)
    return Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 0.1), progress: .silent,
      callbacks: callbacks)
  }

  @Test func `the last files are kept, and the best epoch's`() throws {
    struct Hill: Callback {
      func afterEpoch(_ trainer: inout some TrainingLoop) {
        trainer.metrics["hill"] = [1, 3, 2, 1][trainer.epochsDone - 1]
      }
    }
    try withDirectory { directory in
      var trainer = trainer(
        Hill(), Checkpointer(directory, everySteps: 3, keepingLast: 2, best: .highest("hill")))
      try trainer.fit(Self.images, epochs: 4, batchSize: 10)
      let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
      #expect(names == ["best.safetensors", "step-0000000018.safetensors", "step-0000000020.safetensors"])
      let best = try TrainingCheckpoint(contentsOf: directory + "/best.safetensors")
      #expect(best.epochsDone == 2 && best.stepsDone == 10 && best.batchesDone == 0)
      let middle = try TrainingCheckpoint(contentsOf: directory + "/step-0000000018.safetensors")
      #expect(middle.epochsDone == 3 && middle.batchesDone == 3)
      try trainer.load(best)
      #expect(trainer.epochsDone == 2 && trainer.history.count == 2)
    }
  }

  @Test func `a damaged file is passed over for the one before it, and all damaged are an error`() throws {
    try withDirectory { directory in
      var trainer = trainer(Checkpointer(directory))
      try trainer.fit(Self.images, epochs: 3, batchSize: 10)
      let files = try FileManager.default.contentsOfDirectory(atPath: directory).sorted().map { directory + "/" + $0 }
      func flip(_ file: String, at place: Double) throws {
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: file)))
        bytes[Int(Double(bytes.count - 1) * place)] ^= 4
        try Data(bytes).write(to: URL(filePath: file))
      }
      try flip(files[2], at: 1)
      #expect(try trainer.resume(from: directory)?.epochsDone == 2)
      try flip(files[1], at: 0.1)
      #expect(try trainer.resume(from: directory)?.epochsDone == 1)
      try Data().write(to: URL(filePath: files[0]))
      #expect(throws: DataError.self) { try trainer.resume(from: directory) }
      #expect(try trainer.resume(from: directory + "/none") == nil)
    }
  }

  @Test func `another model, optimizer or callback is refused`() throws {
    try withDirectory { directory in
      var first = trainer(Checkpointer(directory), EarlyStopping(patience: 3))
      try first.fit(Self.images, epochs: 1, batchSize: 10)
      let other = Linear(6, 4)
      var trainer = Trainer(
        other, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: other, learningRate: 1), progress: .silent)
      #expect(throws: StateError.self) { try trainer.resume(from: directory) }
      let same = Linear(6, 3)
      var adam = Trainer(same, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: same), progress: .silent)
      let weight = same.weight.value
      #expect(throws: StateError.self) { try adam.resume(from: directory) }
      #expect(same.weight.value == weight && adam.epochsDone == 0)
    }
  }

  @Test func `a file without the progress of a run, or with an impossible one, is no checkpoint`() throws {
    try withDirectory { directory in
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      let path = directory + "/x.safetensors"
      for metadata in [[:], ["strata.checkpoint": "{}"], ["strata.checkpoint": "{\"version\":1,\"epochsDone\":-1}"]] {
        try Safetensors.write(["a": [1]], metadata: metadata, to: path)
        #expect(throws: DataError.self) { try TrainingCheckpoint(contentsOf: path) }
      }
    }
  }

  @Test func `images that are augmented and mixed ahead of training go on in the middle of an epoch`() throws {
    let images = Dataset(
      inputs: withSeed(5) { Tensor(uniform: [30, 1, 4, 4]) }, labels: Tensor(labels: (0..<30).map { $0 * 7 % 3 }))
    func state(_ seed: UInt64, workers: Int, from directory: String? = nil, _ callbacks: any Callback...) throws
      -> [String: Tensor]
    {
      let source = images.augmented(with: [.horizontalFlip(), .crop(padding: 1), .rotation(degrees: 9), .noise(0.1)])
        .mixed(by: [.mixUp(), .cutMix()], classes: 3).prefetched()
      let model = withSeed(2) {
        Sequential {
          Flatten(); Linear(16, 3)
        }
      }
      var trainer = Trainer(
        model, loss: SoftmaxCrossEntropy(labelSmoothing: 0.1), optimizer: Adam(for: model), seed: seed,
        progress: .silent, callbacks: callbacks)
      if let directory { try trainer.resume(from: directory) }
      _ = try? withWorkers(workers) {
        try trainer.fit(source, epochs: max(0, 3 - trainer.epochsDone), batchSize: 8)
      }
      return model.state
    }
    let whole = try state(1, workers: 1)
    for steps in [3, 6] {
      try withDirectory { directory in
        let checkpointer = Checkpointer(directory, everySteps: 1)
        let killed = try state(1, workers: 2, Kill(steps: steps), checkpointer)
        #expect(killed != whole)
        #expect(try state(99, workers: 2, from: directory, checkpointer) == whole)
      }
    }
  }

  @Test func `a user's source goes on in the middle of an epoch too`() throws {
    struct Waves: BatchSource {
      func batches(for request: BatchRequest) -> BatchStream<Tensor, Tensor> {
        var generator = RandomGenerator(seed: UInt64(request.epoch ?? 0))
        var rest = 6
        return BatchStream {
          rest -= 1
          if rest < 0 { return nil }
          let x = Tensor(normal: [request.batchSize, 6], using: &generator)
          return Dataset.Batch(
            inputs: x, labels: Tensor(labels: x.sum(along: 1).elements(as: Float.self).map { $0 > 0 ? 1 : 0 }))
        }
      }
    }
    try withDirectory { directory in
      func run(_ seed: UInt64, resumes: Bool, _ callbacks: [any Callback]) throws -> Tensor {
        let model = withSeed(seed) { Linear(6, 3) }
        var trainer = Trainer(
          model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), progress: .silent, callbacks: callbacks)
        if resumes { try trainer.resume(from: directory) }
        try trainer.fit(Waves(), epochs: 3 - trainer.epochsDone, batchSize: 4)
        return model.weight.value
      }
      let whole = try run(1, resumes: false, [])
      _ = try? run(1, resumes: false, [Kill(steps: 9), Checkpointer(directory, everySteps: 2)])
      #expect(try run(2, resumes: true, []).isIdentical(to: whole))
    }
  }

  @Test func `the first signal ends training after the step, with a checkpoint`() async {
    await #expect(processExitsWith: .success) {
      struct Signal: Callback {
        func afterStep(_ trainer: inout some TrainingLoop) { if trainer.stepsDone == 3 { send(SIGTERM) } }
      }
      let directory = FileManager.default.temporaryDirectory.appending(path: "signals-\(UUID())").path
      defer { try? FileManager.default.removeItem(atPath: directory) }
      let model = Linear(6, 3)
      var trainer = Trainer(
        model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 0.1), progress: .silent,
        callbacks: [Signal(), Checkpointer(directory, stopsOnSignals: true)])
      do {
        try trainer.fit(CheckpointTests.images, epochs: 2, batchSize: 10)
        exit(1)
      } catch let error as InterruptionError {
        precondition(error.signal == SIGTERM)
      }
      precondition(trainer.stepsDone == 3)
      trainer.callbacks = []
      let checkpoint = try trainer.resume(from: directory)
      precondition(checkpoint?.stepsDone == 3 && checkpoint?.batchesDone == 3)
    }
  }

  @Test func `a second signal ends the program at once`() async {
    await #expect(processExitsWith: .signal(SIGTERM)) {
      struct Signals: Callback {
        func afterStep(_ trainer: inout some TrainingLoop) {
          send(SIGTERM)
          send(SIGTERM)
        }
      }
      let model = Linear(6, 3)
      var trainer = Trainer(
        model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 0.1), progress: .silent,
        callbacks: [Signals(), Checkpointer(FileManager.default.temporaryDirectory.path, stopsOnSignals: true)])
      try trainer.fit(CheckpointTests.images, epochs: 2, batchSize: 10)
    }
  }
}

/// Sends a signal to the process, not to the thread, which may block it, and waits until it has come.
private func send(_ signal: Int32) {
  kill(getpid(), signal)
  usleep(100_000)
}
