import ExampleSupport
import Foundation
import Strata

/// Tests the model and prints the results.
func report(
  on model: Sequential, _ test: Dataset, _ seconds: Double, _ settings: MNISTSettings, _ io: ExampleIO
) throws {
  let logits = model(test.inputs)
  let (accuracy, loss) = (accuracy(logits, test.labels), SoftmaxCrossEntropy()(logits, test.labels))
  if !settings.common.isQuiet {
    io.say("\nConfusion matrix, with recall and precision in percent:")
    io.say("\(ConfusionMatrix(logits: logits, labels: test.labels))")
    let mistakes = mistakes(of: logits, test, atMost: 4)
    if !mistakes.isEmpty { io.say("\nSome misclassified images:\n\n\(drawing(of: mistakes))") }
    io.say("\nNext: mnist --help lists the options, such as --hidden 256,128; README.md shows how to train on")
    io.say("your own data; Examples/CustomLayer/main.swift is a custom layer to copy.\n")
  }
  if !settings.common.isQuiet || !settings.common.printsJSON {
    let text = String(
      format: "Test accuracy %.2f %% after %d epochs in %.2f s of training.", 100 * accuracy,
      settings.common.epochs, seconds)
    io.say(text)
  }
  if settings.common.printsJSON {
    let line = JSONLine([
      "test_accuracy": accuracy, "test_loss": loss, "train_seconds": seconds,
      "epochs": settings.common.epochs,
      "parameters": model.parameterCount, "seed": settings.common.seed,
    ])
    io.say("\(line)")
  }
}

/// Returns the first few images that the model misclassifies.
private func mistakes(of logits: Tensor, _ test: Dataset, atMost limit: Int) -> [(image: Tensor, caption: String)] {
  let predicted = logits.argmax().elements(as: Int32.self)
  let actual = test.labels.elements(as: Int32.self)
  return actual.indices.filter { predicted[$0] != actual[$0] }.prefix(limit).map { index in
    (test.inputs[index], "\(actual[index]), read as \(predicted[index])")
  }
}
