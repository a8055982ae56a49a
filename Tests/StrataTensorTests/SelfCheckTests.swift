import Foundation
import SelfCheck
import StrataTensor
import Testing

/// Tests of the BLAS of this machine.
@Suite(.seeded) struct SelfCheckTests {
  @Test func `the machine multiplies correctly, and names its BLAS`() {
    let check = ProductCheck(products: 300)
    #expect(check.isSound, "\(check)")
    #expect(check.products == 300 && check.worstError > 0 && check.worstError <= 1)
    #expect(check.blas == Runtime.blas && check.blasThreads == 1)
    #expect(check.description.contains("OpenBLAS") && check.description.contains("core"))
    #expect(check.description.contains("1 thread") && check.description.contains("300 matrix products compared"))
  }

  @Test func `the products are of many kinds`() {
    let products = (0..<2_000).map { CheckedProduct(number: $0) }
    for form in CheckedProduct.Form.allCases { #expect(products.contains { $0.form == form }) }
    for dtype in [DType.float32, .float64] { #expect(products.contains { $0.dtype == dtype }) }
    let transposes = Set(products.map { [$0.transposesLeft, $0.transposesRight] })
    #expect(transposes.count == 4)
    #expect(products.contains { $0.depth == 0 } && products.contains { $0.rows == 1 && $0.columns == 1 })
    // Large enough that Strata divides them into blocks.
    #expect(products.contains { $0.rows * $0.columns * $0.depth > 1 << 18 })
    // Longer than the blocks of one call, and than the rows up to which a factor is read in place.
    #expect(products.contains { $0.rows == 1100 } && products.contains { $0.columns == 1100 })
    #expect(products.contains { $0.depth == 1100 })
    #expect(Set(products.map { [$0.rows, $0.columns, $0.depth] }).count > 1_500)
  }

  /// An element with an error slightly above that of rounding, one exchanged with its neighbour, one that was
  /// never written.
  @Test(arguments: [0, 1, 2, 3, 6, 7, 100]) func `a wrong product is found`(number: Int) {
    let product = CheckedProduct(number: number)
    let right = product.product()
    #expect(product.worstError(of: right).fraction <= 1)
    let place = (right.count - 1) / 2
    func planted(_ change: (Double) -> Double) -> Double {
      var elements = right.elements(as: Double.self)
      elements[place] = change(elements[place])
      return product.worstError(of: Tensor(elements, shape: right.shape).converted(to: product.dtype)).fraction
    }
    let epsilon = epsilon(of: product.dtype)
    #expect(planted { $0 + 100 * Double(product.depth + 2) * epsilon * 81 } > 1)
    #expect(planted { -$0 - 1 } > 1)
    #expect(planted { _ in .nan } > 1)
    #expect(planted { _ in .infinity } > 1)
  }

  #if os(Linux) && arch(x86_64)
    #if DEBUG
      static let products = 4_000  // plain loops take five times as long
    #else
      static let products = 20_000
    #endif

    /// The kernels of other cores run in separate processes, since OpenBLAS selects them when it is loaded.
    @Test(arguments: ["", "Haswell", "SkylakeX"])
    func `thousands of products are right on the core`(_ core: String) throws {
      if core == "SkylakeX" && Runtime.kernels != "AVX-512" || core == "Haswell" && Runtime.kernels == "baseline" {
        return  // this CPU cannot run them
      }
      let test = Process()
      let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      test.executableURL = folder.appending(path: "SelfCheck")
      test.arguments = ["\(Self.products)"]
      test.environment = ProcessInfo.processInfo.environment
      test.environment?["OPENBLAS_CORETYPE"] = core.isEmpty ? nil : core
      let output = Pipe()
      test.standardOutput = output
      try test.run()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      test.waitUntilExit()
      #expect(test.terminationStatus == 0, "\(text)")
      #expect(text.contains("\(Self.products) matrix products compared, none is wrong"))
      #expect(text.contains("core \(core)"))
    }
  #endif
}
