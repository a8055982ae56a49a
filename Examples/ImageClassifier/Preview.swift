import Strata
import StrataImages

/// Writes a picture of the first images of training, one a row: first as they are, then as they are in the first epochs.
func writePreview(
  of data: ImageData, _ settings: ImageClassifierSettings, to file: String, rows: Int = 8, epochs: Int = 9
) throws {
  guard let first = try firstBatch(of: data.train, BatchRequest(batchSize: rows)) else { return }
  let changed = Dataset(inputs: first.inputs, labels: first.labels).augmented(with: settings.augmentations)
    .mixed(by: settings.mixings, classes: data.classes)
  var columns = [first.inputs]
  for epoch in 0..<epochs {
    let request = BatchRequest(batchSize: rows, epoch: epoch, seed: settings.common.seed)
    guard let batch = try firstBatch(of: changed, request) else { continue }
    // An epoch is shuffled, and the rows of the picture are not.
    columns.append(
      batch.inputs.gathered(rows: batch.indices.indices.sorted { batch.indices[$0] < batch.indices[$1] }))
  }
  // [rows, columns, C, H, W] as [C, rows · H, columns · W], with grey between images.
  let grid = Tensor(stacking: columns, along: 1).padded([(0, 0), (0, 0), (0, 0), (1, 1), (1, 1)], with: 0.5)
  let lengths = grid.shape.lengths
  try writePNG(
    grid.permuted(2, 0, 3, 1, 4).reshaped(to: [lengths[2], lengths[0] * lengths[3], lengths[1] * lengths[4]]), to: file)
}

private func firstBatch(
  of source: some BatchSource<Tensor, Tensor>, _ request: BatchRequest
) throws -> Dataset.Batch? {
  var stream = try source.batches(for: request)
  return try stream.next()
}
