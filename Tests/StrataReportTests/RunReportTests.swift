import Foundation
import Strata
import StrataTensor
import Testing

@testable import StrataReport
@testable import StrataTraining

/// Reports of real runs.
@Suite(.seeded) struct RunReportTests {
  /// Points of three classes, as pictures of 2×3.
  private static let data: Dataset = {
    let inputs = withSeed(3) { Tensor(uniform: [60, 1, 2, 3], in: 0..<1) }
    let sums = inputs.reshaped(to: [60, 6]).sum(along: 1).elements(as: Float.self)
    return Dataset(inputs: inputs, labels: Tensor(labels: sums.map { $0 < 2.5 ? 0 : $0 < 3.5 ? 1 : 2 }))
  }()

  private func trainer(
    _ callbacks: any Callback..., rate: Double = 0.05
  ) -> Trainer<Sequential, SoftmaxCrossEntropy, Adam> {
    let model = withSeed(1) {
      Sequential {
        Flatten()
        Linear(6, 8)
        BatchNorm(8)
        ReLU()
        Dropout(0.2)
        Linear(8, 3)
      }
    }
    return Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: rate), progress: .silent,
      validationMetrics: [Recall()], callbacks: callbacks)
  }

  private func withDirectory(_ body: (String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try body(directory)
  }

  @Test func `the page of a run has its history, classes, layers, memory and flow`() throws {
    try withDirectory { directory in
      let path = directory + "/new/run.html"
      let report = RunReport(
        path, title: "Points", settings: ["hidden": 8], examples: Self.data, classNames: ["low", "middle", "high"])
      var trainer = trainer(report)
      try trainer.fit(Self.data, validation: Self.data, epochs: 4, batchSize: 16)
      let page = try ParsedPage(contentsOf: path)
      #expect(try page.text("//h1") == "Points" && page.text("//p[@role='status']") == "Finished")
      let loss = try page.chart("Loss")
      #expect(loss.values("training") == trainer.history.map(\.training.loss))
      #expect(loss.values("validation") == trainer.history.map { $0.validation!.loss })
      #expect(
        try page.chart("Recall").values("validation") == trainer.history.map { $0.validation!.metrics["recall"]! })
      let steps = try page.chart("Loss of training batches")
      #expect(steps.x == Array(1...16))
      #expect(try page.chart("Gradient norm").series[0].y.compactMap { $0 }.count == 16)

      let matrix = ConfusionMatrix(logits: try trainer.predict(Self.data.inputs), labels: Self.data.labels)
      let cells = try page.texts("//table[@class='confusion']//tr/td[not(@class = 'edge')]")
      #expect(cells.prefix(9).map { Int($0) ?? 0 } == matrix.counts.flatMap { $0 })
      let right = matrix.counts.indices.map { matrix.counts[$0][$0] }.reduce(0, +)
      #expect(page.source.contains("\(right) of 60 predictions on 60 examples are right"))
      #expect(page.source.contains("after epoch 4"))
      #expect(try page.count("//div[@class='pictures']/figure") == min(24, 60 - right))
      #expect(
        try page.texts("//div[@class='pictures']//img/@src").allSatisfy {
          $0.hasPrefix("data:image/png;base64,iVBORw0KGgo")
        })
      let layers = try page.texts("//section[h2 = 'Model']//tbody/tr/td[2]")
      #expect(layers.contains("Linear(6, 8)") && layers.contains("ReLU()") && layers.count == 7)
      #expect(try page.texts("//section[h2 = 'Memory']//dt").contains("optimizer"))
      #expect(try page.count("//section[h2 = 'Gradient flow']//tbody/tr") == 6)
      #expect(try page.text("//section[h2 = 'Settings']//dd") == "8")
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/new") == ["run.html"])

      try trainer[RunReport.self]?.add(figure: "test accuracy", 0.875)
      try trainer[RunReport.self]?.add("Profile", text: "a <\n  b")
      try trainer[RunReport.self]?.add(figure: "test accuracy", 0.75)
      let later = try ParsedPage(contentsOf: path)
      #expect(try later.texts("//dl[@class='figures']//dd").first == "75.00 %")
      #expect(try later.text("//section[h2 = 'Profile']/pre") == "a <\n  b")
    }
  }

  @Test func `a run with a report has the bits of one without`() throws {
    try withDirectory { directory in
      var plain = trainer()
      try plain.fit(Self.data, validation: Self.data, epochs: 3, batchSize: 16)
      var reported = trainer(
        RunReport(directory + "/run.html", examples: Self.data, everySeconds: 1e-9), rate: 0.05)
      try reported.fit(Self.data, validation: Self.data, epochs: 3, batchSize: 16)
      #expect(
        plain.model.state == reported.model.state && plain.history.map(\.training) == reported.history.map(\.training))
    }
  }

  @Test func `a page is there before the first step, and after a failure it says why`() throws {
    try withDirectory { directory in
      let path = directory + "/run.html"
      struct Look: Callback {
        let path: String
        func beforeStep(_ trainer: inout some TrainingLoop) throws {
          guard trainer.stepsDone == 2 else { return }
          let page = try ParsedPage(contentsOf: path)
          #expect(try page.text("//p[@role='status']") == "Running" && page.text("//@data-refresh") == "5")
          #expect(try page.count("//section[h2 = 'Model']//tbody/tr") == 7)
          throw CancellationError()
        }
      }
      var trainer = trainer(Look(path: path), RunReport(path, examples: Self.data))
      #expect(throws: CallbackError.self) { try trainer.fit(Self.data, epochs: 3, batchSize: 16) }
      let page = try ParsedPage(contentsOf: path)
      #expect(try page.text("//p[@role='status']") == "Failed" && page.text("//@data-refresh") == "0")
      #expect(try page.text("//pre[@class='fault']").contains("CancellationError"))
      #expect(try page.chart("Loss of training batches").x == [1, 2])
    }
  }

  @Test func `a gradient that is not finite is shown with the flow that led to it`() throws {
    try withDirectory { directory in
      var trainer = trainer(RunReport(directory + "/run.html", examples: Self.data), rate: 1e30)
      #expect(throws: NonFiniteGradientError.self) { try trainer.fit(Self.data, epochs: 3, batchSize: 60) }
      let page = try ParsedPage(contentsOf: directory + "/run.html")
      #expect(
        try page.text("//p[@role='status']") == "Failed" && page.text("//div[@class='flag']/p").contains("not finite"))
    }
  }

  @Test func `without examples, without epochs and without classes it has what there is`() throws {
    try withDirectory { directory in
      let path = directory + "/run.html"
      var bare = trainer(RunReport(path))
      try bare.fit(Self.data, epochs: 1, batchSize: 60)
      var page = try ParsedPage(contentsOf: path)
      #expect(try page.texts("//section/h2") == ["Curves", "Model", "Settings"])
      #expect(try page.count("//section[h2 = 'Model']//tbody/tr") == bare.model.parameters.count)

      var idle = trainer(RunReport(path, examples: Self.data))
      try idle.fit(Self.data, epochs: 0)
      page = try ParsedPage(contentsOf: path)
      #expect(try page.texts("//section/h2") == ["Classes", "Gradient flow", "Model", "Memory", "Settings"])
      #expect(page.source.contains("before training"))

      let model = Linear(2, 1)
      let points = Dataset(inputs: Tensor(ones: [1, 2]), labels: Tensor(ones: [1, 1]))
      var regression = Trainer(
        model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: 0.1), progress: .silent,
        callbacks: [RunReport(path, examples: points)])
      try regression.fit(points, epochs: 2)
      #expect(
        try ParsedPage(contentsOf: path).texts("//section/h2") == [
          "Curves", "Gradient flow", "Model", "Memory", "Settings",
        ])
    }
  }

  @Test func `a resumed run goes on with its curves`() throws {
    try withDirectory { directory in
      let path = directory + "/run.html"
      var first = trainer(RunReport(path, examples: Self.data), Checkpointer(directory + "/checkpoints"))
      try first.fit(Self.data, epochs: 2, batchSize: 16)
      var second = trainer(RunReport(path, examples: Self.data), Checkpointer(directory + "/checkpoints"))
      try second.resume(from: directory + "/checkpoints")
      try second.fit(Self.data, epochs: 1, batchSize: 16)
      let page = try ParsedPage(contentsOf: path)
      #expect(try page.chart("Loss of training batches").x == Array(1...12))
      #expect(try page.chart("Loss").x == [1, 2, 3])

      // From the checkpoint of a run without a report the steps begin here; what is no curve is refused.
      var report = RunReport(path)
      try report.load([:])
      for odd in [[1], [1, 0, 5], [0, 0], [1, 600], [.nan, 0], [1, 1, 1, 1, 2, 0, 0, 0, 0, 0]] as [[Double]] {
        #expect(throws: StateError.self) { try report.load(["curve": Tensor(odd, shape: [odd.count])]) }
      }
      #expect(throws: StateError.self) { try report.load(["curve": [1, 0]]) }
    }
  }

  @Test func `examples that do not fit, and places that cannot be written, end training before it begins`() throws {
    let wide = Dataset(inputs: Tensor(zeros: [2, 7]), labels: Tensor(labels: [0, 1]))
    var trainer = trainer(RunReport("/proc/nothing/run.html", examples: wide))
    var error = #expect(throws: CallbackError.self) { try trainer.fit(Self.data, epochs: 1) }
    #expect(error?.underlying is ShapeError)
    let strange = Dataset(inputs: Tensor(zeros: [2, 1, 2, 3]), labels: Tensor(labels: [0, 9]))
    trainer.callbacks = [RunReport("/proc/nothing/run.html", examples: strange)]
    error = #expect(throws: CallbackError.self) { try trainer.fit(Self.data, epochs: 1) }
    #expect(error?.underlying is TargetError)
    trainer.callbacks = [RunReport("/proc/nothing/run.html", examples: Self.data)]
    error = #expect(throws: CallbackError.self) { try trainer.fit(Self.data, epochs: 1) }
    #expect("\(error!)".contains("/proc/nothing/run.html"))
    #expect(trainer.stepsDone == 0)
  }
}
