/// A function of each element that has a backward, in terms of x or of y, and a parameter where it needs one.
/// Its raw value is the name in messages.
package enum ActivationKernel: String, Sendable {
  case relu = "ReLU", tanh = "Tanh", sigmoid = "Sigmoid", leakyReLU = "LeakyReLU", elu = "ELU", gelu = "GELU"
  case geluTanh = "GELU(.tanh)", silu = "SiLU", softplus = "Softplus"
  case selu = "SELU", celu = "CELU", mish = "Mish", logSigmoid = "LogSigmoid", softsign = "Softsign"
  case softshrink = "Softshrink", hardshrink = "Hardshrink", hardswish = "Hardswish", hardsigmoid = "Hardsigmoid"
}
