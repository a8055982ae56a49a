import StrataTensor

/// A group of tensors without their elements: what it takes to give back a group of the same kind.
package struct GroupKind<Group: TensorGroup>: Sendable {
  /// The group with empty tensors.
  package let shell: Group
  package let kinds: [TensorKind]

  package init(of group: borrowing Group) {
    kinds = group.tensors.map { TensorKind(of: $0) }
    shell = group.mapped { _ in .empty }
  }

  /// The gradient of what nothing depends on.
  package var zeros: Group { group(of: kinds.map(\.zeros)) }

  /// A group of other tensors.
  package func group(of tensors: [Tensor]) -> Group {
    var group = shell
    group.tensors = tensors
    return group
  }
}

extension Tensor {
  fileprivate static let empty = Tensor(zeros: [0])
}
