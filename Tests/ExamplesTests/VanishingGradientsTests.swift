import ExampleSupport
import Foundation
import Strata
import Testing

@testable import VanishingGradients

/// Runs of `vanishing-gradients` at a small size in this process.
@Suite(.seeded) struct VanishingGradientsTests {
  private func run(_ arguments: String...) -> (code: Int32, output: [String]) {
    let lines = Lines()
    let io = ExampleIO(output: { lines.add($0) }, errors: { _ in })
    let small = ["--depth", "12", "--width", "16", "--batch", "32"]
    return (runExample(small + arguments, io: io, showVanishingGradients), lines.all)
  }

  @Test func `the stacks keep to the order that theory has`() throws {
    let settings = try #require(try VanishingSettings.parse(["--depth", "20", "--width", "32"]))
    let first = Dictionary(
      uniqueKeysWithValues: Stack.allCases.map { ($0, Curve($0, settings).products[0]) })
    #expect(first[.sigmoid]! < pow(0.25, 20))
    for stack in [Stack.tanh, .relu, .residual] {
      #expect(first[stack]! > 0.05 && first[stack]! < 20, "\(stack)")
    }
    // √(π / (π − 1)) = 1.21 per layer: 45 for twenty layers.
    #expect(first[.batchNorm]! > 10 && first[.batchNorm]! < 300)
  }

  @Test func `it prints the tables, the textbook's numbers and remedies`() {
    let (code, output) = run()
    let text = output.joined(separator: "\n")
    #expect(code == 0)
    for part in [
      "sigmoid, Xavier", "BatchNorm, ReLU, He", "0.25^10 = 9.54e-07", "1.5^100 = 4.07e+17", "by 4.07e+17",
      "0: the gradient vanishes",
    ] {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test func `the plot is an SVG with a curve and a label for each stack`() throws {
    let file = FileManager.default.temporaryDirectory.path + "/\(UUID()).svg"
    defer { try? FileManager.default.removeItem(atPath: file) }
    let (code, output) = run("--svg", file, "--quiet", "--json")
    #expect(code == 0 && output.count == 1)
    #expect(output[0].hasPrefix("{\"first_layer\":["))
    let svg = try String(contentsOfFile: file, encoding: .utf8)
    #expect(svg.hasPrefix("<svg xmlns=") && svg.hasSuffix("</svg>\n"))
    #expect(svg.components(separatedBy: "<polyline").count == 6)
    for stack in Stack.allCases { #expect(svg.contains(">\(stack.rawValue)</text>")) }
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }
}
