import Strata

/// Images with one channel and several, with odd sizes, and as small as the windows below allow.
private let imageShapes: [Shape] = [
  [1, 1, 1, 1], [1, 1, 1, 7], [2, 1, 5, 1], [3, 2, 4, 4], [2, 3, 5, 7], [1, 4, 6, 3], [5, 1, 9, 8],
  [19, 2, 3, 3],
  [2, 7, 4, 5], [1, 2, 11, 10], [2, 5, 2, 2],
]

/// Images that a window of 3 fits in without padding.
private let largerShapes: [Shape] = [
  [1, 1, 3, 3], [2, 1, 3, 5], [1, 3, 7, 3], [3, 2, 4, 4], [2, 3, 5, 6], [17, 1, 3, 4], [2, 7, 6, 5],
  [1, 2, 13, 9],
  [4, 9, 3, 3], [1, 5, 8, 21],
]

/// Images that a window of 5 fits in without padding.
private let largestShapes: [Shape] = [
  [1, 1, 5, 5], [2, 1, 5, 6], [1, 2, 6, 5], [3, 1, 5, 9], [18, 1, 5, 5], [1, 3, 7, 7], [2, 2, 5, 22],
  [1, 1, 9, 5],
  [1, 1, 6, 6], [2, 1, 7, 5],
]

/// Images for layers of many options, as different and with fewer elements.
private let smallImages: [Shape] = [
  [1, 1, 1, 1], [1, 1, 1, 7], [2, 1, 5, 1], [1, 2, 4, 4], [2, 3, 3, 2], [1, 4, 2, 3], [3, 1, 4, 3], [17, 1, 2, 1],
  [1, 2, 3, 5], [2, 5, 1, 2], [1, 3, 2, 2], [1, 1, 6, 7],
]

/// The same that a window of 3 fits in without padding.
private let smallLarger: [Shape] = [
  [1, 1, 3, 3], [2, 1, 3, 5], [1, 3, 4, 3], [2, 2, 4, 4], [1, 2, 5, 6], [17, 1, 3, 3], [1, 4, 3, 4], [1, 1, 9, 4],
  [3, 1, 3, 3], [1, 2, 3, 8], [2, 1, 7, 3], [1, 1, 6, 7],
]

/// The numbers of channels that options with groups take: those of the input, an even number of times.
private func isOdd(_ shape: Shape) -> Bool { shape[1] % 2 != 0 }

/// Images of an even number of channels.
private let evenImages: [Shape] = [
  [1, 2, 1, 1], [1, 4, 1, 5], [2, 2, 5, 1], [1, 2, 4, 4], [2, 4, 3, 2], [1, 4, 2, 3], [3, 2, 4, 3], [17, 2, 1, 2],
  [1, 8, 2, 2], [1, 2, 5, 6], [2, 6, 2, 1], [1, 2, 7, 3],
]

/// Sequences [B, C, T], with one channel and several, and as short as the windows below allow.
private let stepShapes: [Shape] = [
  [1, 1, 1], [1, 1, 7], [2, 3, 5], [3, 2, 4], [2, 1, 12], [1, 4, 6], [5, 1, 8], [17, 1, 3], [1, 7, 3], [1, 1, 33],
  [2, 5, 2], [4, 1, 6],
]

/// Sequences of an even number of channels.
private let evenSteps: [Shape] = [
  [1, 2, 1], [1, 4, 7], [2, 4, 3], [3, 2, 4], [2, 2, 9], [1, 4, 6], [4, 2, 5], [17, 2, 2], [1, 8, 3], [1, 2, 21],
  [2, 6, 2], [1, 6, 4],
]

/// Images, features and sequences of channels that a normalization by groups can be checked on: for two values that are
/// close together the slope changes too fast for differences.
private let groupShapes: [Shape] = [
  [1, 4, 3], [3, 2, 4], [2, 4, 5], [1, 2, 2, 2], [2, 4, 1, 3], [3, 2, 3, 2], [17, 2, 3], [1, 8, 2, 2], [1, 2, 5, 4],
  [2, 6, 4], [1, 10, 4], [1, 2, 2, 3, 2],
]

@Sendable private func hasFewValues(_ shape: Shape) -> Bool {
  isOdd(shape) || shape.lengths.dropFirst(2).reduce(1, *) < 3
}

