import ExampleSupport
import Strata
import Testing

@testable import Autoencoder

@Suite(.seeded) struct AutoencoderTests {
  @Test func `the decoder shares the encoder's weights`() {
    let model = autoencoder(of: [1, 8, 8], AutoencoderSettings())
    #expect(
      model.parameters.map(\.path) == ["1.weight", "1.bias", "3.weight", "3.bias", "4.bias", "6.bias"])
  }

  @Test func `it beats the mean image`() throws {
    var settings = AutoencoderSettings()
    settings.common.epochs = 3
    settings.common.isQuiet = true
    let lines = Lines()
    try trainAutoencoder(settings, ExampleIO(output: { lines.add($0) }, errors: { _ in }))
    let words = try #require(lines.all.last).split(separator: " ")
    #expect(words.prefix(2) == ["Test", "loss"])
    #expect(try #require(Double(words[2])) < 0.06)
  }
}
