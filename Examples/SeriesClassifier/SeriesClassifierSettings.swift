import ExampleSupport

/// The command-line settings of `series-classifier`.
struct SeriesClassifierSettings: ExampleSettings {
  static let program = "series-classifier"
  static let summary =
    "Trains an Inception network to tell what kind of curve a series is: a cylinder, a bell or a funnel in noise, or the "
    + "classes of a data set of the UCR archive."

  var common = CommonSettings(epochs: 60, batch: 16, learningRate: 2e-3)
  var filters = 32
  var depth = 6

  /// It describes `--data` itself.
  static let readsData = false

  static var ownOptions: [Option<SeriesClassifierSettings>] {
    [
      Option(
        "--data", "DIR", "directory NAME with NAME_TRAIN.ts and NAME_TEST.ts (generated shapes)", \.common.data
      ) {
        try path($0)
      },
      Option("--filters", "N", "channels of each branch of a block (32)", \.filters) {
        try wholeNumber($0, in: 1...4096)
      },
      Option("--depth", "N", "blocks, a multiple of 3 (6)", \.depth) {
        let depth = try wholeNumber($0, in: 3...300)
        if depth % 3 != 0 { throw UsageError("needs a multiple of 3, not \(depth)") }
        return depth
      },
    ]
  }
}
