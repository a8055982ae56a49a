import Strata

/// Returns an untrained residual network for images `[B, C, H, W]`, with weights drawn from the seed: a convolution, stages
/// of blocks of which each but the first stage halves the size, the mean over the image, and a linear layer.
///
/// With one block in each of three stages it has 8 layers with weights in a row, with two in each of four 18. He, Zhang, Ren
/// and Sun, "Deep Residual Learning for Image Recognition", 2015.
func residualNetwork(colours: Int, classes: Int, _ settings: ImageClassifierSettings) -> Sequential {
  let channels = settings.channels
  return withSeed(settings.common.seed) {
    Sequential {
      normalized(colours, channels[0], kernel: 3)
      ReLU()
      for (stage, (inputs, outputs)) in zip([channels[0]] + channels, channels).enumerated() {
        for index in 0..<settings.blocks {
          block(index == 0 ? inputs : outputs, outputs, stride: stage > 0 && index == 0 ? 2 : 1)
          ReLU()
        }
      }
      GlobalAveragePool()
      Linear(channels.last!, classes)
    }
  }
}

/// A convolution that keeps the size but for its stride, and a normalization over the batch in place of a bias.
private func normalized(_ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1) -> Sequential {
  Sequential {
    Conv2D(
      inputs, outputs, kernel: Size2D(kernel), stride: Size2D(stride), padding: Padding2D(kernel / 2), bias: false)
    BatchNorm(outputs)
  }
}

/// Two convolutions, to which x is added: by a convolution of 1 × 1 where they change its shape.
private func block(_ inputs: Int, _ outputs: Int, stride: Int) -> any Layer {
  let body = Sequential {
    normalized(inputs, outputs, kernel: 3, stride: stride)
    ReLU()
    normalized(outputs, outputs, kernel: 3)
  }
  if inputs == outputs, stride == 1 { return Residual { body } }
  return Parallel(join: .sum) {
    body
    normalized(inputs, outputs, kernel: 1, stride: stride)
  }
}
