import Foundation
import Strata
import StrataTensor

private let table = Table(["price": .decimals([1.5, 2.5])])

private let dataset = Dataset(inputs: Tensor(zeros: [4, 2]), labels: Tensor(labels: [0, 1, 0, 1]))

private let images = Dataset(inputs: Tensor(zeros: [2, 1, 2, 2]), labels: Tensor(labels: [0, 1]))

/// Misuse of data sets and files. The content of a file never stops the program.
let dataMisuses: [String: Misuse] = [
  "labels for other inputs": Misuse("Examples: inputs of shape [4, 2] and labels of shape [3]", "one length") {
    _ = Dataset(inputs: dataset.inputs, labels: Tensor(labels: [0, 1, 0]))
  },
  "a split beyond the end": Misuse("Examples.split: 4 examples cannot be split at 5; give 0 to 4") {
    _ = dataset.split(at: 5)
  },
  "an epoch before the first": Misuse("Examples.batches: epochs count from 0, and this is -1") {
    _ = dataset.batches(of: 2, epoch: -1)
  },
  "batches of nothing": Misuse("Examples.batches: a batch of 0 examples is not possible") {
    _ = dataset.batches(of: 0)
  },
  "indices for other examples": Misuse("Batch: 1 indices for 4 examples; give one for each") {
    _ = Dataset.Batch(inputs: dataset.inputs, labels: dataset.labels, indices: [0])
  },
  "a batch that is not there": Misuse("Batches: there is no batch 2 among 2") { _ = dataset.batches(of: 2)[2] },
  "columns of two lengths": Misuse("Table: 2 columns of [1, 2] rows named", "one number of rows") {
    _ = Table(["a": .integers([1]), "b": .integers([1, 2])])
  },
  "a column that is not there": Misuse(#"Table: there is no column "prise" among "price"; did you mean "price"?"#) {
    _ = table["prise"]
  },
  "a row of a table that is not there": Misuse("Table: there is no row 2 among 2") {
    _ = table.gathered(rows: [0, 2])
  },
  "a decimal point that separates cells": Misuse(#"with the decimal point "," between delimiters "," are not possible"#)
  {
    _ = CSV(delimiter: ",", decimalPoint: ",")
  },
  "cells between line ends": Misuse("cannot separate cells; take one ASCII character") {
    var format = CSV()
    format.delimiter = "\n"
  },
  "blocks of no rows": Misuse("CSVReader.next: 0 rows are not possible; ask for 1 or more") {
    let path = FileManager.default.temporaryDirectory.path + "/strata-\(UUID()).csv"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try table.write(csv: path)
    _ = try CSVReader(path).next(rows: 0)
  },
  "a source of blocks of no rows": Misuse("CSVSource: blocks of 0 rows are not possible") {
    _ = CSVSource("/nowhere", preprocessor: try Preprocessor(fitting: table), blockRows: 0)
  },
  "a constant of no number": Misuse("ColumnRule: the constant must be finite, not nan") {
    _ = ColumnRule.standardize(missing: .constant(.nan))
  },
  "a one-hot target": Misuse("Preprocessor: a target is .ordinal, whose indices are its classes") {
    _ = try Preprocessor(fitting: table, target: "price", targetRule: .oneHot())
  },
  "targets without a target": Misuse("Preprocessor: it was fitted without a target; give one to init(fitting:target:)")
  {
    _ = try Preprocessor(fitting: table).targets(of: table)
  },
  "predictions without a target": Misuse("Preprocessor: it was fitted without a target") {
    _ = try Preprocessor(fitting: table).predictions([[1]])
  },
  "predictions of another width": Misuse("Preprocessor.predictions: outputs of shape [1, 3] are not [N, 1]") {
    _ = try Preprocessor(fitting: table, target: "price").predictions([[1, 2, 3]])
  },
  "a probability beyond 1": Misuse("Augmentation: the probability must be from 0 to 1, not 1.5") {
    _ = Augmentation.noise(1).with(probability: 1.5)
  },
  "a crop with less than no margin": Misuse("Augmentation.crop: a padding of -1 pixels is not possible") {
    _ = Augmentation.crop(padding: -1)
  },
  "a shift by less than nothing": Misuse("Augmentation.shift: the number of pixels must be finite and not negative") {
    _ = Augmentation.shift(-1)
  },
  "a rotation by at most less than nothing": Misuse("Augmentation.rotation: the angle must be finite and not negative")
  {
    _ = Augmentation.rotation(degrees: -10)
  },
  "a scale of nothing": Misuse("Augmentation: rotations by 0.0...0.0", "the scale 0.0...1.0 finite and positive") {
    _ = Augmentation.scale(0...1)
  },
  "more contrast than there is": Misuse("Augmentation: the strength of brightness or contrast must be from 0 to 1") {
    _ = Augmentation.contrast(2)
  },
  "noise of no number": Misuse("Augmentation.noise: the standard deviation must be finite and not negative, not nan") {
    _ = Augmentation.noise(.nan)
  },
  "more erased than there is": Misuse("Augmentation.erasing: the area 0.5...2.0 must lie in 0...1") {
    _ = Augmentation.erasing(area: 0.5...2)
  },
  "images without channels": Misuse("augmented: takes images [B, C, H, W] of floating-point numbers", "[4, 2]") {
    try takeBatch(dataset.augmented(with: [.noise(1)]))
  },
  "an augmentation that makes another shape": Misuse(
    "Augmentation.custom: made float32 of shape [1, 4] of an image of float32 of shape [1, 2, 2]; keep both"
  ) {
    try takeBatch(images.augmented(with: [.custom { image, _ in image.reshaped([1, 4]) }]))
  },
  "mixing more often than always": Misuse("mixed: the probability must be from 0 to 1, not 2.0") {
    _ = dataset.mixed(by: [.mixUp()], classes: 2, probability: 2)
  },
  "mixing by no distribution": Misuse("mixed: the alphas [0.0] must be finite and positive") {
    try takeBatch(dataset.mixed(by: [.mixUp(alpha: 0)], classes: 2))
  },
  "rectangles of no image": Misuse("mixed: CutMix takes images [B, C, H, W], not inputs of shape [4, 2]") {
    try takeBatch(dataset.mixed(by: [.cutMix()], classes: 2))
  },
  "a deviation of nothing": Misuse("Standardization: the means [0.0] and deviations [0.0]", "above 0") {
    _ = Standardization(mean: [0], deviation: [0])
  },
  "channels of something else": Misuse("Standardization: takes floating-point inputs [N, C, …], not int32 of shape [4]")
  {
    _ = Standardization(mean: [0], deviation: [1])(dataset.labels)
  },
  "other channels than fitted to": Misuse("Standardization: it was fitted to 1 channels", "have 2") {
    _ = Standardization(mean: [0], deviation: [1])(dataset.inputs)
  },
  "batches of different channels": Misuse("Standardization: batches of 2 and of 3 channels come from one source") {
    _ = try Standardization(
      fitting: dataset.mapped { batch, _ in
        let width = batch.indices[0] == 0 ? 2 : 3
        return Dataset.Batch(inputs: Tensor(zeros: [batch.count, width]), labels: batch.labels)
      }, batchSize: 2)
  },
  "more for the test than there is": Misuse("Split: the share of the test must be from 0 to 1, not 20.0") {
    _ = Split(of: 100, test: 20)
  },
  "more folds than rows": Misuse("Folds: 5 folds of 4 rows are not possible; give 2 to 4") { _ = Folds(5, of: 4) },
  "a fold that is not there": Misuse("Folds: there is no fold 2 among 2") { _ = Folds(2, of: 4)[2] },
  "balance of no labels": Misuse("balancedClassWeights: float32 labels of 2 classes are not possible") {
    _ = balancedClassWeights(of: dataset.inputs, classes: 2)
  },
  "balance of too few classes": Misuse("balancedClassWeights: label 1 is not one of 1 classes") {
    _ = balancedClassWeights(of: dataset.labels, classes: 1)
  },
  "windows without steps": Misuse("SeriesWindows: length 0, horizon 1 and stride 1 must be 1 or more") {
    _ = SeriesWindows(length: 0)
  },
  "windows of no series": Misuse("SeriesWindows: a series is [T, D], not [4]") {
    _ = SeriesWindows(length: 1).dataset(of: dataset.labels)
  },
  "windows of a column that is not there": Misuse("SeriesWindows: the targets [2] are not all columns of [4, 2]") {
    _ = SeriesWindows(length: 1).dataset(of: dataset.inputs, targets: [2])
  },
  "a tensor with the name of the metadata": Misuse("Safetensors.write: no tensor can be named __metadata__") {
    try Safetensors.write(["__metadata__": dataset.inputs], to: "/nowhere")
  },
  "a string with the name of the checksums": Misuse(
    "Safetensors.write: strata.xxh64 is the name of the file's checksums"
  ) {
    try Safetensors.write(["w": dataset.inputs], metadata: ["strata.xxh64": ""], to: "/nowhere")
  },
  "a row that a file has not": Misuse("StoredArray: rows from number 2 on are out of range for 3 rows") {
    try withTokens(3) { _ = try $0.gathered(rows: [0, 2, 3]) }
  },
  "rows of no numbers": Misuse("StoredArray: rows of shape [2, 0] have no numbers") {
    _ = try StoredArray(raw: "/nowhere", .uint8, rowShape: [2, 0])
  },
  "windows of no tokens": Misuse("TokenWindows: windows of 0 tokens are not possible") {
    try withTokens(3) { _ = try TokenWindows($0, length: 0) }
  },
  "an epoch of no windows": Misuse("TokenWindows: 0 random batches make no epoch") {
    try withTokens(3) { _ = try TokenWindows($0, length: 1, randomBatches: 0) }
  },
  "shuffling by blocks of no rows": Misuse("Shuffling: blocks of 0 rows are not possible; give 1 or more") {
    try withTokens(3) {
      let windows = try TokenWindows($0, length: 1, shuffling: .blocks(of: 0))
      _ = windows.batches(for: BatchRequest(batchSize: 1, epoch: 0))
    }
  },
  "no batch ahead": Misuse("prefetched: a depth of 0 batches is not possible") { _ = dataset.prefetched(depth: 0) },
  "a token that is not in the vocabulary": Misuse(
    "BytePairTokenizer.decode: there is no token 256, they go from 0 to 255", "that the model was trained with"
  ) {
    _ = BytePairTokenizer(training: [], vocabularySize: 256).decode([0, 256])
  },
  "a negative token": Misuse("CharacterTokenizer.decode: there is no token -1, they go from 0 to 3") {
    _ = CharacterTokenizer("abc").decode([-1])
  },
  "a vocabulary without all bytes": Misuse(
    "BytePairTokenizer: a vocabulary of 256 is not possible; with 1 special tokens and 256 bytes it has 257 to 262144"
  ) {
    _ = BytePairTokenizer(training: ["abc"], vocabularySize: 256, specialTokens: ["<|end|>"])
  },
  "a special token twice": Misuse(
    #"BytePairTokenizer: the special tokens ["<|end|>", "<|end|>"] must differ and have two characters or more each"#
  ) {
    _ = BytePairTokenizer(training: ["abc"], vocabularySize: 300, specialTokens: ["<|end|>", "<|end|>"])
  },
  "a minimum frequency of nothing": Misuse("BytePairTokenizer: a minimum frequency of 0 is not possible") {
    _ = BytePairTokenizer(training: ["abc"], vocabularySize: 300, minimumFrequency: 0)
  },
  "windows longer than the text": Misuse("TokenWindows: 8 tokens have no window of 8 and the token after it") {
    _ = TokenWindows(Array(0..<8), length: 8)
  },
  "a split of a text beyond its end": Misuse("TokenWindows.split: the fraction", "from 0 to 1") {
    _ = TokenWindows(Array(0..<100), length: 8).split(at: 1.5)
  },
]

/// Takes the first batch of an epoch.
private func takeBatch(_ source: some BatchSource<Tensor, Tensor>) throws {
  var batches = try source.batches(for: BatchRequest(batchSize: 4, epoch: 0))
  _ = try batches.next()
}

/// Calls `body` with a file of tokens.
private func withTokens(_ count: Int, _ body: (StoredArray) throws -> Void) throws {
  let file = FileManager.default.temporaryDirectory.appendingPathComponent("strata-\(UUID().uuidString)")
  try Data(count: count).write(to: file)
  defer { try? FileManager.default.removeItem(at: file) }
  try body(StoredArray(raw: file.path, .uint8))
}
