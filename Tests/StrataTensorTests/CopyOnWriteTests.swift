import StrataTensor
import Testing

@Suite(.seeded) struct CopyOnWriteTests {
  @Test func `a copy shares memory until one is written`() {
    let x: Tensor = [1, 2, 3]
    var y = x
    #expect(address(of: x) == address(of: y))
    y.withUnsafeMutableElements(as: Float.self) { $0[1] = 9 }
    #expect(address(of: x) != address(of: y))
    #expect(x == [1, 2, 3])
    #expect(y == [1, 9, 3])
  }

  @Test func `a tensor held once is written in place`() {
    var x: Tensor = [1, 2, 3]
    let before = address(of: x)
    x.withUnsafeMutableElements(as: Float.self) { $0[0] = 5 }
    x += 1
    x *= [2, 2, 2]
    x -= Tensor(ones: [1])
    x /= 0.5
    #expect(address(of: x) == before)
    #expect(x == [22, 10, 14])
  }

  @Test func `compound assignment leaves other holders alone`() {
    let x: Tensor = [1, 2, 3]
    var (sum, scaled) = (x, x)
    sum += x
    scaled *= 10
    #expect(x == [1, 2, 3])
    #expect(sum == [2, 4, 6])
    #expect(scaled == [10, 20, 30])
  }

  @Test func `a tensor meets itself`() {
    var x: Tensor = [1, 2, 3]
    x += x
    #expect(x == [2, 4, 6])
    x = x * x
    #expect(x == [4, 16, 36])
    x -= x
    #expect(x == [0, 0, 0])
  }

  @Test func `operands that are held stay as they were`() {
    let (a, b): (Tensor, Tensor) = ([1, 2], [3, 4])
    _ = a + b
    _ = a * 5
    _ = exp(a)
    _ = -b
    _ = a.clipped(to: 0...1)
    _ = maximum(a, b)
    #expect(a == [1, 2])
    #expect(b == [3, 4])
  }

  @Test func `a temporary lends its memory to the result`() {
    let x = randomTensor([100])
    let left = x * 2
    let (start, shared) = (address(of: left), left)
    #expect(address(of: left + x) != start, "left is held by two names")
    _ = shared

    let once = x.copied()
    let place = address(of: once)
    #expect(address(of: exp(consume once)) == place)

    let alone = x.copied()
    let rightPlace = address(of: alone)
    #expect(address(of: x - consume alone) == rightPlace)
  }

  @Test func `a smaller operand does not lend its memory`() {
    let row = randomTensor([1, 4], seed: 2)
    let x = randomTensor([3, 4], seed: 3)
    let sum = x + row.copied()
    #expect(sum.shape == [3, 4])
    #expect(row.copied() + x == sum)
  }

  @Test func `overwrite works in place where nobody else holds`() {
    func increment(_ x: inout Tensor) {
      x.overwrite { old, new in
        for (index, value) in old.elements(Float.self).enumerated() {
          new.mutableElements(Float.self)[index] = value + 1
        }
      }
    }
    var x: Tensor = [1, 2]
    let place = address(of: x)
    increment(&x)
    #expect(address(of: x) == place)
    let held = x
    increment(&x)
    #expect(address(of: x) != place)
    #expect(held == [2, 3])
    #expect(x == [3, 4])
  }

  @Test func `reshaping shares memory`() {
    let x = randomTensor([2, 6])
    var y = x.reshaped(to: [3, 4])
    #expect(address(of: x) == address(of: y))
    y += 1
    #expect(address(of: x) != address(of: y))
  }

  @Test func `rows are copies`() {
    let x: Tensor = [[1, 2], [3, 4]]
    var row = x[0]
    row += 10
    #expect(x == [[1, 2], [3, 4]])
    #expect(row == [11, 12])
  }

  @Test func `addProduct leaves other holders alone`() {
    let x: Tensor = [[1, 2], [3, 4]]
    var sum = x
    sum.addProduct(x, x)
    #expect(x == [[1, 2], [3, 4]])
    #expect(sum == [[8, 12], [18, 26]])
    var itself = x.copied()
    itself.addProduct(itself, itself.transposed)
    #expect(itself == [[6, 13], [14, 29]])
  }

  @Test func `addColumnSums leaves other holders alone`() {
    let zero = Tensor(zeros: [2])
    var sum = zero
    sum.addColumnSums(of: [[1, 2], [3, 4]])
    #expect(zero == [0, 0])
    #expect(sum == [4, 6])
  }

  @Test func `reading elements does not copy them`() {
    let x: Tensor = [1, 2, 3]
    let place = x.withUnsafeElements(as: Float.self) { UnsafeRawPointer($0.baseAddress!) }
    #expect(place == address(of: x))
    #expect(x.withUnsafeElements(as: Float.self) { $0.reduce(0, +) } == 6)
  }
}
