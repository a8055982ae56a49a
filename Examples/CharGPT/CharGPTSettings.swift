import ExampleSupport

/// The command-line settings of `char-gpt`.
struct CharGPTSettings: ExampleSettings {
  static let program = "char-gpt"
  static let summary =
    "Trains a GPT on the characters of the bundled text, or of any other, and lets it write on."

  var common = CommonSettings(epochs: 3, batch: 32, learningRate: 4e-3)
  var minutes: Double?
  var features = 128
  var heads = 4
  var layers = 4
  var context = 128
  var dropout = 0.0
  var prompt: String?
  var tokens = 400
  var temperature = 0.8
  var topK: Int?
  var topP = 1.0

  /// The data are a file here.
  static let readsData = false

  static var ownOptions: [Option<CharGPTSettings>] {
    [
      Option("--data", "FILE", "text in UTF-8, plain or gzipped (the bundled New Testament)", \.common.data) {
        try path($0)
      },
      Option("--minutes", "M", "train for M minutes instead of epochs", \.minutes) { try positiveNumber($0) },
      Option("--features", "N", "features of a character (128)", \.features) { try wholeNumber($0, in: 1...65_536) },
      Option("--heads", "N", "heads of attention, which divide the features (4)", \.heads) {
        try wholeNumber($0, in: 1...1024)
      },
      Option("--layers", "N", "layers (4)", \.layers) { try wholeNumber($0, in: 1...1024) },
      Option("--context", "N", "characters that a prediction follows from (128)", \.context) {
        try wholeNumber($0, in: 2...65_536)
      },
      Option("--dropout", "X", "share of activations dropped at random in each step (0)", \.dropout) {
        try fraction($0)
      },
      Option("--generate", "TEXT", "what to write on from (a line break)", \.prompt) { $0 },
      Option("--tokens", "N", "characters to write (400)", \.tokens) { try wholeNumber($0, in: 0...1_000_000) },
      Option("--temperature", "X", "below 1 for likelier text, 0 for the likeliest (0.8)", \.temperature) {
        try notNegativeNumber($0)
      },
      Option("--topk", "N", "draw from the N likeliest characters", \.topK) { try wholeNumber($0, in: 1...65_536) },
      Option("--topp", "X", "draw from the likeliest with this probability together (1)", \.topP) {
        try share($0)
      },
    ]
  }
}
