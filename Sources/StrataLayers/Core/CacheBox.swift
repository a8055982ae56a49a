import StrataTensor

/// A layer's cache with its type erased, as a container keeps it.
///
/// A class, since a cache in an `any Sendable` would not be uniquely held in debug builds, and what a
/// backward frees would live on.
public protocol CacheBox: AnyObject, Sendable {}

/// `@unchecked Sendable`: the cache is taken out only by code that holds the box uniquely.
final class TypedCacheBox<Cache: Sendable>: CacheBox, @unchecked Sendable {
  private var cache: Cache?

  init(_ cache: consuming Cache) { self.cache = cache }

  /// The cache: taken out where the caller's reference is the only one, else copied, for a
  /// forward may have several backwards.
  static func open(_ box: consuming any CacheBox) -> Cache {
    guard var typed = box as? TypedCacheBox else {
      stop("backward was given a cache that another layer's forward made")
    }
    _ = consume box
    guard isKnownUniquelyReferenced(&typed) else { return typed.cache! }
    return typed.cache.take()!
  }
}

extension Layer {
  package func forwardBoxed(_ x: consuming Tensor) -> (Tensor, any CacheBox) {
    guard let observer = LayerObservation.observer else {
      let (y, cache) = forward(x)
      return (y, TypedCacheBox(cache))
    }
    let input = copy x
    let (y, cache) = forward(x)
    observer.didRun(self, at: currentPath, input: input, output: y)
    return (y, TypedCacheBox(cache))
  }

  package func backwardBoxed(
    _ dy: consuming Tensor, _ box: consuming any CacheBox, _ gradients: inout Gradients
  ) -> Tensor {
    guard let observer = LayerObservation.observer else {
      return backward(dy, TypedCacheBox<Cache>.open(box), &gradients)
    }
    let cotangent = copy dy
    let dx = backward(dy, TypedCacheBox<Cache>.open(box), &gradients)
    observer.didReverse(self, at: currentPath, dy: cotangent, dx: dx)
    return dx
  }

  package func accumulateBoxed(
    _ dy: consuming Tensor, _ box: consuming any CacheBox, _ gradients: inout Gradients
  ) {
    LayerObservation.observer?.didReverse(self, at: currentPath, dy: copy dy, dx: nil)
    accumulate(dy, TypedCacheBox<Cache>.open(box), &gradients)
  }
}
