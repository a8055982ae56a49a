/// A time step of a recurrent cell, without its matrix products.
package enum StepKernel: Sendable {
  case rnnTanh, rnnReLU, lstm, gru
}
