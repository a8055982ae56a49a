import Foundation
import Strata

/// What digests of every step cost, as a share of the step.
enum Digests {
  /// The largest share that a step may take longer.
  private static let limit = 0.03

  /// The steps of an epoch.
  private static let batches = 2

  /// Prints the cost for each model, measured for some seconds; returns whether all are within the limit.
  ///
  /// The cost counts in CPU time of the process, which other programs do not prolong as they do that of a clock.
  static func report(_ models: [(name: String, model: any Layer, input: Shape)], seconds: Double) throws -> Bool {
    var isWithin = true
    for (name, model, input) in models {
      let (plain, digesting) = try times(of: model, input, seconds)
      let (share, elapsed) = (digesting.cpu / plain.cpu - 1, digesting.elapsed / plain.elapsed - 1)
      isWithin = isWithin && share <= limit
      print(
        "\(name), \(input): \(percent(share)) of the CPU time of a step, \(Int(plain.cpu)) µs, \(percent(elapsed)) of the "
          + "time that passes, \(Int(plain.elapsed)) µs" + (share <= limit ? "" : ": MORE than \(percent(limit))"))
    }
    return isWithin
  }

  private static func percent(_ part: Double) -> String { "\((part * 1000).rounded() / 10) %" }

  /// The times of a step in microseconds.
  private typealias Times = (cpu: Double, elapsed: Double)

  private static func times(
    of model: any Layer, _ input: Shape, _ seconds: Double
  ) throws -> (plain: Times, digesting: Times) {
    let inputs = withSeed(1) { Tensor(normal: input.withLeading(batches * input[0])) }
    let outputs = try model.outputShape(for: inputs.shape)
    let labels = Tensor(
      (0..<outputs.lengths.dropLast().reduce(1, *)).map { Int32($0 % outputs[-1]) },
      shape: Shape(Array(outputs.lengths.dropLast())))
    return try times(of: model, on: Dataset(inputs: inputs, labels: labels), input[0], seconds)
  }

  /// The times without and with digests, in turn: beside other programs few epochs are not interrupted, so there are many of
  /// two steps, and the tenth part that is quickest says what a step takes.
  private static func times(
    of model: some Layer, on data: Dataset, _ batchSize: Int, _ seconds: Double
  ) throws -> (plain: Times, digesting: Times) {
    let file = NSTemporaryDirectory() + "strata-digests-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: file) }
    func trainer(_ callbacks: [any Callback]) -> Trainer<some Layer, SoftmaxCrossEntropy, Adam> {
      Trainer(
        model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), progress: .silent,
        callbacks: callbacks + [Clock()])
    }
    var trainers = [trainer([]), trainer([RunDigest(file)])]
    var elapsed: [[Double]] = [[], []]
    let end = ContinuousClock.now.advanced(by: .seconds(seconds))
    repeat {
      for index in trainers.indices {
        // A run that goes on reads its file, which grows with the rounds.
        try? FileManager.default.removeItem(atPath: file)
        elapsed[index] += try trainers[index].fit(data, epochs: 20, batchSize: batchSize).map(\.seconds)
      }
    } while ContinuousClock.now < end
    let times = zip(trainers, elapsed).map { trainer, elapsed in
      (cpu: quick(trainer[Clock.self]!.seconds), elapsed: quick(elapsed))
    }
    return (times[0], times[1])
  }

  private static func quick(_ epochs: [Double]) -> Double {
    1e6 * epochs.sorted()[epochs.count / 10] / Double(batches)
  }

  /// Notes the CPU time of the process in each epoch.
  private struct Clock: Callback {
    var (seconds, start): ([Double], Double) = ([], 0)

    static var now: Double {
      var time = timespec()
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
      return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }

    mutating func beforeEpoch(_ trainer: inout some TrainingLoop) { start = Self.now }

    mutating func afterSteps(_ trainer: inout some TrainingLoop) { seconds.append(Self.now - start) }
  }
}