private func wide(_ options: String, _ make: @escaping @Sendable (Shape) -> any Layer) -> LayerEntry {
  LayerEntry("Conv2D", options, shapes: smallImages, make: make)
}

/// Options of the newer layers, and channels enough for products of patches.
private let convolutionOptions: [LayerEntry] = [
  wide("(3, padding same, dilation 2)") { Conv2D($0[1], 3, kernel: 3, padding: .same, dilation: 2) },
  wide("(3x2, padding same)") { Conv2D($0[1], 2, kernel: [3, 2], padding: .same) },
  LayerEntry("Conv2D", "(2x3, stride 2x3, dilation 3x2, padding 2 1 2 3)", shapes: smallLarger) {
    Conv2D(
      $0[1], 2, kernel: [2, 3], stride: [2, 3], padding: Padding2D(top: 2, bottom: 1, left: 2, right: 3),
      dilation: [3, 2])
  },
  wide("(3, padding 2, replicate)") { Conv2D($0[1], 2, kernel: 3, padding: 2, paddingMode: .replicate) },
  LayerEntry("Conv2D", "(3, padding 2x1, reflect)", shapes: smallLarger) {
    Conv2D($0[1], 2, kernel: 3, padding: [2, 1], paddingMode: .reflect)
  },
  LayerEntry("Conv2D", "(3, stride 2, padding 1, circular)", shapes: smallImages) {
    Conv2D($0[1], 2, kernel: 3, stride: 2, padding: 1, paddingMode: .circular)
  },
  LayerEntry("Conv2D", "(3, padding 1, groups 2)", shapes: evenImages, refusing: isOdd) {
    Conv2D($0[1], 6, kernel: 3, padding: 1, groups: 2)
  },
  LayerEntry("Conv2D", "(3, stride 2, padding 1, depthwise)", shapes: smallImages) {
    Conv2D($0[1], 2 * $0[1], kernel: 3, stride: 2, padding: 1, groups: $0[1], bias: false)
  },
  LayerEntry("Conv1D", "(3)", shapes: stepShapes.filter { $0[2] >= 3 }) { Conv1D($0[1], 4, kernel: 3) },
  LayerEntry("Conv1D", "(3, padding causal, dilation 2)", shapes: stepShapes) {
    Conv1D($0[1], 3, kernel: 3, padding: .causal, dilation: 2)
  },
  LayerEntry("Conv1D", "(4, padding same, bias: false)", shapes: stepShapes) {
    Conv1D($0[1], 2, kernel: 4, padding: .same, bias: false)
  },
  LayerEntry("Conv1D", "(3, stride 2, padding 1, groups 2, replicate)", shapes: evenSteps, refusing: isOdd) {
    Conv1D($0[1], 4, kernel: 3, stride: 2, padding: 1, groups: 2, paddingMode: .replicate)
  },
  LayerEntry("ConvTranspose2D", "(3)", shapes: smallImages) { ConvTranspose2D($0[1], 3, kernel: 3) },
  LayerEntry("ConvTranspose2D", "(3, stride 2, padding 1, outputPadding 1)", shapes: smallImages) {
    ConvTranspose2D($0[1], 2, kernel: 3, stride: 2, padding: 1, outputPadding: 1)
  },
  LayerEntry("ConvTranspose2D", "(2, stride 2, groups 2, bias: false)", shapes: evenImages, refusing: isOdd) {
    ConvTranspose2D($0[1], 4, kernel: 2, stride: 2, groups: 2, bias: false)
  },
  LayerEntry("ConvTranspose2D", "(2x3, stride 3x1, dilation 2, outputPadding 1)", shapes: smallImages) {
    ConvTranspose2D($0[1], 2, kernel: [2, 3], stride: [3, 1], outputPadding: 1, dilation: 2)
  },
  LayerEntry("ConvTranspose1D", "(4, stride 2, padding 1)", shapes: stepShapes) {
    ConvTranspose1D($0[1], 3, kernel: 4, stride: 2, padding: 1)
  },
  LayerEntry("ConvTranspose1D", "(3, stride 3, dilation 2, outputPadding 2)", shapes: stepShapes) {
    ConvTranspose1D($0[1], 2, kernel: 3, stride: 3, outputPadding: 2, dilation: 2)
  },
]

