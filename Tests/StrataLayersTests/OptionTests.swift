import Strata
import StrataTensor
import Testing

/// The options of a layer or loss can be read as they were given, to print them or to create another alike.
@Suite(.seeded) struct OptionTests {
  @Test func `activations tell their constants`() {
    #expect(LeakyReLU(slope: 0.2).slope == 0.2)
    #expect(ELU(alpha: 1.5).alpha == 1.5)
    #expect(Softplus(beta: 3).beta == 3)
    #expect(GELU().form == .exact && GELU(.tanh).form == .tanh)
  }

  @Test func `normalizations and dropout tell theirs`() {
    let norm = BatchNorm(3, epsilon: 1e-3, momentum: 0.25)
    #expect(norm.epsilon == 1e-3 && norm.momentum == 0.25)
    #expect(LayerNorm(3, epsilon: 1e-4).epsilon == 1e-4)
    #expect(RMSNorm(3).epsilon == nil && RMSNorm(3, epsilon: 1e-6).epsilon == 1e-6)
    #expect(Dropout(0.3).rate == 0.3)
  }

  @Test func `layers of sequences and images tell theirs`() {
    let layer = Recurrent(RNNCell(2, 3), returning: .lastStep, truncation: 4, isReversed: true)
    #expect(layer.result == .lastStep && layer.truncation == 4 && layer.isReversed)
    #expect(AveragePool2D(kernel: 2).countsPadding && !AveragePool2D(kernel: 2, countsPadding: false).countsPadding)
  }

  @Test func `losses tell theirs`() {
    let entropy = SoftmaxCrossEntropy(
      reduction: .sum, labelSmoothing: 0.1, ignoredIndex: 7, classWeights: [1, 0.5, 2])
    #expect(entropy.reduction == .sum && entropy.labelSmoothing == 0.1 && entropy.ignoredIndex == 7)
    #expect(entropy.classWeights == [1, 0.5, 2])
    #expect(BinaryCrossEntropyWithLogits(positiveWeight: 3).positiveWeight == 3)
    #expect(Huber(delta: 2).delta == 2)
    for reduction in [Reduction.mean, .sum] {
      #expect(BinaryCrossEntropyWithLogits(reduction: reduction).reduction == reduction)
      #expect(KullbackLeiblerDivergence(reduction: reduction).reduction == reduction)
      #expect(MeanSquaredError(reduction: reduction).reduction == reduction)
      #expect(MeanAbsoluteError(reduction: reduction).reduction == reduction)
      #expect(Huber(reduction: reduction).reduction == reduction)
      #expect(NormalDivergence(reduction: reduction).reduction == reduction)
    }
  }
}
