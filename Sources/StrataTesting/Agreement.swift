import StrataLayers
import StrataTensor

/// The results of one forward and one backward pass.
struct Pass {
  let y: Tensor
  let dx: Tensor
  let gradients: Gradients

  /// Returns every tensor by name; parameters by their paths in `contents`.
  func tensors(_ contents: ModelContents) -> [(name: String, tensor: Tensor)] {
    let found = contents.parameters.compactMap { path, parameter in
      gradients[parameter].map { ("the gradient of \(path)", $0) }
    }
    return [("the output", y), ("the gradient of input", dx)] + found
      + gradients.observations.enumerated().map { ("observation \($0)", $1.value) }
  }
}

/// Throws a fault unless two tensors are equal, bit for bit.
func demandSameBits(
  _ found: Tensor, _ expected: Tensor, _ name: String, _ cause: @autoclosure () -> String
) throws {
  if found.isIdentical(to: expected) { return }
  try demandSameKind(found, expected, name, cause())
  let place = firstDifference(found, expected)
  try demand(
    false, expected: "\(expected.number(at: place)), bit for bit", found: found.number(at: place),
    at: "\(name) at \(found.shape.place(of: place))", cause: cause())
}

/// Throws a fault unless two lists of named tensors are equal, bit for bit.
func demandSameBits(
  _ found: [(name: String, tensor: Tensor)], _ expected: [(name: String, tensor: Tensor)],
  _ cause: @autoclosure () -> String
) throws {
  try demand(
    found.map(\.name) == expected.map(\.name), expected: "\(expected.map(\.name))", found: "\(found.map(\.name))",
    at: "the gradients", cause: cause())
  for (a, b) in zip(found, expected) { try demandSameBits(a.tensor, b.tensor, a.name, cause()) }
}

/// Throws a fault unless two tensors differ by at most `tolerance`, relative to the largest expected element, or to
/// `atLeast` if all are smaller. Elements that are not finite must be equal.
func demandClose(
  _ found: Tensor, _ expected: Tensor, within tolerance: Double, atLeast: Double = 0, _ name: String,
  _ cause: @autoclosure () -> String
) throws {
  try demand(
    found.shape == expected.shape, expected: "shape \(expected.shape)", found: "shape \(found.shape)", at: name,
    cause: cause())
  let (a, b) = (found.elements(as: Double.self), expected.elements(as: Double.self))
  let scale = max(atLeast, b.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 })
  for index in a.indices where !(abs(a[index] - b[index]) <= tolerance * scale) {
    if a[index] == b[index] || a[index].isNaN && b[index].isNaN { continue }
    try demand(
      false, expected: "\(b[index]), within \(tolerance * scale)", found: "\(a[index])",
      at: "\(name) at \(found.shape.place(of: index))", cause: cause())
  }
}

private func demandSameKind(_ found: Tensor, _ expected: Tensor, _ name: String, _ cause: String) throws {
  try demand(
    found.shape == expected.shape && found.dtype == expected.dtype,
    expected: "\(expected.dtype) of shape \(expected.shape)", found: "\(found.dtype) of shape \(found.shape)",
    at: name, cause: cause)
}

/// Returns the first place at which bits differ.
private func firstDifference(_ a: Tensor, _ b: Tensor) -> Int {
  let size = a.dtype.byteCount
  return (0..<a.count).first { index in
    let range = index * size..<(index + 1) * size
    return range.contains {
      a.storage.bytes.load(fromByteOffset: $0, as: UInt8.self)
        != b.storage.bytes.load(fromByteOffset: $0, as: UInt8.self)
    }
  } ?? 0
}

extension Tensor {
  fileprivate func number(at index: Int) -> String { "\(elements(as: Double.self)[index])" }
}
