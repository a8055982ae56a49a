import StrataTensor

/// Examples of one tensor of inputs and one of labels.
///
/// ```swift
/// let (train, validation) = Dataset(inputs: x, labels: y).split(at: 50_000)
/// for batch in train.batches(of: 64, epoch: 3) { … }
/// ```
public typealias Dataset = Examples<Tensor, Tensor>