private let poolingOptions: [LayerEntry] = [
  LayerEntry("MaxPool2D", "(3x2, stride 2x3, ceil)", shapes: smallLarger) { _ in
    MaxPool2D(kernel: [3, 2], stride: [2, 3], ceilMode: true)
  },
  LayerEntry("AveragePool2D", "(3, stride 2, padding 1, ceil)", shapes: smallImages) { _ in
    AveragePool2D(kernel: 3, stride: 2, padding: 1, ceilMode: true)
  },
  LayerEntry("AveragePool2D", "(3x2, stride 2x3, padding 1, ceil, inside)", shapes: smallImages) { _ in
    AveragePool2D(kernel: [3, 2], stride: [2, 3], padding: 1, ceilMode: true, countsPadding: false)
  },
  LayerEntry("MaxPool1D", "(2)", shapes: stepShapes.filter { $0[2] >= 2 }) { _ in MaxPool1D(kernel: 2) },
  LayerEntry("MaxPool1D", "(3, stride 2, padding 1, ceil)", shapes: stepShapes) { _ in
    MaxPool1D(kernel: 3, stride: 2, padding: 1, ceilMode: true)
  },
  LayerEntry("AveragePool1D", "(2)", shapes: stepShapes.filter { $0[2] >= 2 }) { _ in AveragePool1D(kernel: 2) },
  LayerEntry("AveragePool1D", "(3, stride 2, padding 1, ceil)", shapes: stepShapes) { _ in
    AveragePool1D(kernel: 3, stride: 2, padding: 1, ceilMode: true)
  },
  LayerEntry("AdaptiveAveragePool2D", "(3x2)", shapes: smallImages) { _ in AdaptiveAveragePool2D([3, 2]) },
  LayerEntry("AdaptiveAveragePool1D", "(3)", shapes: stepShapes) { _ in AdaptiveAveragePool1D(3) },
  LayerEntry("AdaptiveMaxPool2D", "(3x2)", shapes: smallImages) { _ in AdaptiveMaxPool2D([3, 2]) },
  LayerEntry("AdaptiveMaxPool1D", "(3)", shapes: stepShapes) { _ in AdaptiveMaxPool1D(3) },
  LayerEntry("GlobalAveragePool", shapes: stepShapes + smallImages) { _ in GlobalAveragePool() },
  LayerEntry("GlobalMaxPool", shapes: stepShapes + smallImages) { _ in GlobalMaxPool() },
]

private let imageLayers: [LayerEntry] = [
  LayerEntry("Pad2D", "(0 1 2 3)", shapes: smallImages) { _ in
    Pad2D(Padding2D(top: 0, bottom: 1, left: 2, right: 3))
  },
  LayerEntry("Pad2D", "(3, replicate)", shapes: smallImages) { _ in Pad2D(3, mode: .replicate) },
  LayerEntry("Pad2D", "(2x1, reflect)", shapes: smallLarger) { _ in Pad2D([2, 1], mode: .reflect) },
  LayerEntry("Pad2D", "(1, circular)", shapes: smallImages) { _ in Pad2D(1, mode: .circular) },
  LayerEntry("Pad1D", "(2 0)", shapes: stepShapes) { _ in Pad1D(Padding1D(left: 2, right: 0)) },
  LayerEntry("Pad1D", "(1, circular)", shapes: stepShapes) { _ in Pad1D(1, mode: .circular) },
  LayerEntry("Upsample", "(2)", shapes: smallImages) { _ in Upsample(scale: 2) },
  LayerEntry("Upsample", "(size 5x3)", shapes: smallImages) { _ in Upsample(size: [5, 3]) },
  LayerEntry("Upsample", "(2x3, bilinear)", shapes: smallImages) { _ in
    Upsample(scale: [2, 3], mode: .bilinear())
  },
  LayerEntry("Upsample", "(size 4x7, bilinear)", shapes: smallImages) { _ in
    Upsample(size: [4, 7], mode: .bilinear())
  },
  LayerEntry("Upsample", "(size 4x7, corners)", shapes: smallImages) { _ in
    Upsample(size: [4, 7], mode: .bilinear(alignCorners: true))
  },
  LayerEntry(
    "PixelShuffle", "(2)", shapes: evenImages.map { $0.replacing(1, by: 2 * $0[1]) },
    refusing: { $0[1] % 4 != 0 }, skipping: computesNothing
  ) { _ in PixelShuffle(2) },
  LayerEntry("Dropout2D", "(0.3)", shapes: smallImages) { _ in Dropout2D(0.3) },
  LayerEntry("Dropout1D", "(0.3)", shapes: stepShapes) { _ in Dropout1D(0.3) },
  LayerEntry("GroupNorm", "(1)", shapes: groupShapes, refusing: hasFewValues) { GroupNorm(groups: 1, $0[1]) },
  LayerEntry("GroupNorm", "(2)", shapes: groupShapes, refusing: hasFewValues) {
    GroupNorm(groups: 2, $0[1], epsilon: 0.1)
  },
  LayerEntry("InstanceNorm", shapes: groupShapes, refusing: hasFewValues) { InstanceNorm($0[1]) },
  LayerEntry("InstanceNorm", "(affine)", shapes: groupShapes, refusing: hasFewValues) {
    InstanceNorm($0[1], affine: true, epsilon: 0.1)
  },
]

