// Exercises what threads share in Strata under the thread sanitizer: one model in eight tasks, a model that learns
// during inference by others and in snapshots, batches made ahead, the worker pool, and the memory pool.
//
//   swift run --sanitize thread Threads [--plant-race]
//
// With --plant-race the blocks of one operation all write to the same place, which the sanitizer must report.

import Strata
import StrataTensor

Runtime.workers = 4

func makeModel() -> Sequential {
  Sequential {
    Linear(40, 300)
    BatchNorm(300)
    ReLU()
    Dropout(0.3)
    Linear(300, 10)
  }
}
let model = withSeed(1) { makeModel() }
var generator = RandomGenerator(seed: 1, stream: 1 << 20)
let inputs = Tensor(normal: [600, 40], using: &generator)  // enough rows to divide every operation into blocks
let labels = Tensor(labels: (0..<600).map { $0 % 10 })

/// Eight tasks run inference on one model concurrently, and all get the result of a single task.
func share() async -> Bool {
  let (model, inputs, expected) = (model, inputs, model(inputs))
  return await withTaskGroup(of: Bool.self) { group in
    for _ in 0..<8 {
      group.addTask { (0..<20).allSatisfy { _ in model(inputs).isIdentical(to: expected) } }
    }
    return await group.allSatisfy { $0 }
  }
}

/// A model learns while seven tasks run inference: each result uses complete parameters, old or new, and in a snapshot
/// the same ones each time, which are those of its state.
func learn() async throws -> Bool {
  let (model, inputs, labels) = (model, inputs, labels)
  return try await withThrowingTaskGroup(of: Bool.self) { group in
    group.addTask {
      var optimizer = Adam(for: model)
      for _ in 0..<20 {
        let (_, gradients) = model.gradients(at: inputs) { SoftmaxCrossEntropy().evaluate($0, labels) }
        try optimizer.update(along: gradients)
      }
      return true
    }
    for _ in 0..<4 {
      group.addTask { (0..<20).allSatisfy { _ in model(inputs).sumOfSquares.isFinite } }
    }
    for seed in 0..<3 {
      group.addTask {
        let copy = withSeed(UInt64(seed)) { makeModel() }
        for _ in 0..<10 {
          let snapshot = model.snapshot()
          let answers = (0..<2).map { _ in snapshot.run { model(inputs) } }
          try copy.load(snapshot.state)
          guard answers.allSatisfy({ $0.isIdentical(to: copy(inputs)) }) else { return false }
        }
        return true
      }
    }
    return try await group.allSatisfy { $0 }
  }
}

/// Random streams, parameters' values and tensors, each passed from one thread to another.
func exchange() async -> Bool {
  let stream = RandomStream()
  let parameter = Parameter(Tensor(zeros: [1_000]))
  await withTaskGroup(of: Tensor.self) { group in
    for task in 0..<8 {
      group.addTask {
        for step in 0..<50 {
          var generator = stream.next()
          parameter.value = Tensor(uniform: [1_000], in: 0..<Double(task + step + 1), using: &generator)
        }
        return parameter.value * 2
      }
    }
    for await tensor in group { parameter.value = tensor }
  }
  return stream.position == 400
}

/// Batches that are made ahead are the same, whether all are taken, some left out, or the rest given up.
func readAhead() throws -> Bool {
  let data = Dataset(inputs: inputs, labels: labels)
  for taken in 0..<20 {
    let request = BatchRequest(batchSize: 64, epoch: taken)
    var (ahead, plain) = (try data.prefetched(depth: 2).batches(for: request), data.batches(for: request))
    for _ in 0..<taken {
      guard try ahead.next()?.inputs == plain.next()?.inputs else { return false }
    }
  }
  return true
}

/// Blocks that write outside their range, for long enough that other workers take part.
func race() -> Bool {
  let sums = UnsafeMutableBufferPointer<Double>.allocate(capacity: 1)
  defer { sums.deallocate() }
  sums.initialize(repeating: 0)
  nonisolated(unsafe) let shared = sums  // the planted fault
  for _ in 0..<200 {
    parallel(over: 64, grain: 1) { range in for _ in 0..<1_000 { shared[0] += Double(range.lowerBound) } }
  }
  return sums[0] > 0
}

let plantsRace = CommandLine.arguments.contains("--plant-race")
let results = [
  ("eight tasks share one model", await share()), ("a model learns while it is asked", try await learn()),
  ("streams, parameters and tensors change hands", await exchange()), ("batches are made ahead", try readAhead()),
  ("a planted race", plantsRace ? race() : true),
]
for (what, isRight) in results.prefix(plantsRace ? 5 : 4) { print(isRight ? "right:" : "WRONG:", what) }
guard results.allSatisfy(\.1) else { fatalError("threads disagree") }
