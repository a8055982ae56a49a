import Strata

let checkpointLayers: [LayerEntry] = [
  LayerEntry("Checkpoint", shapes: LayerEntry.featureShapes) { shape in
    Checkpoint {
      Linear(shape[-1], 4); Tanh(); Dropout(0.3); Linear(4, 2)
    }
  },
  LayerEntry("Checkpoint", "(nested)", shapes: LayerEntry.featureShapes) { shape in
    Sequential {
      Linear(shape[-1], 4)
      Checkpoint {
        Dropout(0.3); Linear(4, 4); Tanh()
      }
      Linear(4, 2)
    }
    .checkpointed(.everySegment(of: 2))
  },
  LayerEntry("Offloaded", shapes: LayerEntry.featureShapes) { shape in
    Offloaded(smallest: 0) {
      Linear(shape[-1], 4); Tanh(); Dropout(0.3); Linear(4, 2)
    }
  },
  LayerEntry("Reversible", shapes: LayerEntry.pairShapes) { shape in
    Reversible {
      for _ in 0..<3 {
        Sequential {
          Linear(shape[-1] / 2, shape[-1] / 2, initializer: .xavierUniform); Tanh(); Dropout(0.1)
        }
      }
    }
  },
  LayerEntry("Reversible", "(axis: 1)", shapes: channelPairShapes) { shape in
    Reversible(axis: 1) {
      Sigmoid()
      Tanh()
    }
  },
]

/// Shapes whose axis 1 is even.
private let channelPairShapes: [Shape] = [
  [1, 2], [1, 14], [5, 2], [3, 4, 5], [2, 2, 4], [2, 4, 1], [9, 16], [7, 6, 3, 2], [17, 2], [4, 2, 2, 5],
]
