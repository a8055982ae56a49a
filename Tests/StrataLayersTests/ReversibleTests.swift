import Strata
import StrataTensor
import StrataTesting
import Testing

@Suite(.seeded) struct ReversibleTests {
  static func stack(_ depth: Int) -> Reversible {
    withSeed(1) {
      Reversible {
        for _ in 0..<depth {
          Sequential {
            Linear(16, 16, initializer: .xavierUniform); Tanh(); Dropout(0.1)
          }
        }
      }
    }
  }

  @Test func `what is cached does not grow with depth`() {
    #expect(Self.stack(8).cachedBytes(for: [32, 32]) == 32 * 32 * 4)
    #expect(Self.stack(64).cachedBytes(for: [32, 32]) == 32 * 32 * 4)
    #expect(Self.stack(64).cachedBytes(at: Tensor(ones: [32, 32])) == 32 * 32 * 4)
  }

  @Test(arguments: [8, 64])
  func `gradients are those of the plain net`(_ depth: Int) throws {
    let net = Self.stack(depth)
    net.convert(to: .float64)
    let x = Tensor(normal: [8, 32], dtype: .float64)
    // The plain net: separate steps, each with its cache.
    let (a, b) = (x.split([16, 16], along: 1)[0], x.split([16, 16], along: 1)[1])
    var (halves, backs): ((Tensor, Tensor), [(Tensor, inout Gradients) -> Tensor]) = ((a, b), [])
    func run<L: Layer>(_ layer: L) {
      let (f, cache) = layer.forward(halves.1)
      halves = (halves.1, halves.0 + f)
      backs.append { layer.backward($0, cache, &$1) }
    }
    let ((), calls) = RandomCalls.recording { for layer in net.layers { run(layer) } }
    let dy = Tensor(normal: [8, 32], dtype: .float64)
    var d = (dy.split([16, 16], along: 1)[0], dy.split([16, 16], along: 1)[1])
    var expected = Gradients()
    for back in backs.reversed() { d = (d.1, d.0 + back(d.1, &expected)) }

    let (y, cache) = calls.replayed { net.forward(x) }
    #expect(y.isIdentical(to: Tensor(concatenating: [halves.0, halves.1], along: 1)))
    var gradients = Gradients()
    let dx = net.backward(dy, cache, &gradients)
    #expect(relativeError(dx, Tensor(concatenating: [d.0, d.1], along: 1)) < 1e-9)
    for (path, parameter) in net.parameters {
      #expect(relativeError(gradients[parameter]!, expected[parameter]!) < 1e-9, "\(path)")
    }
  }

  /// A ReLU has the slope 0 at 0 and 1 beside it: an exact 0 must not come back as a rounding error.
  @Test(arguments: [DType.float32, .float64]) func `exact zeros come back as zeros`(_ dtype: DType) {
    let layers: [any Layer] = (0..<6).map { _ in
      Sequential {
        ReLU(); Linear(16, 16, bias: false); ReLU()
      }
    }
    let net = Reversible { for layer in layers { layer } }
    net.convert(to: dtype)
    let x = relu(Tensor(normal: [8, 32], dtype: dtype))
    let dy = Tensor(normal: [8, 32], dtype: dtype)
    let parts = x.split([16, 16], along: 1)
    var (a, b, backs) = (parts[0], parts[1], [(Tensor, inout Gradients) -> Tensor]())
    func run<L: Layer>(_ layer: L) {
      let (f, cache) = layer.forward(b)
      (a, b) = (b, a + f)
      backs.append { layer.backward($0, cache, &$1) }
    }
    for layer in layers { run(layer) }
    let slopes = dy.split([16, 16], along: 1)
    var (da, db, expected) = (slopes[0], slopes[1], Gradients())
    for back in backs.reversed() { (da, db) = (db, da + back(db, &expected)) }
    let (_, dx, gradients) = net.run(x, dy)
    let tolerance = dtype == .float32 ? 1e-5 : 1e-13
    #expect(relativeError(dx, Tensor(concatenating: [da, db], along: 1)) < tolerance)
    for (path, parameter) in net.parameters {
      #expect(relativeError(gradients[parameter]!, expected[parameter]!) < tolerance, "\(path)")
    }
  }

  /// One bit an element of a half for each step that has zeros: here the first, which adds to the left half.
  @Test func `zeros are remembered as bits`() {
    var elements = [Float](repeating: 1, count: 32 * 32)
    elements[3] = 0
    #expect(Self.stack(8).cachedBytes(at: Tensor(elements, shape: [32, 32])) == 32 * 32 * 4 + 32 * 16 / 8)
  }

  @Test func `batch statistics are observed once`() {
    let norm = BatchNorm(4)
    let net = Reversible {
      norm;
      Sequential {
        Linear(4, 4); norm
      }
    }
    let (_, _, gradients) = net.run(Tensor(normal: [16, 8]), Tensor(normal: [16, 8]))
    #expect(gradients.observations.count == 4, "a mean and a variance for each use")
  }

  @Test func `an odd length or a layer that changes the shape is refused`() throws {
    let odd = #expect(throws: ShapeError.self) { try Reversible { Tanh() }.validate(input: [2, 7]) }
    #expect(odd?.description.contains("axis -1 of even length") == true)
    let several = #expect(throws: ShapeError.self) {
      try Reversible {
        Linear(4, 5)
        Linear(3, 4)
        Linear(2, 4)
      }.validate(input: [2, 8])
    }
    #expect(several?.mismatches.map(\.path) == ["0", "1", "2"])
    let wide = #expect(throws: ShapeError.self) { try Reversible { Linear(4, 5) }.validate(input: [2, 8]) }
    #expect(wide?.description.contains("0: Reversible adds what each layer makes") == true)
  }
}
