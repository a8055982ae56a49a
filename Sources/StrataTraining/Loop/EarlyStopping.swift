import StrataLayers
import StrataTensor

/// Watches the validation loss, and keeps the state of the epoch where it was lowest.
struct EarlyStopping {
  private let patience: Int
  private(set) var best: (epoch: Int, loss: Double, state: [String: Tensor])?
  private var epochsWithoutGain = 0

  /// - Parameter patience: How many epochs in a row may bring no lower loss.
  init(patience: Int) {
    require(patience >= 1, "fit: a patience of \(patience) epochs would stop before the first; give 1 or more")
    self.patience = patience
  }

  /// Whether training should go on after this epoch. A loss of NaN is no gain.
  ///
  /// The state shares memory with the parameters until the next update, which writes to fresh memory once.
  mutating func goesOn(after epoch: Int, loss: Double, of model: some Module) -> Bool {
    if !loss.isNaN, loss < best?.loss ?? .infinity {
      best = (epoch, loss, model.state)
      epochsWithoutGain = 0
    } else {
      epochsWithoutGain += 1
    }
    return epochsWithoutGain < patience
  }
}
