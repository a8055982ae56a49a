/// A function of two elements, one of each operand. Its raw value is the name in messages.
package enum BinaryKernel: String, Sendable {
  case add = "+", subtract = "-", multiply = "*", divide = "/", power = "pow", atan2, minimum, maximum, equal = ".=="
  case notEqual = ".!=", less = ".<", lessEqual = ".<=", greater = ".>", greaterEqual = ".>=", prelu = "PReLU"
  case preluSlope = "PReLU.backward"
}
