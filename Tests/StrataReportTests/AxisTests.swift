import Foundation
import Strata
import Testing

@testable import StrataReport

/// Axes: ticks that are round, few and within what is drawn.
@Suite(.seeded) struct AxisTests {
  @Test func `a linear axis begins and ends at a tick`() {
    let axis = Axis(holding: 0.13...0.92, isLogarithmic: false)
    #expect(axis.range.contains(0.13) && axis.range.contains(0.92))
    #expect(axis.ticks.first == axis.range.lowerBound && axis.ticks.last == axis.range.upperBound)
  }

  @Test(arguments: [0...1, 0.13...0.92, -5...5, 3...3, 0...0, 1e-12...2e-12, 1e290...1e300, -1e300...1e300])
  func `a linear axis holds its numbers with few ticks`(numbers: ClosedRange<Double>) {
    let axis = Axis(holding: numbers, isLogarithmic: false)
    #expect(3...9 ~= axis.ticks.count, "\(axis.ticks)")
    #expect(axis.range.lowerBound <= numbers.lowerBound && axis.range.upperBound >= numbers.upperBound)
    #expect(0...1 ~= axis.place(of: numbers.lowerBound) && 0...1 ~= axis.place(of: numbers.upperBound))
    #expect(axis.ticks == axis.ticks.sorted())
  }

  @Test(arguments: [1e-3...1, 0.5...20, 1e-20...1e20, 1e-299...1e299, 2...2, 1...1.01])
  func `a logarithmic axis holds its numbers with few ticks`(numbers: ClosedRange<Double>) {
    let axis = Axis(holding: numbers, isLogarithmic: true)
    #expect(1...14 ~= axis.ticks.count, "\(axis.ticks)")
    for number in [numbers.lowerBound, numbers.upperBound] + axis.ticks { #expect(0...1 ~= axis.place(of: number)) }
  }

  @Test(arguments: [1...1, 1...2, 1...7, 0...100_000, 17...23])
  func `epochs and steps are counted in whole numbers`(numbers: ClosedRange<Double>) {
    let axis = Axis(counting: numbers)
    #expect(1...6 ~= axis.ticks.count, "\(axis.ticks)")
    #expect(axis.ticks.allSatisfy { $0 == $0.rounded() && axis.range.contains($0) })
  }
}
