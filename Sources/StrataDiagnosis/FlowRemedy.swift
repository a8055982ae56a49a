import StrataLayers

/// A remedy from the literature for a gradient that vanishes or explodes.
public enum FlowRemedy: String, Sendable, CaseIterable {
  case initialization, activation, normalization, residualBranch, gate, clipping, weightDecay, learningRate
}

extension FlowRemedy: CustomStringConvertible {
  /// The advice in a clause, with its source.
  public var description: String {
    switch self {
    case .initialization:
      "initialize by fan-in: .heNormal before ReLU (He 2015), .xavierUniform before tanh or sigmoid (Glorot and "
        + "Bengio 2010), .orthogonal for a recurrent matrix (Saxe 2013)"
    case .activation: "take ReLU or LeakyReLU, whose slope is 1 (Nair and Hinton 2010; Maas 2013)"
    case .normalization: "normalize before the activation: BatchNorm (Ioffe 2015), LayerNorm (Ba 2016)"
    case .residualBranch: "put the layers into a Residual, past which the gradient has a gain of 1 (He 2015)"
    case .gate: "take a gated cell, LSTMCell(forgetBias: 1) or GRUCell (Hochreiter and Schmidhuber 1997; Cho 2014)"
    case .clipping: "clip gradients by their global norm (Pascanu 2013)"
    case .weightDecay: "decay the weights, which bounds their spectral norm (Krogh and Hertz 1991)"
    case .learningRate: "change the learning rate until a step is about a thousandth of the weights (Bottou 2012)"
    }
  }
}
