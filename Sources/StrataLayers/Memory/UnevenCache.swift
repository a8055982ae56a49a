/// A module whose cache does not grow by as many bytes with each further sample of a batch, so that small batches do
/// not tell what a large one takes: a memory plan tries the batch itself.
public protocol UnevenCache: Module {}
