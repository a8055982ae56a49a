import ExampleSupport
import Strata

/// The command-line settings of `image-classifier`.
struct ImageClassifierSettings: ExampleSettings {
  static let program = "image-classifier"
  static let summary =
    "Trains a residual network on images in class folders, in the format of MNIST, or on the bundled digits."

  var common = CommonSettings(epochs: 15, batch: 64, learningRate: 0.1)
  var size: Int?
  var minutes: Double?
  var channels = [32, 64, 128]
  var blocks = 1
  var crop = 1
  var flips = false
  var degrees = 0.0
  var zoom = 0.0
  var erasing = 0.0
  var mixUp = 0.0
  var cutMix = 0.0
  var smoothing = 0.1
  var decay: Double?
  var preview: String?

  /// It describes `--data` itself.
  static let readsData = false

  static var ownOptions: [Option<ImageClassifierSettings>] {
    [
      Option(
        "--data", "DIR", "directory of IDX files, or of images in class folders (the bundled digits)", \.common.data
      ) {
        try path($0)
      },
      Option("--size", "N", "height and width that images in folders get (their own)", \.size) {
        try wholeNumber($0, in: 1...4096)
      },
      Option("--minutes", "M", "train for M minutes instead of epochs", \.minutes) { try positiveNumber($0) },
      Option(
        "--channels", "N,N,…", "channels of the stages, which halve the size but for the first (32,64,128)", \.channels
      ) {
        try wholeNumbers($0, in: 1...4096)
      },
      Option("--blocks", "N", "residual blocks of two convolutions in a stage (1)", \.blocks) {
        try wholeNumber($0, in: 1...100)
      },
      Option("--crop", "N", "shift images by at most N pixels, 0 for not at all (1)", \.crop) {
        try wholeNumber($0, in: 0...1024)
      },
      Option("--flip", "mirror half of the images", \.flips),
      Option("--rotate", "D", "turn images by at most D degrees (0)", \.degrees) { try notNegativeNumber($0) },
      Option("--zoom", "X", "make images larger or smaller by at most this share (0)", \.zoom) { try fraction($0) },
      Option("--erase", "P", "share of images that lose a rectangle (0)", \.erasing) { try fraction($0) },
      Option("--mixup", "A", "blend images in pairs, with parts of Beta(A, A) (0)", \.mixUp) {
        try notNegativeNumber($0)
      },
      Option("--cutmix", "A", "put a part of one image into another, with areas of Beta(A, A) (0)", \.cutMix) {
        try notNegativeNumber($0)
      },
      Option("--smoothing", "X", "share of each label that is spread over all classes (0.1)", \.smoothing) {
        try fraction($0)
      },
      Option("--ema", "D", "judge and keep an average of the weights that decays by D in a step", \.decay) {
        try fraction($0)
      },
      Option("--preview", "FILE", "write a picture of what the augmentation makes of some images, as PNG", \.preview) {
        try newFile($0)
      },
    ]
  }

  /// What is done to the images of training.
  var augmentations: [Augmentation] {
    [
      crop > 0 ? .crop(padding: crop) : nil, flips ? .horizontalFlip() : nil,
      degrees > 0 ? .rotation(degrees: degrees) : nil, zoom > 0 ? .scale(1 - zoom...1 + zoom) : nil,
      erasing > 0 ? .erasing(probability: erasing) : nil,
    ].compactMap(\.self)
  }

  /// How they are mixed.
  var mixings: [Mixing] {
    [mixUp > 0 ? .mixUp(alpha: mixUp) : nil, cutMix > 0 ? .cutMix(alpha: cutMix) : nil].compactMap(\.self)
  }
}
