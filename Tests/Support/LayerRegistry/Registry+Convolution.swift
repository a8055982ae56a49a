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

let convolutionLayers: [LayerEntry] = [
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
