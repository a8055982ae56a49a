/// A function of each row along the last axis that has a backward in terms of y. Its raw value is the name in messages.
package enum RowActivationKernel: String, Sendable {
  case softmax = "Softmax", logSoftmax = "LogSoftmax"
}