let convolutionLayers: [LayerEntry] =
  convolutionOptions + poolingOptions + imageLayers + [
    LayerEntry("Conv2D", "(3)", shapes: largerShapes) { Conv2D($0[1], $0[1] % 4 + 1, kernel: 3) },
    LayerEntry("Conv2D", "(1)", shapes: imageShapes) { Conv2D($0[1], 9, kernel: 1) },
    LayerEntry("Conv2D", "(3, stride 2, padding 1)", shapes: imageShapes) {
      Conv2D($0[1], 5, kernel: 3, stride: 2, padding: 1)
    },
    LayerEntry("Conv2D", "(2, stride 3, padding 2, bias: false)", shapes: imageShapes) {
      Conv2D($0[1], 2, kernel: 2, stride: 3, padding: 2, bias: false)
    },
    LayerEntry("Conv2D", "(3x2, stride 1x3, padding 2x1)", shapes: imageShapes) {
      Conv2D($0[1], 3, kernel: [3, 2], stride: [1, 3], padding: [2, 1])
    },
    LayerEntry("Conv2D", "(5, padding 2)", shapes: imageShapes) { Conv2D($0[1], 6, kernel: 5, padding: 2) },
    LayerEntry("Conv2D", "(5)", shapes: largestShapes) { Conv2D($0[1], 16, kernel: 5) },
    LayerEntry("MaxPool2D", "(1)", shapes: imageShapes) { _ in MaxPool2D(kernel: 1) },
    LayerEntry("MaxPool2D", "(2)", shapes: largerShapes) { _ in MaxPool2D(kernel: 2) },
    LayerEntry("MaxPool2D", "(3, stride 2, padding 1)", shapes: imageShapes) { _ in
      MaxPool2D(kernel: 3, stride: 2, padding: 1)
    },
    LayerEntry("MaxPool2D", "(3x2, stride 1x3, padding 1)", shapes: imageShapes) { _ in
      MaxPool2D(kernel: [3, 2], stride: [1, 3], padding: 1)
    },
    LayerEntry("AveragePool2D", "(1)", shapes: imageShapes) { _ in AveragePool2D(kernel: 1) },
    LayerEntry("AveragePool2D", "(2)", shapes: largerShapes) { _ in AveragePool2D(kernel: 2) },
    LayerEntry("AveragePool2D", "(3, stride 2, padding 1)", shapes: imageShapes) { _ in
      AveragePool2D(kernel: 3, stride: 2, padding: 1)
    },
    LayerEntry("AveragePool2D", "(3, stride 2, padding 1, inside)", shapes: imageShapes) { _ in
      AveragePool2D(kernel: 3, stride: 2, padding: 1, countsPadding: false)
    },
    LayerEntry("AveragePool2D", "(3x2, stride 1x3, padding 1, inside)", shapes: imageShapes) { _ in
      AveragePool2D(kernel: [3, 2], stride: [1, 3], padding: 1, countsPadding: false)
    },
  ]
