import Strata

/// Where the steps of some models spend their time, and whether the parts add up to the step.
enum Profiles {
  /// How far the sum of the parts may be from a step that no clock was in.
  private static let tolerance = 0.05

  /// Prints a profile of each model; returns whether all add up.
  static func report(rounds: Int = 150) throws -> Bool {
    let peaks = MachinePeaks.measured()
    var addUp = true
    for (name, model, input) in models {
      let inputs = withSeed(1) { Tensor(normal: input) }
      let outputs = try model.outputShape(for: input)
      let samples = outputs.lengths.dropLast().reduce(1, *)
      let labels = Tensor(
        (0..<samples).map { Int32($0 % outputs[-1]) }, shape: Shape(Array(outputs.lengths.dropLast())))
      let profile = try profile(
        model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), at: inputs, labels, rounds: rounds,
        peaks: peaks)
      let error = profile.totalSeconds / profile.stepSeconds - 1
      addUp = addUp && abs(error) <= tolerance
      print("\(name), \(input)\n\(profile)")
      print("the parts are \(abs(error) <= tolerance ? "" : "NOT ")within 5 % of the step: \(sign(error))\n")
    }
    return addUp
  }

  private static func sign(_ error: Double) -> String {
    (error < 0 ? "-" : "+") + "\((abs(error) * 1000).rounded() / 10) %"
  }

  /// Models of each kind, with the shape of a batch.
  static let models: [(name: String, model: any Layer, input: Shape)] = withSeed(2) {
    [
      ("a small perceptron", perceptron(784, 256, 10)(), [64, 784]),
      ("a wide perceptron", perceptron(784, 1024, 1024, 10)(), [256, 784]),
      (
        "residual blocks with BatchNorm",
        Sequential {
          Linear(784, 512)
          for _ in 0..<4 {
            Residual {
              BatchNorm(512); ReLU(); Linear(512, 512)
            }
          }
          Linear(512, 10)
        }, [128, 784]
      ),
      (
        "a convolutional net",
        Sequential {
          Conv2D(1, 6, kernel: 5, padding: 2)
          ReLU()
          MaxPool2D(kernel: 2)
          Conv2D(6, 16, kernel: 5)
          ReLU()
          MaxPool2D(kernel: 2)
          Flatten()
          Linear(400, 120)
          ReLU()
          Linear(120, 10)
        }, [64, 1, 28, 28]
      ),
      (
        "an LSTM",
        Sequential {
          Recurrent(LSTMCell(28, 128), returning: .lastStep); Linear(128, 10)
        }, [32, 28, 28]
      ),
      (
        "a transformer",
        Sequential {
          for _ in 0..<2 { TransformerEncoderLayer(64, heads: 4) }
          LayerNorm(64)
          Linear(64, 10)
        }, [16, 32, 64]
      ),
    ]
  }
}
