import Strata
import StrataTensor
import Testing

@testable import AddingProblem
@testable import Autoencoder
@testable import CharGPT
@testable import ConvDigits
@testable import Denoise
@testable import ImageClassifier
@testable import MNIST
@testable import MNIST1D
@testable import Reverse
@testable import RowDigits
@testable import SeriesClassifier

/// `lint` finds nothing to say of the examples' models.
@Suite(.seeded) struct ExampleLintTests {
  private let images = withSeed(1) { Tensor(uniform: [8, 1, 8, 8], in: 0..<1) }
  private let labels = Tensor(labels: (0..<8).map { $0 % 10 })

  private func expectSound<Model: Module>(
    _ model: Model, _ inputs: Model.Input, _ labels: Tensor, _ loss: some Loss = SoftmaxCrossEntropy(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws where Model.Output == Tensor {
    let report = try lint(model, loss: loss, on: Examples(inputs: inputs, labels: labels))
    #expect(report.findings.isEmpty, "\(report)", sourceLocation: sourceLocation)
  }

  @Test(arguments: [false, true], [0, 0.3]) func perceptrons(_ hasBatchNorm: Bool, _ dropout: Double) throws {
    var settings = MNISTSettings()
    (settings.hidden, settings.hasBatchNorm, settings.dropout) = ([16, 12], hasBatchNorm, dropout)
    try expectSound(MNIST.perceptron(inputs: 64, settings), images, labels)
  }

  @Test func `images, whole and by rows`() throws {
    var convolution = ConvDigitsSettings()
    convolution.channels = [4, 8]
    try expectSound(network(for: [1, 8, 8], convolution), images, labels)
    var autoencoding = AutoencoderSettings()
    autoencoding.hidden = 32
    try expectSound(autoencoder(of: [1, 8, 8], autoencoding), images, images, MeanSquaredError())
    var denoising = DenoiseSettings()
    denoising.channels = 4
    try expectSound(denoiser(of: [1, 8, 8], denoising), images, images, MeanSquaredError())
    var residual = ImageClassifierSettings()
    residual.channels = [4, 8]
    try expectSound(residualNetwork(colours: 1, classes: 10, residual), images, labels)
    for cell in RowDigitsSettings.CellName.allCases {
      var settings = RowDigitsSettings()
      (settings.cell, settings.hidden) = (cell, 8)
      try expectSound(reader(rowLength: 8, settings), images.reshaped(to: [8, 8, 8]), labels)
    }
  }

  @Test(arguments: MNIST1DSettings.ModelName.allCases)
  func signals(_ model: MNIST1DSettings.ModelName) throws {
    var settings = MNIST1DSettings()
    settings.model = model
    let (train, _) = ShapesInNoise(countPerClass: 4).dataset()
    try expectSound(signalModel(settings), train.inputs, train.labels)
  }

  @Test func curves() throws {
    var settings = SeriesClassifierSettings()
    settings.filters = 2
    let data = CylinderBellFunnel.dataset(count: 6, seed: 1)
    try expectSound(inceptionNetwork(classes: 3, settings), data.inputs, data.labels)
  }

  @Test func sequences() throws {
    let pairs = withSeed(2) { Tensor(normal: [8, 6, 2]) }
    let sums = withSeed(3) { Tensor(normal: [8, 1]) }
    try expectSound(adder(LSTMCell(2, 8)).model, pairs, sums, MeanSquaredError())
    try expectSound(adder(RNNCell(2, 8)).model, pairs, sums, MeanSquaredError())
    let tokens = Tensor((0..<24).map { Int32($0 * 7 % 9) }, shape: [4, 6])
    var gpt = CharGPTSettings()
    (gpt.features, gpt.layers, gpt.context, gpt.dropout) = (16, 2, 8, 0.1)
    try expectSound(characterModel(vocabulary: 9, gpt), tokens, tokens)
    var reversal = ReverseSettings()
    (reversal.features, reversal.layers) = (16, 1)
    try expectSound(translator(reversal), Pair(tokens, tokens), tokens)
  }
}
