// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target of Strata is built with the same settings.
let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

let package = Package(
  name: "Strata",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Strata", targets: ["Strata"]),
    .library(name: "StrataTesting", targets: ["StrataTesting"]),
    .library(name: "StrataImages", targets: ["StrataImages"]),
    .executable(name: "compare-runs", targets: ["CompareRuns"]),
    .executable(name: "custom-layer", targets: ["CustomLayer"]),
    .executable(name: "chain-rule", targets: ["ChainRule"]),
    .executable(name: "strata-bench", targets: ["StrataBench"]),
    .executable(name: "strata-recipes", targets: ["Recipes"]),
    .executable(name: "strata-step-sizes", targets: ["StepSizes"]),
    .executable(name: "data-bench", targets: ["DataBench"]),
    .executable(name: "mnist", targets: ["MNIST"]),
    .executable(name: "row-digits", targets: ["RowDigits"]),
    .executable(name: "adding-problem", targets: ["AddingProblem"]),
    .executable(name: "conv-digits", targets: ["ConvDigits"]),
    .executable(name: "autoencoder", targets: ["Autoencoder"]),
    .executable(name: "deep-linear", targets: ["DeepLinear"]),
    .executable(name: "vanishing-gradients", targets: ["VanishingGradients"]),
    .executable(name: "checkpoint-memory", targets: ["CheckpointMemory"]),
    .executable(name: "char-gpt", targets: ["CharGPT"]),
    .executable(name: "reverse", targets: ["Reverse"]),
    .executable(name: "pytorch-transfer", targets: ["PyTorchTransfer"]),
    .executable(name: "tabular", targets: ["Tabular"]),
    .executable(name: "forecast", targets: ["Forecast"]),
    .executable(name: "chain-cost", targets: ["ChainCost"]),
    .executable(name: "book", targets: ["Book"]),
    .executable(name: "image-classifier", targets: ["ImageClassifier"]),
    .executable(name: "mnist-1d", targets: ["MNIST1D"]),
    .executable(name: "series-classifier", targets: ["SeriesClassifier"]),
    .executable(name: "denoise", targets: ["Denoise"]),
  ],
  targets: [
    // Floor 0: system libraries, and the vector loops that BLAS has not.
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .yum(["openblas-devel"]), .brew(["openblas"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"]), .yum(["zlib-devel"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CSpng", pkgConfig: "spng",
      providers: [.apt(["libspng-dev"]), .yum(["libspng-devel"]), .brew(["libspng"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg",
      providers: [.apt(["libturbojpeg0-dev"]), .yum(["turbojpeg-devel"]), .brew(["jpeg-turbo"])]),
    .target(name: "CStrataKernels", linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),

    // Floor 1: tensors.
    .target(
      name: "StrataTensor", dependencies: ["COpenBLAS", "CStrataKernels"], swiftSettings: settings),

    // Floor 2: layers, and files in and out.
    .target(
      name: "StrataLayers", dependencies: ["StrataTensor", "CStrataKernels"], swiftSettings: settings),
    .target(
      name: "StrataData", dependencies: ["StrataTensor", "CStrataKernels", "CZlib"], swiftSettings: settings),

    // Floor 3: training.
    .target(
      name: "StrataTraining", dependencies: ["StrataLayers", "StrataData", "CStrataKernels"],
      swiftSettings: settings),
    .target(name: "StrataAutograd", dependencies: ["StrataTensor", "StrataLayers"], swiftSettings: settings),

    // Floor 4: diagnosis and proof.
    .target(name: "StrataDiagnosis", dependencies: ["StrataLayers", "StrataTraining"], swiftSettings: settings),
    .target(
      name: "StrataTesting", dependencies: ["StrataLayers", "StrataTraining"], swiftSettings: settings),

    .target(
      name: "StrataReport", dependencies: ["StrataLayers", "StrataData", "StrataTraining", "StrataDiagnosis"],
      swiftSettings: settings),

    // Floor 5: the umbrella.
    .target(
      name: "Strata",
      dependencies: [
        "StrataTensor", "StrataLayers", "StrataData", "StrataTraining", "StrataAutograd", "StrataDiagnosis",
        "StrataReport",
      ],
      swiftSettings: settings),

    // Apart: what needs further C libraries. Strata has none of it.
    .target(
      name: "StrataImages", dependencies: ["StrataLayers", "StrataData", "CSpng", "CTurboJPEG", "CZlib"],
      swiftSettings: settings),

    // Examples.
    .executableTarget(
      name: "CompareRuns", dependencies: ["Strata", "ExampleSupport"], path: "Examples/CompareRuns",
      swiftSettings: settings),
    .executableTarget(
      name: "CustomLayer", dependencies: ["Strata", "StrataTesting"], path: "Examples/CustomLayer",
      swiftSettings: settings),
    .executableTarget(
      name: "ChainRule", dependencies: ["Strata", "ExampleSupport"], path: "Examples/ChainRule",
      swiftSettings: settings),
    .executableTarget(
      name: "MNIST", dependencies: ["Strata", "ExampleSupport"], path: "Examples/MNIST",
      swiftSettings: settings),
    .executableTarget(
      name: "RowDigits", dependencies: ["Strata", "ExampleSupport"], path: "Examples/RowDigits",
      swiftSettings: settings),
    .executableTarget(
      name: "AddingProblem", dependencies: ["Strata", "ExampleSupport"], path: "Examples/AddingProblem",
      swiftSettings: settings),
    .executableTarget(
      name: "ConvDigits", dependencies: ["Strata", "ExampleSupport"], path: "Examples/ConvDigits",
      swiftSettings: settings),
    .executableTarget(
      name: "Autoencoder", dependencies: ["Strata", "ExampleSupport"], path: "Examples/Autoencoder",
      swiftSettings: settings),
    .executableTarget(
      name: "DeepLinear", dependencies: ["Strata", "ExampleSupport"], path: "Examples/DeepLinear",
      swiftSettings: settings),
    .executableTarget(
      name: "VanishingGradients", dependencies: ["Strata", "ExampleSupport"], path: "Examples/VanishingGradients",
      swiftSettings: settings),
    .executableTarget(
      name: "CheckpointMemory", dependencies: ["Strata", "ExampleSupport"], path: "Examples/CheckpointMemory",
      swiftSettings: settings),
    .executableTarget(
      name: "PyTorchTransfer", dependencies: ["Strata", "ExampleSupport"], path: "Examples/PyTorchTransfer",
      exclude: ["train_digits.py"], swiftSettings: settings),
    .executableTarget(
      name: "Tabular", dependencies: ["Strata", "ExampleSupport"], path: "Examples/Tabular", swiftSettings: settings),
    .executableTarget(
      name: "Forecast", dependencies: ["Strata", "ExampleSupport"], path: "Examples/Forecast", swiftSettings: settings),
    .executableTarget(
      name: "CharGPT", dependencies: ["Strata", "ExampleSupport"], path: "Examples/CharGPT",
      swiftSettings: settings),
    .executableTarget(
      name: "Reverse", dependencies: ["Strata", "ExampleSupport"], path: "Examples/Reverse",
      swiftSettings: settings),
    .executableTarget(
      name: "ChainCost", dependencies: ["Strata", "StrataTensor", "ExampleSupport"], path: "Examples/ChainCost",
      swiftSettings: settings),
    .executableTarget(
      name: "Book", dependencies: ["Strata", "StrataTensor", "StrataReport", "ExampleSupport"], path: "Examples/Book",
      exclude: ["Scripts"], swiftSettings: settings),
    .executableTarget(
      name: "ImageClassifier", dependencies: ["Strata", "StrataImages", "ExampleSupport"],
      path: "Examples/ImageClassifier", swiftSettings: settings),
    .executableTarget(
      name: "MNIST1D", dependencies: ["Strata", "ExampleSupport"], path: "Examples/MNIST1D", swiftSettings: settings),
    .executableTarget(
      name: "SeriesClassifier", dependencies: ["Strata", "ExampleSupport"], path: "Examples/SeriesClassifier",
      swiftSettings: settings),
    .executableTarget(
      name: "Denoise", dependencies: ["Strata", "ExampleSupport"], path: "Examples/Denoise", swiftSettings: settings),
    .target(
      name: "ExampleSupport", dependencies: ["Strata", "StrataTensor"], path: "Examples/Support",
      swiftSettings: settings),

    // What is timed against other frameworks.
    .executableTarget(
      name: "StrataBench", dependencies: ["Strata", "BenchNetworks"], path: "Benchmarks/StrataBench",
      swiftSettings: settings),

    // How fast data comes in, beside pandas.
    .executableTarget(
      name: "DataBench", dependencies: ["Strata", "StrataImages", "BenchNetworks"], path: "Benchmarks/DataBench",
      swiftSettings: settings),

    // A network that both train.
    .target(
      name: "BenchNetworks", dependencies: ["Strata"], path: "Benchmarks/Networks", swiftSettings: settings),

    // What justifies the steps and tolerances of the gradient check.
    .executableTarget(
      name: "StepSizes", dependencies: ["Strata"], path: "Benchmarks/StepSizes", swiftSettings: settings),

    // How many epochs recipes of training need, and how good the rates are that the finder suggests.
    .executableTarget(
      name: "Recipes", dependencies: ["Strata"], path: "Benchmarks/Recipes", swiftSettings: settings),

    // What shows, when it runs, that this machine computes correctly and that nothing leaks.
    .target(name: "ReferenceProduct", path: "Tests/ReferenceProduct"),
    .executableTarget(
      name: "SelfCheck", dependencies: ["StrataTensor", "COpenBLAS", "ReferenceProduct"], path: "Tests/SelfCheck",
      swiftSettings: settings),
    .executableTarget(name: "Soak", dependencies: ["Strata"], path: "Tests/Soak", swiftSettings: settings),
    .executableTarget(
      name: "Attack", dependencies: ["Strata"], path: "Tests/Attack", exclude: ["faults.c"], swiftSettings: settings),
    .executableTarget(
      name: "Formats", dependencies: ["StrataData", "StrataTensor"], path: "Tests/Formats", swiftSettings: settings),
    .executableTarget(
      name: "Tokenize", dependencies: ["StrataData"], path: "Tests/Tokenize", swiftSettings: settings),
    .executableTarget(
      name: "Threads", dependencies: ["Strata", "StrataTensor"], path: "Tests/Threads", swiftSettings: settings),

    // Every layer with inputs to try, for the suites that go over all of them.
    .target(
      name: "LayerRegistry", dependencies: ["Strata", "StrataTensor", "StrataTesting"],
      path: "Tests/Support/LayerRegistry", swiftSettings: settings),

    // Models that PyTorch has too, and what writes them for it.
    .target(
      name: "PyTorchModels", dependencies: ["Strata"], path: "Tests/Support/PyTorchModels", swiftSettings: settings),
    .executableTarget(
      name: "PyTorchFiles", dependencies: ["Strata", "PyTorchModels"], path: "Tests/PyTorchFiles",
      swiftSettings: settings),

    // Tests mirror the sources.
    .testTarget(
      name: "StrataTensorTests", dependencies: ["StrataTensor", "CStrataKernels", "SelfCheck", "ReferenceProduct"],
      swiftSettings: settings),
    .testTarget(
      name: "StrataLayersTests",
      dependencies: ["Strata", "StrataTensor", "StrataTesting", "CStrataKernels", "LayerRegistry", "PyTorchModels"],
      swiftSettings: settings),
    .testTarget(
      name: "StrataDataTests", dependencies: ["StrataData", "StrataTensor", "CZlib"], swiftSettings: settings),
    .testTarget(
      name: "StrataImagesTests",
      dependencies: ["Strata", "StrataImages", "StrataData", "StrataTensor", "CZlib"], swiftSettings: settings),
    .testTarget(
      name: "StrataTrainingTests",
      dependencies: ["Strata", "StrataData", "StrataTensor", "StrataTraining", "CStrataKernels", "PyTorchModels"],
      swiftSettings: settings),
    .testTarget(
      name: "StrataDiagnosisTests", dependencies: ["Strata", "StrataDiagnosis", "StrataTensor", "LayerRegistry"],
      swiftSettings: settings),
    .testTarget(
      name: "StrataReportTests", dependencies: ["Strata", "StrataReport", "StrataTensor", "StrataTraining"],
      swiftSettings: settings),
    .testTarget(
      name: "StrataAutogradTests", dependencies: ["Strata", "StrataAutograd", "StrataTensor", "StrataTesting"],
      swiftSettings: settings),
    .testTarget(
      name: "StrataTestingTests", dependencies: ["Strata", "StrataTensor", "StrataTesting"],
      swiftSettings: settings),
    .testTarget(
      name: "MisuseTests", dependencies: ["Strata", "StrataImages", "StrataTensor", "StrataTesting"],
      swiftSettings: settings),
    .testTarget(
      name: "EdgeTests", dependencies: ["Strata", "StrataTensor", "CStrataKernels"], swiftSettings: settings),
    .testTarget(
      name: "BookTests", dependencies: ["Strata", "StrataTesting"], swiftSettings: settings),
    .testTarget(
      name: "ExamplesTests",
      dependencies: [
        "MNIST", "ConvDigits", "Autoencoder", "RowDigits", "AddingProblem", "CheckpointMemory", "DeepLinear",
        "VanishingGradients", "ChainRule", "PyTorchTransfer", "Tabular", "Forecast", "CharGPT", "Reverse",
        "CompareRuns", "ChainCost", "Book", "ImageClassifier", "MNIST1D", "SeriesClassifier", "Denoise",
        "ExampleSupport", "Strata",
      ],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
