import StrataLayers
import StrataTensor

/// A way past which another leads: the layers in a Residual, or one of the branches that a Parallel adds up.
struct Branch {
  let path: String
  let hasLearntScale: Bool
}

extension Layer {
  /// All branches of the model, outer ones first.
  var branches: [Branch] {
    var found: [Branch] = []
    var walk = ModelWalk { value, path in
      if let residual = value as? Residual {
        found.append(Branch(path: path, hasLearntScale: residual.scale != nil))
      } else if let parallel = value as? Parallel {
        let positions = parallel.branches.indices.map { "\($0)" }
        found += positions.map { Branch(path: path.isEmpty ? $0 : path + "." + $0, hasLearntScale: false) }
      }
      return value is any TensorHolder || value is Tensor
    }
    walk.walk(self)
    return found
  }
}

/// Whether a path lies in a container's.
func isInside(_ path: String, _ container: String) -> Bool {
  container.isEmpty || path == container || path.hasPrefix(container + ".")
}
