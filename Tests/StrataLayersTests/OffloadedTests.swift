import Foundation
import Strata
import StrataTensor
import Testing

@Suite(.seeded) struct OffloadedTests {
  static func stack(_ depth: Int, directory: String? = nil, smallest: Int = 4096) -> Offloaded {
    withSeed(1) {
      Offloaded(directory: directory, smallest: smallest) { for _ in 0..<depth { Linear(64, 64); ReLU() } }
    }
  }

  @Test(arguments: 0..<50)
  func `gradients are the bits of the plain net`(_ seed: Int) throws {
    let net = randomNet(seed: UInt64(seed))
    let x = withSeed(UInt64(seed)) { Tensor(normal: [6, 8]) }
    let plain = try StepResult(of: net, at: x, wantsInput: seed % 2 == 0)
    let offloaded = Offloaded(smallest: 0) { net.layers }
    #expect(try StepResult(of: offloaded, at: x, wantsInput: seed % 2 == 0).differences(from: plain) == [])
  }

  @Test func `at most three layer outputs are alive, and the cache keeps the input and the output`() async {
    await #expect(processExitsWith: .success) {
      let net = Self.stack(16)
      let x = Tensor(normal: [128, 64])
      let layer = x.byteCount
      #expect(net.cachedBytes(for: x.shape) == 2 * layer)
      var gradients = Gradients()
      _ = MemoryLimitTests.peak(net, x, &gradients)
      let peak = MemoryLimitTests.peak(net, x, &gradients)
      #expect(peak <= 3 * layer, "\(Double(peak) / Double(layer)) layer outputs")
    }
  }

  /// The output of Tanh is kept until Dropout, which keeps no tensor itself, has read it.
  @Test func `an output that the next layer does not keep is spilled as well`() {
    let net = withSeed(1) {
      Offloaded { for _ in 0..<4 { Linear(64, 64); Tanh(); Dropout(0.1) } }
    }
    #expect(net.cachedBytes(for: [128, 64]) == 128 * 64 * 4, "the input alone")
  }

  @Test func `no file is left behind`() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "strata-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let net = Self.stack(2, directory: directory.path)
    let (_, cache) = net.forward(Tensor(normal: [128, 64]))
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    withExtendedLifetime(cache) {}
  }

  @Test func `a directory that is not there is an error of the update, and no parameter moves`() throws {
    let net = Self.stack(2, directory: "/nowhere/at/all")
    let before = net.state
    var optimizer = SGD(for: net, learningRate: 0.1)
    let (_, gradients) = net.gradients(at: Tensor(normal: [128, 64])) { (0, $0) }
    let error = #expect(throws: SpillError.self) { try optimizer.update(along: gradients) }
    #expect(error?.operation == .make && error?.code == ENOENT)
    #expect(error?.description.contains("cannot make a temporary file in /nowhere/at/all") == true)
    for (path, tensor) in net.state { #expect(tensor.isIdentical(to: before[path]!)) }
  }

  @Test func `a full disk is an error of the update, and the gradients are right all the same`() async {
    await #expect(processExitsWith: .success) {
      // A file may have 40 KiB: one tensor of 32 KiB fits, the second does not.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 40 << 10, rlim_max: 40 << 10)
      #expect(setrlimit(fileSizeLimit, &limit) == 0)
      let net = Self.stack(4)
      let x = Tensor(normal: [128, 64])
      let (_, expected) = Sequential(net.layers).gradients(at: x) { (0, $0) }
      let before = net.state
      var optimizer = SGD(for: net, learningRate: 0.1)
      let (_, gradients) = net.gradients(at: x) { (0, $0) }
      for (path, parameter) in net.parameters {
        #expect(gradients[parameter]!.isIdentical(to: expected[parameter]!), "\(path)")
      }
      let error = #expect(throws: SpillError.self) { try optimizer.update(along: gradients) }
      #expect(error?.operation == .write && error?.code == EFBIG)
      for (path, tensor) in net.state { #expect(tensor.isIdentical(to: before[path]!)) }
      var total = Gradients()
      total.add(gradients)
      #expect(throws: SpillError.self, "a sum of passes fails with any of them") { try optimizer.update(along: total) }
    }
  }
}

#if os(Linux)
  private let fileSizeLimit = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
#else
  private let fileSizeLimit = RLIMIT_FSIZE
#endif
