import StrataTensor

/// A layer y = F(x, w) + bias, with a bias for each channel.
package protocol BilinearLayer: Layer, CustomStringConvertible {
  associatedtype Map: BilinearMap
  var map: Map { get }
  var weight: Parameter { get }
  var bias: Parameter? { get }
}
