import Foundation
import Strata
import StrataTensor
import Testing

@Suite(.seeded) struct ModelStateTests {
  private let model = withSeed(1) {
    Sequential {
      Linear(3, 2); ReLU(); Linear(2, 1)
    }
  }

  @Test func `a state set in another model gives the same outputs`() throws {
    let other = withSeed(2) {
      Sequential {
        Linear(3, 2); ReLU(); Linear(2, 1)
      }
    }
    let x = Tensor(normal: [4, 3])
    #expect(model(x) != other(x))
    try other.load(model.state)
    #expect(model(x).isIdentical(to: other(x)))
  }

  @Test func `all that does not fit is reported, and nothing is set`() {
    var state = model.state
    state["0.wieght"] = state.removeValue(forKey: "0.weight")
    state["2.bias"] = Tensor(zeros: [5])
    state["elsewhere"] = Tensor(zeros: [1])
    state["2.weight"] = Tensor(ones: [2, 1])
    let before = model.state
    let error = #expect(throws: StateError.self) { try model.load(state) }
    #expect(error?.missing == ["0.weight"])
    #expect(error?.unexpected.map(\.name) == ["0.wieght", "elsewhere"])
    #expect(error?.unexpected.map(\.nearest) == ["0.weight", nil])
    #expect(error?.misshapen.map(\.path) == ["2.bias"])
    #expect(error?.description.contains("2.bias: the model has shape [1], the state [5]") == true)
    #expect(model.state == before)
  }

  @Test func `numbers take on the model's precision`() throws {
    try model.load(model.state.mapValues { $0.converted(to: .float64) })
    #expect(model.parameters.allSatisfy { $0.parameter.dtype == .float32 })
  }

  @Test func `a model survives safetensors bit for bit`() throws {
    let path =
      "\(FileManager.default.temporaryDirectory.path)/strata-\(UInt64.random(in: 0 ... .max)).safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Safetensors.write(model.state, to: path)
    let read = try Safetensors.read(path)
    #expect(read.keys.sorted() == model.state.keys.sorted())
    for (name, tensor) in model.state { #expect(read[name]!.isIdentical(to: tensor)) }
  }

  @Test func `a random stream's position that is not a whole number is refused`() throws {
    let model = Sequential {
      Linear(2, 2)
      Dropout(0.5)
    }
    var state = model.state.mapValues { $0.dtype == .int32 ? $0 : $0 + 1 }
    let before = model.state
    state["1.stream"] = Tensor([.nan, 1e30] as [Float])
    let error = #expect(throws: StateError.self) { try model.load(state) }
    #expect(error?.unusable.map(\.found) == ["float32"])
    #expect(model.state == before)
  }

  /// Numbers that would make every answer NaN, or could not be used, are refused by name.
  @Test(
    arguments: [
      ("0.weight", 1, .nan, "finite numbers of float32 are needed, not nan, its element 1"),
      ("0.bias", 0, -.infinity, "finite numbers of float32 are needed, not -inf, its element 0"),
      ("0.weight", 3, 1e300, "finite numbers of float32 are needed, not 1e+300, its element 3"),
      ("1.runningMean", 1, .nan, "finite numbers of float32 are needed, not nan, its element 1"),
      ("1.runningVariance", 1, -1, "numbers from 0 on are needed, not -1.0, its element 1"),
    ] as [(String, Int, Double, String)])
  func `numbers without a meaning are refused`(path: String, index: Int, number: Double, words: String) {
    let model = Sequential {
      Linear(3, 2); BatchNorm(2)
    }
    let before = model.state
    var numbers = before[path]!.elements(as: Double.self)
    numbers[index] = number
    var state = before.mapValues { $0 + 1 }
    state[path] = Tensor(numbers, shape: before[path]!.shape)
    let error = #expect(throws: StateError.self) { try model.load(state) }
    #expect(error?.unusable.map(\.path) == [path])
    #expect(error?.description.contains("\(path): \(words)") == true, "\(error?.description ?? "")")
    #expect(model.state == before)
  }

  @Test func `a statistic of whole numbers takes no others`() throws {
    let model = Counting()
    #expect(throws: StateError.self) { try model.load(["count": Tensor([.nan, 1e30] as [Float])]) }
    #expect(throws: StateError.self) { try model.load(["count": Tensor([3, -1] as [Int32])]) }
    try model.load(["count": Tensor([3, 4] as [Int32])])
    #expect(model.count.value == Tensor([3, 4] as [Int32]))
  }

  private struct Counting: Layer {
    let count = Statistic(Tensor(labels: [0, 0]), minimum: 0)
    func forward(_ x: consuming Tensor) -> (Tensor, Void) { (x, ()) }
    func backward(_ dy: consuming Tensor, _ cache: Void, _ gradients: inout Gradients) -> Tensor { dy }
  }
}
