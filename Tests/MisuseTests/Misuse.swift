/// A way to misuse the public interface that stops the program.
struct Misuse: Sendable {
  /// Parts of the message that standard error must contain.
  let message: [String]
  let body: @Sendable () throws -> Void

  init(_ message: String..., body: @escaping @Sendable () throws -> Void) {
    self.message = message
    self.body = body
  }

  /// All misuses, by kind.
  static let all: [String: Misuse] = [
    tensorMisuses, layerMisuses, attentionMisuses, recurrentMisuses, depthMisuses, lossMisuses, autogradMisuses,
    dataMisuses, imageMisuses, trainingMisuses, runMisuses, optionMisuses,
  ].reduce(into: [:]) { all, some in all.merge(some) { _, _ in fatalError("two misuses have one name") } }
}
