import StrataTensor

/// A module's cache with its type erased, as the module that holds it keeps it.
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
      stop("backward was given a cache that another module's forward made; give each child what its forward returned")
    }
    _ = consume box
    guard isKnownUniquelyReferenced(&typed) else { return typed.cache! }
    return typed.cache.take()!
  }
}
