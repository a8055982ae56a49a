/// A loss of each element and its target, with a parameter where it needs one.
package enum LossKernel: Sendable {
  case binaryCrossEntropy, squaredError, absoluteError, huber, smoothL1, logCosh, quantile, poisson, poissonRate
  case hinge, squaredHinge, hingeEmbedding, softMargin
}
