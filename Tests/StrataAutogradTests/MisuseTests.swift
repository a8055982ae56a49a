import Strata
import StrataAutograd
import Testing

/// Misuse of variables stops the program, with a message that says what to do.
@Suite struct MisuseTests {
  struct Misuse: Sendable {
    let message: [String]
    let body: @Sendable () -> Void

    init(_ message: String..., body: @escaping @Sendable () -> Void) {
      self.message = message
      self.body = body
    }
  }

  @Test(arguments: misuses.keys.sorted())
  func `stops with a message`(name: String) async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [name] in
      MisuseTests.misuses[name]!.body()
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    for part in try #require(Self.misuses[name]).message { #expect(text.contains(part), "\(text.prefix(600))") }
  }

  static let misuses: [String: Misuse] = [
    "a gradient of several numbers": Misuse("one number, not shape [2]", "sum it, or use valueWithPullback") {
      _ = gradient(of: { x in x * x }, at: [1, 2])
    },
    "a Hessian of several numbers": Misuse("one number, not shape [2]") {
      _ = hessianVectorProduct(of: { x in x * x }, at: [1, 2], along: [1, 2])
    },
    "a cotangent of another shape": Misuse("pullback: dy is float32 of shape [3], the value float32 of shape [2]") {
      _ = valueWithPullback(of: { x in x * x }, at: [1, 2]).pullback([1, 2, 3])
    },
    "a direction of another shape": Misuse("direction has shapes [[1]]", "the inputs have [[2]]") {
      _ = jvp(of: { x in x * x }, at: [1, 2], along: [1])
    },
    "too few directions": Misuse("the direction has shapes [[1]]", "[[1], [1]]") {
      _ = jvp(of: { x in x[0] * x[1] }, at: [[1], [2]] as [Tensor], along: [[1]] as [Tensor])
    },
    "shapes that do not broadcast": Misuse("+: shapes [2] and [3] do not broadcast") {
      _ = gradient(of: { x in (x + Variable([1, 2, 3])).sum() }, at: [1, 2])
    },
    "two precisions": Misuse("*: one operand is float32, the other float64") {
      _ = gradient(of: { x in (x * Variable(Tensor([1.0] as [Double]))).sum() }, at: [1, 2])
    },
    "a variable of an outer differentiation": Misuse(
      "operands of two differentiations", "stopGradient"
    ) {
      _ = gradient(of: { x in Variable(gradient(of: { v in v * x }, at: [1])) * x }, at: [1])
    },
    "a returned variable of an outer differentiation": Misuse("returned a variable of another differentiation") {
      _ = gradient(of: { x in Variable(gradient(of: { _ in x }, at: [1])) * x }, at: [1])
    },
    "a variable that has outlived its function": Misuse("·: an operand has outlived the function") {
      nonisolated(unsafe) var escaped: Variable?
      _ = gradient(
        of: { x in
          escaped = x
          return x
        }, at: [1])
      _ = escaped! * 2
    },
    "forward mode through a layer": Misuse("Linear(2, 1) has no forward mode", "DifferentiableLayer") {
      _ = jvp(of: { x in Linear(2, 1)(x) }, at: [[1, 2]], along: [[1, 2]])
    },
    "a second derivative of a loss": Misuse("Huber has no second derivative", "softmaxCrossEntropy") {
      _ = hessianVectorProduct(of: { x in Huber()(x, [0]) }, at: [1], along: [1])
    },
    "a custom pullback of another shape": Misuse("Careless.pullback gives dx of shape [1] for x of shape [2]") {
      _ = gradient(of: { x in Careless()(x).sum() }, at: [1, 2])
    },
    "a row out of range": Misuse("sliced: 2..<3 is out of range for axis 0 of shape [2]") {
      _ = gradient(of: { x in x[2] }, at: [1, 2])
    },
    "a parameter that a closure has and does not list": Misuse("is not among the optimizer's parameters") {
      let hidden = Parameter([1], initialValue: 1)
      let model = Sequential {
        Linear(1, 1)
        Differentiated { x in x * hidden.variable }
      }
      var optimizer = SGD(for: model, learningRate: 1)
      let (_, gradients) = model.gradients(at: [[1]]) { y in (y.item, [[1]]) }
      do { try optimizer.update(along: gradients) } catch { fatalError("\(error)") }
    },
  ]
}

private struct Careless: CustomFunction {
  func value(_ x: Tensor) -> Tensor { x }
  func pullback(_ dy: Variable, _ x: Variable, _ y: Variable) -> Variable { dy.sum() }
}
