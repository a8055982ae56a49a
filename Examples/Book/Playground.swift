import ExampleSupport
import StrataReport

/// A page to play with.
struct Playground: Sendable {
  /// The name of its files.
  let name: String
  let title: String
  let lead: String
  /// What its numbers are compared with.
  let source: String
  /// The chapters that lead to it.
  let chapters: [String]
  /// What Strata computes for it.
  let given: @Sendable (Book) throws -> JSONLine

  static var all: [Playground] { [shapes, graph, memory, flow, quiz] }

  static let shapes = Playground(
    name: "shapes", title: "Shapes of a perceptron",
    lead: """
      Move the widths and the batch, and see the shape of every activation and gradient, and what they take of memory.
      """,
    source: "The formulas are those of a Sequential of Linear and ReLU layers. Its memoryPlan gives the same bytes.",
    chapters: ["TwoLayers", "MemoryOfTraining"]
  ) { _ in
    JSONLine(["widths": ShapeSettings.widths, "batches": ShapeSettings.batches])
  }

  static let graph = Playground(
    name: "graph", title: "A graph, step by step",
    lead: "Type an expression and values, and follow both passes through its graph.",
    source: """
      The page reads and derives expressions by itself. Strata's tape gives the same nodes, values and gradients, and \
      chain-rule --expression prints the same tables in a terminal.
      """,
    chapters: ["TheChainRule", "Graphs", "Autograd"]
  ) { _ in JSONLine([:]) }

  static let memory = Playground(
    name: "memory", title: "Memory of a training",
    lead: "How many bytes does a transformer of this size take, and what does each strategy make of it?",
    source: """
      A block is TransformerEncoderLayer. What it keeps for its backward was measured by memoryPlan when this page \
      was written. Not counted are the embedding, the logits and temporaries.
      """,
    chapters: ["MemoryOfTraining"]
  ) { _ in try BlockMemory().given }

  static let flow = Playground(
    name: "flow", title: "The flow of the gradient",
    lead: "How much of the gradient reaches each layer of a deep network before training?",
    source: """
      Strata ran every network on 64 rows of 32 features with fixed seeds when this page was written, in float64.
      """,
    chapters: ["VanishingAndExploding", "Normalization", "WhenItGoesWrong"]
  ) { _ in FlowTable().given }

  static let quiz = Playground(
    name: "quiz", title: "Forty questions",
    lead: "From easy to hard. Each answer was computed by the code that it shows.",
    source: """
      The code ran when this page was written. Paste it into a test or a program that imports Strata.
      """, chapters: []
  ) { book in JSONLine(["questions": try Quiz.entries(titles: book.titles)]) }
}
