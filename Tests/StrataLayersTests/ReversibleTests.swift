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
