import Foundation
import Strata
import Testing

/// scikit-learn's figures in 200 random cases, with ties, empty classes and ignored rows.
@Suite(.seeded) struct MetricReferenceTests {
  private static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "References/metrics.safetensors").path

  /// Each metric by the name it has in the file.
  private static func metrics(_ classes: Int) -> [String: any Metric<Tensor, Tensor>] {
    var metrics: [String: any Metric<Tensor, Tensor>] = [
      "accuracy": Accuracy(), "top1": TopKAccuracy(1), "top2": TopKAccuracy(2), "log_loss": LogLoss(),
      "roc_auc": ROCAUC(), "average_precision": AveragePrecision(), "recall.last": Recall(average: .label(classes - 1)),
      "mae": MAE(), "mape": MAPE(), "rmse": RMSE(), "r2": R2Score(),
    ]
    for (name, average) in [("macro", ClassAverage.macro), ("micro", .micro), ("weighted", .weighted)] {
      metrics["precision." + name] = Precision(average: average)
      metrics["recall." + name] = Recall(average: average)
      metrics["f1." + name] = FBeta(average: average)
      metrics["f2." + name] = FBeta(beta: 2, average: average)
    }
    return metrics
  }

  @Test(arguments: [("classes", 90), ("binary", 60), ("regression", 50)], [1, 5, 100])
  func `figures are scikit-learn's, with the same bits for any batch size`(
    kind: (name: String, cases: Int), batchSize: Int
  ) throws {
    let tensors = try Safetensors.read(Self.file)
    var compared = 0
    for number in 0..<kind.cases {
      let name = "\(kind.name)\(number)"
      let (outputs, targets) = (tensors[name + ".outputs"]!, tensors[name + ".targets"]!)
      for (metricName, empty) in Self.metrics(outputs.shape.rank == 1 ? 2 : outputs.shape[-1]) {
        guard let expected = tensors["\(name).\(metricName)"]?.elements(as: Double.self)[0] else { continue }
        var (metric, whole) = (empty, empty)
        whole.add(outputs, targets)
        for row in stride(from: 0, to: outputs.shape[0], by: batchSize) {
          let rows = row..<min(row + batchSize, outputs.shape[0])
          metric.add(outputs[rows], targets[rows])
        }
        #expect(metric.value == whole.value, "\(name).\(metricName)")
        #expect(abs(whole.value - expected) <= 1e-12 * max(1, abs(expected)), "\(name).\(metricName)")
        compared += 1
      }
    }
    #expect(compared > 4 * kind.cases - 1)
  }
}
