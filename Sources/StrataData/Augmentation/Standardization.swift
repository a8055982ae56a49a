import StrataTensor

/// (x − m_c) / s_c for each channel c, with the mean and the standard deviation that it has over the examples to which this
/// was fitted: those of training and no others.
///
/// ```swift
/// let standardization = try Standardization(fitting: train)
/// try trainer.fit(
///   train.augmented(with: [.horizontalFlip()]).standardized(by: standardization),
///   validation: validation.standardized(by: standardization), epochs: 30)
/// ```
///
/// Inputs are images `[N, C, H, W]`, sequences `[N, C, T]` or any of shape `[N, C, …]`. The columns of a ``Table`` are
/// standardized by a ``Preprocessor``.
public struct Standardization: Sendable, Equatable {
  /// m: the mean of each channel.
  public let mean: [Double]

  /// s: the standard deviation of each channel about its mean, √(Σ (x − m)² / n), or 1 where all its values are the same.
  public let deviation: [Double]

  /// A standardization by numbers that are known, such as those saved with a model.
  public init(mean: [Double], deviation: [Double]) {
    require(
      mean.count == deviation.count && mean.allSatisfy(\.isFinite) && deviation.allSatisfy { $0 > 0 && $0.isFinite },
      "Standardization: the means \(mean) and deviations \(deviation) must be as many of each, finite, and the "
        + "deviations above 0")
    (self.mean, self.deviation) = (mean, deviation)
  }

  /// A standardization fitted to all examples of a source, as for an evaluation.
  ///
  /// - Parameters:
  ///   - source: The examples for training, and no others.
  ///   - batchSize: How many are read at a time.
  /// - Throws: ``StandardizationError`` if there is no example or one is not finite; what the source throws.
  public init<Source: BatchSource>(fitting source: Source, batchSize: Int = 256) throws where Source.Inputs == Tensor {
    // The first value of each channel, from which all are counted: where all are the same, they are zeros.
    var origin: Tensor?
    var (count, mean, variation) = (0.0, [Double](), [Double]())
    var batches = try source.batches(for: BatchRequest(batchSize: batchSize))
    while let batch = try batches.next() {
      let channels = Self.channels(of: batch.inputs).transposed(0, 1).converted(to: .float64)
      guard channels.count > 0 else { continue }
      var values = channels.reshaped([channels.shape[0], -1])
      if origin == nil {
        origin = values[.all, 0..<1]
        (mean, variation) = (doubles(origin! * 0), doubles(origin! * 0))
      }
      require(
        values.shape[0] == mean.count,
        "Standardization: batches of \(mean.count) and of \(values.shape[0]) channels come from one source")
      values -= origin!
      let added = Double(values.shape[1])
      let (means, variations) = (values.mean(along: 1), values.variance(along: 1, correction: 0) * added)
      // Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979.
      for (channel, (m, v)) in zip(doubles(means), doubles(variations)).enumerated() {
        guard v.isFinite else { throw StandardizationError.notFinite(channel: channel) }
        let step = m - mean[channel]
        mean[channel] += step * added / (count + added)
        variation[channel] += v + step * step * count * added / (count + added)
      }
      count += added
    }
    guard let origin else { throw StandardizationError.noExamples }
    self.init(
      mean: zip(doubles(origin), mean).map(+),
      deviation: variation.map { [count] in $0 > 0 ? ($0 / count).squareRoot() : 1 })
  }

  /// Returns inputs `[N, C, …]` with each channel standardized.
  public func callAsFunction(_ inputs: Tensor) -> Tensor {
    (inputs - numbers(mean, for: inputs)) / numbers(deviation, for: inputs)
  }

  /// Returns the inputs of which these are standardized.
  public func restored(_ inputs: Tensor) -> Tensor {
    inputs * numbers(deviation, for: inputs) + numbers(mean, for: inputs)
  }

  /// The numbers of the channels in a shape that broadcasts over inputs.
  private func numbers(_ numbers: [Double], for inputs: Tensor) -> Tensor {
    let shape = Self.channels(of: inputs).shape
    require(
      shape[1] == numbers.count,
      "Standardization: it was fitted to \(numbers.count) channels, and inputs of shape \(shape) have \(shape[1])")
    let ones = [Int](repeating: 1, count: shape.rank - 2)
    return Tensor(numbers, shape: Shape([numbers.count] + ones)).converted(to: inputs.dtype)
  }

  /// The inputs, if they have channels of numbers.
  private static func channels(of inputs: Tensor) -> Tensor {
    require(
      inputs.rank >= 2 && inputs.dtype.isFloatingPoint,
      "Standardization: takes floating-point inputs [N, C, …], not \(inputs.dtype) of shape \(inputs.shape)")
    return inputs
  }
}

private func doubles(_ x: Tensor) -> [Double] { x.elements(as: Double.self) }
