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
  "division of integers": Misuse("/ needs floating-point elements", "int32", "converted(to:)") {
    _ = ints / ints
  },
  "a fraction that meets integers": Misuse(".<: 2.5 is not whole, and the tensor is int32", "converted(to:)") {
    _ = ints .< 2.5
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
  "negative index out of range": Misuse("subscript: index -3 is out of range for axis 0 of [2, 3]") {
    _ = matrix[-3]
  },
  "rows out of range": Misuse("subscript: range 1..<3 is out of range for axis 0 of [2, 3]") {
    _ = matrix[1..<3]
  },
  "columns out of range": Misuse("subscript: range ...3 is out of range for axis 1 of [2, 3]") {
    _ = matrix[.all, ...3]
  },
  "rows of a scalar": Misuse("subscript: 1 indices into shape []") {
    _ = Tensor(1)[0..<1]
  },
  "two ellipses": Misuse("subscript: more than one ellipsis") { _ = matrix[.ellipsis, 0, .ellipsis] },
  "a step of 0": Misuse("every(_:in:): takes a step other than 0 and a range") { _ = matrix[.every(0)] },
  "an assignment of another shape": Misuse(
    "subscript: float32 of shape [2] does not fit a selection of float32 of shape [3]"
  ) {
    var x = matrix
    x[0] = [1, 2]
  },

  // Moving elements
  "an axis that is named twice": Misuse("permuted: [0, 0] does not name each axis of shape [2, 3] once") {
    _ = matrix.permuted(0, 0)
  },
  "a new axis beyond the last": Misuse("expanded: axis 3 is out of range for a tensor of 2 axes and one more") {
    _ = matrix.expanded(at: 3)
  },
  "squeezing a long axis": Misuse("squeezed: axis 1 of shape [2, 3] has length 3, not 1") { _ = matrix.squeezed(1) },
  "padding of other axes": Misuse("padded: widths", "[2, 3]") { _ = matrix.padded([(1, 1)]) },
  "a triangle of a vector": Misuse("a triangle needs matrices, not shape [3]") { _ = vector.lowerTriangle() },
  "choosing among two types": Misuse("where: one operand is float32, the other int32", "converted(to:)") {
    _ = Tensor.where(vector, vector, ints)
  },
  "a range without steps": Misuse("arange: a step of 0 goes nowhere") { _ = Tensor(arange: 0..<3, step: 0) },
  "a range of negative steps": Misuse("arange: needs a step above 0, not -0.5") {
    _ = Tensor(arange: 0..<1, step: -0.5)
  },
  "more than there are": Misuse("topK: axis -1 of shape [2, 3] has 3 elements, not 4") { _ = matrix.topK(4) },
  "gathering along an axis by floats": Misuse("gathered: indices are int32, not float32") {
    _ = matrix.gathered(matrix, along: 0)
  },
  "gathering by another shape": Misuse("gathered: indices of shape [3] do not fit shape [2, 3] but along axis 1") {
    _ = matrix.gathered(ints, along: 1)
  },
  "gathering beyond an axis": Misuse("gathered: index 3 is out of range for axis 1 of shape [2, 3]") {
    _ = matrix.gathered(Tensor([[0, 3], [1, 2]], dtype: .int32), along: 1)
  },
  "scattering to a negative index": Misuse("scattering: index -1 is out of range for axis 0 of shape [3]") {
    _ = vector.scattering(vector, at: ints - 2, along: 0)
  },
  "scattering another shape": Misuse(
    "scattering: the source must be float32 of shape [3], not float32 of [2, 3]"
  ) {
    _ = vector.scattering(matrix, at: ints - 1, along: 0)
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

  "solving with a wide matrix": Misuse("solve needs a square matrix; this tensor has shape [2, 3]") {
    _ = try solve(matrix, vector)
  },
  "solving for other rows": Misuse("solve: B is float32 of shape [2]", "[3, 3], needs 3 rows") {
    _ = try solve(Tensor(eye: 3), Tensor(zeros: [2]))
  },
  "factors of a vector": Misuse("qr needs a matrix; this tensor has shape [3]") { _ = qr(vector) },

  "an equation without a result": Misuse("einsum: \"ij,jk\" is not of the form \"ij,jk->ik\"") {
    _ = einsum("ij,jk", matrix, matrix)
  },
  "an equation of other axes": Misuse("einsum: \"i,j->ij\" names 1 and 1 axes of shapes [2, 3] and [3]") {
    _ = einsum("i,j->ij", matrix, vector)
  },
  "an equation with a diagonal": Misuse("names an axis twice in one place") { _ = einsum("ii,i->i", matrix, vector) },
  "an equation of other lengths": Misuse("shapes [2, 3] and [3] differ in an axis of one name") {
    _ = einsum("ij,i->j", matrix, vector)
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
  "length of integers": Misuse("norm needs floating-point elements", "int32") { _ = ints.norm(along: 0) },
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
