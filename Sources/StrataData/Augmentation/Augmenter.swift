import StrataTensor

/// Augmentations in the order in which they are made, and what their random numbers follow from.
struct Augmenter: Sendable {
  let augmentations: [Augmentation]
  let filling: Augmentation.Filling
  let seed: UInt64

  /// Returns the images of a batch `[B, C, H, W]`, each changed by numbers that follow from its row in the data and the
  /// epoch.
  func augmented(_ images: Tensor, rows: [Int], epoch: Int) -> Tensor {
    require(
      images.rank == 4 && images.dtype.isFloatingPoint,
      "augmented: takes images [B, C, H, W] of floating-point numbers, not \(images.dtype) of shape \(images.shape)")
    guard images.count > 0 else { return images }
    let changed = parallelMap(rows.count) { position in
      var generator = RandomGenerator(row: rows[position], epoch: epoch, seed: seed, stream: 0xA06E)
      return augmented(images[position], &generator)
    }
    return Tensor(stacking: changed)
  }

  private func augmented(_ image: Tensor, _ generator: inout RandomGenerator) -> Tensor {
    var image = image
    // The changes of place that are not made yet: a later one is undone first.
    var places: AffineMap?
    for augmentation in augmentations {
      if augmentation.probability < 1, generator.nextUniform() >= augmentation.probability { continue }
      switch augmentation.effect {
      case .place(let draw):
        let next = draw(image.shape, &generator)
        places = places.map { next.then($0) } ?? next
      case .values(let change):
        if let map = places.take() { image = map.sampled(image, filling: filling) }
        let changed = change(image, &generator)
        require(
          changed.shape == image.shape && changed.dtype == image.dtype,
          "Augmentation.custom: made \(changed.dtype) of shape \(changed.shape) of an image of \(image.dtype) of shape "
            + "\(image.shape); keep both")
        image = changed
      }
    }
    return places?.sampled(image, filling: filling) ?? image
  }
}

extension RandomGenerator {
  /// The numbers of one row of the data in one epoch, apart from those of all other rows, epochs and streams.
  init(row: Int, epoch: Int, seed: UInt64, stream: UInt64) {
    self.init(seed: seed, stream: stream << 48 | UInt64(epoch), position: UInt64(truncatingIfNeeded: row) << 32)
  }
}
