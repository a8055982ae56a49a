import Foundation
import Strata

/// Everything that a program does with a model, from reading files to writing them.
func oneRound(saving file: String) throws {
  let (train, test) = try Dataset.mnist(in: "data/digits")
  let model = Sequential {
    Linear(train.inputs.shape[1], 64)
    BatchNorm(64)
    GELU()
    Dropout(0.2)
    Linear(64, 10)
  }
  var trainer = Trainer(
    model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), maximumGlobalNorm: 5, progress: .silent)
  try trainer.fit(train[0..<512], epochs: 1, batchSize: 64)
  let evaluation = try trainer.evaluate(test)
  try Safetensors.write(model.state, metadata: ["loss": "\(evaluation.loss)"], to: file)
  let copy = Sequential {
    Linear(train.inputs.shape[1], 64)
    BatchNorm(64)
    GELU()
    Dropout(0.2)
    Linear(64, 10)
  }
  try copy.load(Safetensors.read(file))
  guard copy(test.inputs[0..<8]).isIdentical(to: model(test.inputs[0..<8])) else {
    fatalError("a model that was saved and loaded gives other numbers")
  }
  // Refusing a damaged file must not leak either.
  try Data("damaged".utf8).write(to: URL(filePath: file))
  if (try? Safetensors.read(file)) != nil { fatalError("a damaged file was read") }
}
