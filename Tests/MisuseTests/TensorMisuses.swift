import StrataTensor

private let ints = Tensor(labels: [1, 2, 3])
private let matrix = Tensor(zeros: [2, 3])
private let vector = Tensor(zeros: [3])

/// Misuse of tensors, their operations, and process-wide settings.
let tensorMisuses: [String: Misuse] = [
  // Shapes
  "negative length": Misuse("shape [2, -1] has a negative axis length") { _ = Shape([2, -1]) },
  "uncountable shape": Misuse("[4611686018427387904, 4]", "more elements than can be counted") {
    _ = Shape([1 << 62, 4])
  },
  "axis out of range": Misuse("axis 2 is out of range for shape [2, 3], which has 2 axes") {
    _ = matrix.sum(along: 2)
  },
  "negative axis out of range": Misuse("axis -3 is out of range for shape [2, 3]") {
    _ = matrix.shape[-3]
  },

  // Making and reading
  "too few elements": Misuse("5 elements cannot fill shape [2, 3], which has 6") {
    _ = Tensor([1, 2, 3, 4, 5] as [Float], shape: [2, 3])
  },
  "uncountable bytes": Misuse("[2305843009213693952]") { _ = Tensor(zeros: [1 << 61]) },
  "broadcast to what does not fit": Misuse("broadcast: [2, 3] does not broadcast to [3, 2]") {
    _ = matrix.broadcast(to: [3, 2])
  },
  "slice out of range": Misuse("sliced: 1..<4 is out of range for axis 1 of shape [2, 3]") {
    _ = matrix.sliced(1..<4, along: -1)
  },
  "one-hot out of range": Misuse("oneHot: class index 3 is out of range for 3 classes") {
    _ = Tensor(oneHot: ints, classes: 3)
  },
  "one-hot of floats": Misuse("oneHot: class indices are int32, not float32") {
    _ = Tensor(oneHot: matrix, classes: 3)
  },
  "item of many": Misuse("item", "one element", "[2, 3]") { _ = matrix.item },
  "reading as another type": Misuse("withUnsafeElements", "float32, not float64", "converted(to:)") {
    matrix.withUnsafeElements(as: Double.self) { _ in }
  },
  "writing as another type": Misuse("withUnsafeMutableElements", "float32, not int32", "converted(to:)") {
    var x = matrix
    x.withUnsafeMutableElements(as: Int32.self) { _ in }
  },
  "beyond int32": Misuse("3000000000.0 does not fit an int32 tensor") {
    _ = Tensor([3e9] as [Double]).converted(to: .int32)
  },
  "NaN as int32": Misuse("nan does not fit an int32 tensor") {
    _ = Tensor([.nan] as [Float]).converted(to: .int32)
  },
  "label beyond int32": Misuse("does not fit an int32 tensor") { _ = Tensor(labels: [1 << 40]) },
  "ragged literal": Misuse("tensor literal", "row 1 has shape [1], row 0 has [2]") {
    _ = [[1, 2], [3]] as Tensor
  },
  "ragged inner literal": Misuse("tensor literal", "row 1 has shape [], row 0 has [1]") {
    _ = [[[1], 2]] as Tensor
  },
  "empty literal": Misuse("empty tensor literal has no shape", "Tensor(zeros: [0, …])") {
    _ = [] as Tensor
  },

  // Elementwise
  "shapes that do not broadcast": Misuse("+: shapes [2, 3] and [2] do not broadcast", "not 3 and 2") {
    _ = matrix + Tensor(zeros: [2])
  },
  "a sum that outgrows its target": Misuse("+=", "[3]", "[2, 3]") {
    var x = vector
    x += matrix
  },
  "types that differ": Misuse("*: one operand is float32, the other float64", "converted(to:)") {
    _ = vector * Tensor(zeros: [3], dtype: .float64)
  },
  "arithmetic on integers": Misuse("+ needs floating-point elements", "int32", "converted(to:)") {
    _ = ints + ints
  },
  "functions of integers": Misuse("exp needs floating-point elements", "int32", "converted(to:)") {
    _ = exp(ints)
  },
  "activation backward of another shape": Misuse("Tanh.backward", "[2, 3]", "[3]") {
    _ = matrix.multiplied(byDerivative: .tanh, at: vector)
  },
  "activation backward of integers": Misuse("ReLU needs floating-point elements", "int32") {
    _ = ints.multiplied(byDerivative: .relu, at: ints)
  },

  // Indexing
  "reshaping to another count": Misuse("reshaped: [2, 3] has 6 elements, [4] 4") {
    _ = matrix.reshaped(to: [4])
  },
  "an open length that does not divide": Misuse("reshaped: [2, 3] has 6 elements", "4 together", "divide") {
    _ = matrix.reshaped([4, -1])
  },
  "two open lengths": Misuse("negative axis length") { _ = matrix.reshaped([-1, -1]) },
  "too many indices": Misuse("subscript: 3 indices into shape [2, 3]") { _ = matrix[0, 0, 0] },
  "index out of range": Misuse("subscript: index 3 is out of range for axis 1 of [2, 3]") {
    _ = matrix[0, 3]
  },
  "rows out of range": Misuse("subscript: rows 1..<3 are out of range for shape [2, 3]") {
    _ = matrix[1..<3]
  },
  "rows of a scalar": Misuse("subscript: rows 0..<1 are out of range for shape []") {
    _ = Tensor(1)[0..<1]
  },
  "gathering from a scalar": Misuse("gathered: a tensor of shape [] has no rows") {
    _ = Tensor(1).gathered(rows: [0])
  },
  "gathering a row that is not there": Misuse("gathered: row 2 is out of range for shape [2, 3]") {
    _ = matrix.gathered(rows: [0, 2])
  },
  "gathering by floats": Misuse("gathered: row numbers are int32, not float32") {
    _ = matrix.gathered(rows: vector)
  },
  "concatenating nothing": Misuse("concatenating: no tensors given") { _ = Tensor(concatenating: []) },
  "concatenating other rows": Misuse(
    "concatenating: float32 of shape [3] does not continue float32 of shape [2, 3]"
  ) {
    _ = Tensor(concatenating: [matrix, vector])
  },

  // Spectra
  "singular values of a vector": Misuse("singularValues needs a matrix", "[3]") { _ = vector.singularValues },
  "spectral radius of a wide matrix": Misuse("spectralRadius needs a square matrix", "[2, 3]") {
    _ = matrix.spectralRadius
  },
  "spectrum of integers": Misuse("a spectrum needs floating-point elements", "int32") {
    _ = ints.reshaped(to: [1, 3]).spectralNorm
  },

  // Matrix products
  "transposing a vector": Misuse("transposed needs a matrix", "[3]") { _ = vector.transposed },
  "inner lengths": Misuse("matmul: [2, 3] · [2, 3]", "inner lengths 3 and 2 differ") {
    _ = matmul(matrix, matrix)
  },
  "inner lengths transposed": Misuse(
    "matmul: [2, 3] transposed · [4, 3] transposed", "inner lengths 2 and 3 differ"
  ) {
    _ = matmul(matrix.transposed, Tensor(zeros: [4, 3]).transposed)
  },
  "vector factor": Misuse("matmul: needs matrices, not shapes [2, 3] and [3]", "[n, 1]") {
    _ = matmul(matrix, vector)
  },
  "factors of two types": Misuse("one factor is float32, the other float64", "converted(to:)") {
    _ = matmul(matrix, Tensor(zeros: [3, 2], dtype: .float64))
  },
  "product of integers": Misuse("matmul needs floating-point elements", "int32") {
    _ = matmul(ints.reshaped(to: [1, 3]), ints.reshaped(to: [3, 1]))
  },
  "bias of another length": Misuse("the bias must be float32 of shape [2], not float32 of [3]") {
    _ = matmul(matrix, matrix.transposed, adding: vector)
  },
  "a product that does not fit the sum": Misuse("addProduct", "[2, 2]", "[2, 3]") {
    var x = matrix
    x.addProduct(matrix, matrix.transposed)
  },

  // Reductions
  "sum of integers": Misuse("sum needs floating-point elements", "int32") { _ = ints.sum() },
  "sum of integers along an axis": Misuse("sum needs floating-point elements", "int32") {
    _ = ints.sum(along: 0)
  },
  "squares of integers": Misuse("sumOfSquares needs floating-point elements", "int32") {
    _ = ints.sumOfSquares
  },
  "column sums of integers": Misuse("columnSums needs floating-point elements", "int32") {
    _ = ints.columnSums()
  },
  "largest of none": Misuse("max: axis 0 of shape [0, 3] has no elements") {
    _ = Tensor(zeros: [0, 3]).max(along: 0)
  },
  "largest of an empty tensor": Misuse("max", "[0, 3]", "no elements") {
    _ = Tensor(zeros: [0, 3]).max()
  },
  "argmax of none": Misuse("argmax: axis -1 of shape [3, 0] has no elements") {
    _ = Tensor(zeros: [3, 0]).argmax()
  },
  "column sums of another width": Misuse("addColumnSums", "[2, 4]", "[3]") {
    var x = vector
    x.addColumnSums(of: Tensor(zeros: [2, 4]))
  },

  // Random calls
  "a replay of another stream": Misuse("replayed forward draws random numbers in another order") {
    let (a, b) = (RandomStream(), RandomStream())
    let calls = RandomCalls.recording { _ = a.next() }.calls
    calls.replayed { _ = b.next() }
  },
  "a replay of more calls": Misuse("forward must make the same calls each time") {
    let stream = RandomStream()
    RandomCalls.recording {}.calls.replayed { _ = stream.next() }
  },

  // Sizes and sums of another rank
  "concatenating scalars": Misuse("concatenating: a tensor of shape [] has no axis") {
    _ = Tensor(concatenating: [Tensor(1), Tensor(2)])
  },
  "splitting into too much": Misuse("split: lengths [2, 2] do not make up axis 1 of shape [2, 3]") {
    _ = matrix.split([2, 2], along: 1)
  },
  "gathering rows of indices from a scalar": Misuse("gathered: a tensor of shape [] has no rows") {
    _ = Tensor(1).gathered(rows: Tensor(labels: [0]))
  },
  "gathering an index that is not there": Misuse("gathered: row 2 is out of range for shape [2, 3]") {
    _ = matrix.gathered(rows: Tensor(labels: [2]))
  },
  "smallest of an empty tensor": Misuse("min: a tensor of shape [0, 3] has no elements") {
    _ = Tensor(zeros: [0, 3]).min()
  },

  "groups of another count": Misuse("Array<Tensor>: a group of 2 tensors cannot meet one of 1") {
    _ = [vector, vector].combined(with: [vector]) { $0 + $1 }
  },

  // The process
  "no workers": Misuse("Runtime.workers must be from 1 to 1024, not 0") { Runtime.workers = 0 },
  "inside a layer": Misuse("in layer decoder.0: +: shapes [3] and [4] do not broadcast") {
    Place.position(1).enter()
    Place.leave()
    Place.name("decoder").enter()
    Place.position(0).enter()
    _ = vector + Tensor(zeros: [4])
  },
]
