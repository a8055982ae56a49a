/// The middle of some numbers, the upper one of two; NaN where there are none.
package func median(_ numbers: some Collection<Double>) -> Double {
  let sorted = numbers.sorted()
  return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
}
