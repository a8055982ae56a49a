import Foundation
import Strata
import Testing

/// Random programs, with their first and second derivatives, against torch.func; `make_programs.py` documents how they are
/// stored. STRATA_PROGRAMS names a file of others to run besides.
@Suite(.seeded) struct ProgramTests {
  /// A program with its results.
  private struct Program {
    let seed: UInt64
    let steps: ArraySlice<Step>
    let value: Double
    let gradient, product, tangent: Tensor
  }

  private typealias Step = (operation: Int, a: Int, b: Int, p: Int, q: Int)

  /// The numbers of which a program is made; see `Stream` in `make_programs.py`.
  private struct Stream {
    var state: UInt64

    mutating func take(_ count: Int) -> Tensor {
      Tensor(
        (0..<count).map { _ in
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          return Double(state >> 40) / 0x1p22 - 2
        })
    }
  }

  @Test func `values, gradients, and products with Jacobians and Hessians are those of torch func`() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    try check(folder.appending(path: "References/programs.safetensors").path)
    if let path = ProcessInfo.processInfo.environment["STRATA_PROGRAMS"] { try check(path) }
  }

  private func check(_ path: String) throws {
    for program in try programs(path) {
      var stream = Stream(state: program.seed)
      let (point, direction) = (stream.take(44), stream.take(44))
      let last = { (x: Variable) in try run(program.steps, x) }
      let (y, tangent) = try jvp(of: last, at: point, along: direction)
      let weights = stream.take(y.count).reshaped(to: y.shape)
      let loss = { (x: Variable) in try (Variable(weights) * sin(last(x))).sum() }
      let (value, gradient) = try valueWithGradient(of: loss, at: point)
      let product = try hessianVectorProduct(of: loss, at: point, along: direction)
      let nested = try Strata.gradient(
        of: { x in try (Strata.gradient(of: loss, at: x) * Variable(direction)).sum() }, at: point)
      let name = "program \(program.seed) of \(path)"
      #expect(abs(value - program.value) <= 1e-11 * max(1, abs(program.value)), "\(name)")
      #expect(relativeError(gradient, program.gradient) < 1e-9, "\(name)")
      #expect(relativeError(tangent.reshaped([y.count]), program.tangent) < 1e-9, "\(name)")
      #expect(relativeError(product, program.product) < 1e-8, "\(name)")
      #expect(relativeError(nested, product) < 1e-8, "\(name)")
    }
  }

  private func programs(_ path: String) throws -> [Program] {
    let file = try Safetensors.read(path)
    func table(_ name: String) throws -> Tensor { try #require(file[name], "\(name) of \(path)") }
    func numbers(_ name: String) throws -> [Int] { try table(name).elements(as: Int.self) }
    let steps: [Step] = try (0..<table("steps").shape[0]).map { row in
      let step = try table("steps")[row].elements(as: Int.self)
      return (step[0], step[1], step[2], step[3], step[4])
    }
    let (lengths, seeds, tangents) = try (numbers("lengths"), numbers("seeds"), table("tangents"))
    var (step, element, found) = (0, 0, [Program]())
    for (row, length) in lengths.enumerated() {
      let steps = steps[step..<step + length]
      var stream = Stream(state: UInt64(seeds[row]))
      let count = try run(steps, Variable(stream.take(44))).shape.count
      found.append(
        Program(
          seed: UInt64(seeds[row]), steps: steps, value: try table("values")[row].item,
          gradient: try table("gradients")[row], product: try table("products")[row],
          tangent: tangents[element..<element + count]))
      (step, element) = (step + length, element + count)
    }
    #expect(!found.isEmpty && step == steps.count && element == tangents.count)
    return found
  }

  private func run(_ steps: ArraySlice<Step>, _ point: Variable) throws -> Variable {
    var values = [
      point[0..<12].reshaped([3, 4]), point[12..<24].reshaped([3, 4]), point[24..<40].reshaped([4, 4]), point[40..<44],
    ]
    for step in steps {
      values.append(try Self.operations[step.operation](values[step.a], values[step.b], step.p, step.q))
    }
    return values.last!
  }

  private typealias Operation = @Sendable (_ a: Variable, _ b: Variable, _ p: Int, _ q: Int) throws -> Variable

  /// In the order of `OPERATIONS` in `make_programs.py`.
  private static let operations: [Operation] = binary + unary + products + reductions + shapes + matrices

  private static let binary: [Operation] = [
    { a, b, _, _ in a + b },
    { a, b, _, _ in a - b },
    { a, b, _, _ in a * b },
    { a, b, _, _ in a / (1.5 + b * b) },
    { a, b, _, _ in maximum(a, b) },
    { a, b, _, _ in minimum(a, b) },
    { a, b, _, _ in atan2(a, 1.5 + b * b) },
    { a, b, _, _ in pow(0.5 + a * a, tanh(b)) },
    { a, b, _, _ in .where(a.value .> b.value, a * b, a - b) },
    { a, b, _, _ in a * stopGradient(b) },
  ]

  private static let unary: [Operation] = [
    { a, _, _, _ in exp(tanh(a)) },
    { a, _, _, _ in log(1 + a * a) },
    { a, _, _, _ in sqrt(1 + a * a) },
    { a, _, _, _ in sin(a) },
    { a, _, _, _ in cos(a) },
    { a, _, _, _ in tanh(a) },
    { a, _, _, _ in sigmoid(a) },
    { a, _, _, _ in relu(a) },
    { a, _, _, _ in abs(a) },
    { a, _, _, _ in expm1(tanh(a)) },
    { a, _, _, _ in log1p(a * a) },
    { a, _, _, _ in erf(a) },
    { a, _, _, _ in pow(tanh(a), 3) },
    { a, _, _, _ in a.clipped(to: -1...1) },
    { a, _, _, _ in pow(0.5 + a * a, -1.5) },
    { a, _, _, _ in -a },
    { a, _, _, _ in a.sum() },
    { a, _, _, _ in a.mean() },
  ]

  private static let products: [Operation] = [
    { a, b, _, _ in matmul(a, b) / 2 },
    { a, b, _, _ in matmul(a, b.transposed) / 2 },
    { a, b, _, _ in einsum("ij,kj->ki", a, b) / 2 },
    { a, b, _, _ in einsum("bij,jk->bki", a, b) / 2 },
  ]

  private static let reductions: [Operation] = [
    { a, _, p, q in a.sum(along: p, keepingAxes: q % 2 == 1) },
    { a, _, p, q in a.mean(along: p, keepingAxes: q % 2 == 1) },
    { a, _, p, q in a.max(along: p, keepingAxis: q % 2 == 1) },
    { a, _, p, q in a.min(along: p, keepingAxis: q % 2 == 1) },
    { a, _, p, q in logSumExp(a, along: p, keepingAxis: q % 2 == 1) },
    { a, _, p, q in a.norm(along: p, keepingAxis: q % 2 == 1) },
    { a, _, p, q in a.norm(3, along: p, keepingAxis: q % 2 == 1) },
    { a, _, p, q in a.variance(along: p, keepingAxis: q % 2 == 1) },
    { a, _, p, q in a.std(along: p, keepingAxis: q % 2 == 1, correction: 0) },
    { a, _, p, q in a.prod(along: p, keepingAxis: q % 2 == 1) },
    { a, _, p, q in a.maxWithIndices(along: p, keepingAxis: q % 2 == 1).values },
    { a, _, p, _ in a.cumulativeSum(along: p) },
    { a, _, p, _ in a.cumulativeProduct(along: p) },
    { a, _, _, _ in softmax(a) },
    { a, _, _, _ in logSoftmax(a) },
  ]

  private static let shapes: [Operation] = [
    { a, _, p, _ in a.reshaped([p + 1, -1]) },
    { a, _, p, q in a.transposed(p, q) },
    { a, _, p, _ in a.expanded(at: p) },
    { a, _, p, _ in a.broadcast(to: Shape([p + 1] + a.shape.lengths)) },
    { a, _, p, _ in Variable(concatenating: Array(repeating: a, count: p + 1), along: -1) },
    { a, _, p, q in a.repeated(p + 1, along: q) },
    { a, _, p, _ in a.flipped(along: p) },
    { a, _, p, q in a.rolled(by: p + 1, along: q) },
    { a, _, p, q in a.padded(before: 1, after: p, along: q, with: 0.5) },
    { a, _, p, _ in a.lowerTriangle(p - 1) },
    { a, _, p, _ in a.upperTriangle(p - 1) },
    { a, _, p, _ in
      switch p {
      case 0: a[.every(2)]
      case 1: a[.all, .every(2)]
      default: a[.all, .all, .every(2)]
      }
    },
    { a, _, p, q in a.sliced(q..<q + 1, along: p).squeezed(p) },
    { a, _, p, _ in a.sliced(1..<a.shape[p], along: p) },
    { a, b, p, _ in Variable(concatenating: [a, b], along: p) },
    { a, b, p, _ in Variable(stacking: [a, b], along: p) },
    { a, _, _, _ in a.gathered(rows: Tensor(labels: [a.shape[0] - 1, 0, a.shape[0] - 1])) },
    { a, _, p, _ in a.gathered(places(a, p), along: p) },
    { a, b, p, _ in a.scattering(b, at: places(a, p), along: p, adding: true) },
    { a, _, p, q in a.sorted(along: p, descending: q % 2 == 1).values },
    { a, _, p, q in a.topK(q, along: p).values },
  ]

  private static let matrices: [Operation] = [
    { a, b, _, _ in try solve(4 * eye(like: a) + tanh(a), b) },
    { a, _, _, _ in try cholesky(matmul(a, a.transposed) + eye(like: a)) },
    { a, _, _, _ in eigh(a + a.transposed).values },
    { a, _, _, _ in
      let (values, vectors) = eigh(a + a.transposed)
      return matmul(vectors * tanh(values), vectors.transposed)
    },
    { a, _, _, _ in qr(a).q },
    { a, _, _, _ in qr(a).r },
  ]

  private static func eye(like a: Variable) -> Variable { Variable(Tensor(eye: a.shape[0], dtype: a.dtype)) }

  /// Indices into axis p, as many as a has elements.
  private static func places(_ a: Variable, _ p: Int) -> Tensor {
    Tensor((0..<a.shape.count).map { Int32((7 * $0 + 3) % a.shape[p]) }).reshaped(to: a.shape)
  }
}
