/// A loss of one tensor that is a mean or a sum of the losses of samples.
public protocol SampleLoss: SampleObjective, Loss {}
