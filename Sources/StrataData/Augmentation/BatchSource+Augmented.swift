import StrataTensor

// Sources of examples that are changed at random as they are trained on.
extension BatchSource where Self: Sendable, Inputs == Tensor {
  /// Returns a source of these images, `[B, C, H, W]`, changed at random in each epoch, by augmentations in this order.
  ///
  /// ```swift
  /// let train = data.augmented(
  ///   with: [.horizontalFlip(), .crop(padding: 4), .rotation(degrees: 10), .brightness(0.2), .erasing()], seed: 1)
  /// try trainer.fit(train.prefetched(), validation: validation, epochs: 30)
  /// ```
  ///
  /// What becomes of an image follows from the seed, the epoch and its row in the data alone, which the source gives as
  /// ``Examples/Batch/indices``: not from the order, the size of batches or the number of workers, and a run that was
  /// resumed makes the same. For an evaluation images stay as they are.
  ///
  /// - Parameters:
  ///   - augmentations: The changes, in their order.
  ///   - filling: What is seen where an image ends.
  ///   - seed: What all random numbers follow from; nil for the seed of the training.
  public func augmented(
    with augmentations: [Augmentation], filling: Augmentation.Filling = .zeros, seed: UInt64? = nil
  ) -> MappedSource<Self, Tensor, Labels> {
    MappedSource(self, labels: { $0 }) { batch, request in
      guard let epoch = request.epoch else { return batch }
      let augmenter = Augmenter(augmentations: augmentations, filling: filling, seed: seed ?? request.seed)
      return Examples<Tensor, Labels>.Batch(
        inputs: augmenter.augmented(batch.inputs, rows: batch.indices, epoch: epoch), labels: batch.labels,
        indices: batch.indices)
    }
  }

  /// Returns a source of these inputs with each channel standardized, in training and in evaluations.
  public func standardized(by standardization: Standardization) -> MappedSource<Self, Tensor, Labels> {
    MappedSource(self, labels: { $0 }) { batch, _ in
      Examples<Tensor, Labels>.Batch(
        inputs: standardization(batch.inputs), labels: batch.labels, indices: batch.indices)
    }
  }
}

extension BatchSource where Self: Sendable, Inputs == Tensor, Labels == Tensor {
  /// Returns a source in whose epochs each example is mixed with another of its batch, and its label with the other's.
  ///
  /// ```swift
  /// let train = data.augmented(with: [.crop(padding: 4)]).mixed(by: [.mixUp(), .cutMix()], classes: 10)
  /// ```
  ///
  /// Labels become probabilities `[B, K]` of the inputs' type, which `SoftmaxCrossEntropy` takes; for an evaluation they
  /// stay as they are, as the inputs do. Whom an example is mixed with and how much follows from the seed, the epoch and the
  /// rows that are in the batch, whatever their order; alone in a batch it stays itself.
  ///
  /// - Parameters:
  ///   - mixings: The ways to mix, of which each example draws one.
  ///   - classes: K, where labels are class indices `[B]`; labels `[B, K]` of probabilities are mixed as they are.
  ///   - probability: How likely it is that an example is mixed.
  ///   - seed: What all random numbers follow from; nil for the seed of the training.
  public func mixed(
    by mixings: [Mixing], classes: Int, probability: Double = 1, seed: UInt64? = nil
  ) -> MappedSource<Self, Tensor, Tensor> {
    requireOption("mixed: the probability", probability, .fraction)
    return MappedSource(self, labels: { _ in nil }) { batch, request in
      guard let epoch = request.epoch else { return batch }
      let mixer = Mixer(mixings: mixings, classes: classes, probability: probability, seed: seed ?? request.seed)
      return mixer.mixed(batch, epoch: epoch)
    }
  }
}
