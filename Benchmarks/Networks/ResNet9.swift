import Strata

/// Returns ResNet-9, for images `[B, 3, 32, 32]` of ten classes: convolutions of 3 × 3 up to 512 channels, and two residual
/// blocks (D. Page, "How to train your ResNet", 2018).
public func resNet9() -> Sequential {
  Sequential(
    block(3, 64) + block(64, 128, pools: true) + [Residual { Sequential(block(128, 128) + block(128, 128)) }]
      + block(128, 256, pools: true) + block(256, 512, pools: true)
      + [Residual { Sequential(block(512, 512) + block(512, 512)) }, MaxPool2D(kernel: 4), Flatten(), Linear(512, 10)])
}

/// Returns a convolution of 3 × 3, normalized, and pooled by 2 if asked for.
public func block(_ inputs: Int, _ outputs: Int, pools: Bool = false) -> [any Layer] {
  [Conv2D(inputs, outputs, kernel: 3, padding: 1, bias: false), BatchNorm(outputs), ReLU()]
    + (pools ? [MaxPool2D(kernel: 2)] : [])
}
