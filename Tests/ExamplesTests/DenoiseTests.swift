import ExampleSupport
import Foundation
import Strata
import Testing

@testable import Denoise

@Suite(.seeded) struct denoise {
  private func run(_ arguments: String...) -> (code: Int32, output: [String], errors: [String]) {
    let (output, errors) = (Lines(), Lines())
    let io = ExampleIO(output: { output.add($0) }, errors: { errors.add($0) })
    let code = runExample(arguments, io: io, trainDenoiser)
    return (code, output.all, errors.all.filter { !$0.contains("debug build") })
  }

  @Test func `takes noise out and prints one JSON object`() throws {
    let (code, output, errors) = run("--quiet", "--json", "--epochs", "2", "--channels", "8", "--lr", "0.01")
    #expect(code == 0 && errors.isEmpty && output.count == 1)
    let text = try #require(output.first)
    func number(_ name: String) throws -> Double {
      let value = try #require(text.split(separator: "\"\(name)\":").last).prefix { $0 != "," }
      return try #require(Double(value))
    }
    #expect(try abs(number("noisy_psnr") - 10.46) < 0.1)  // −20 log₁₀ 0.3
    #expect(try number("test_psnr") > number("noisy_psnr") + 1)
    #expect(try abs(number("test_psnr") - signalToNoise(number("test_loss"))) < 1e-9)
  }

  @Test func `shows images with their noise, without it, and as they were`() {
    let text = run("--epochs", "0", "--channels", "2").output.joined(separator: "\n")
    for part in ["1437 training images", "ConvTranspose2D(4, 2, kernel: 4", "noisy", "made", "clean", "Test PSNR"] {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test func `refuses wrong options in one line`() {
    for arguments in [["--noise", "0"], ["--channels", "0"], ["--noize", "1"]] {
      let wrong = run(arguments[0], arguments[1])
      #expect(wrong.code == 64 && wrong.output.isEmpty && wrong.errors.count == 1)
    }
  }
}
