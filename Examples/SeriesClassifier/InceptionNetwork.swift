import Strata

/// Returns an untrained network for series `[B, 1, T]`, with weights drawn from the seed: blocks of convolutions of three
/// lengths side by side, a shortcut around every three blocks, the mean over the time, and a linear layer.
///
/// One network of the five whose mean answer is InceptionTime: Ismail Fawaz et al., "InceptionTime: Finding AlexNet for
/// Time Series Classification", 2020.
func inceptionNetwork(classes: Int, _ settings: SeriesClassifierSettings) -> Sequential {
  let filters = settings.filters
  return withSeed(settings.common.seed) {
    Sequential {
      for group in 0..<settings.depth / 3 {
        let inputs = group == 0 ? 1 : 4 * filters
        Parallel(join: .sum) {
          Sequential {
            block(inputs, filters)
            block(4 * filters, filters)
            block(4 * filters, filters)
          }
          Sequential {
            Conv1D(inputs, 4 * filters, kernel: 1, bias: false)
            BatchNorm(4 * filters)
          }
        }
        ReLU()
      }
      GlobalAveragePool()
      Linear(4 * filters, classes)
    }
  }
}

/// Convolutions of 40, 20 and 10 steps behind one that makes the channels few, and one behind the largest of three steps.
private func block(_ inputs: Int, _ filters: Int) -> Sequential {
  Sequential {
    Parallel(join: .concatenate(axis: 1)) {
      Sequential {
        if inputs > 1 { Conv1D(inputs, filters, kernel: 1, bias: false) }
        Parallel(join: .concatenate(axis: 1)) {
          for length in [40, 20, 10] {
            Conv1D(inputs > 1 ? filters : 1, filters, kernel: length, padding: .same, bias: false)
          }
        }
      }
      Sequential {
        MaxPool1D(kernel: 3, stride: 1, padding: 1)
        Conv1D(inputs, filters, kernel: 1, bias: false)
      }
    }
    BatchNorm(4 * filters)
    ReLU()
  }
}
