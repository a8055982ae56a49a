import Foundation
import StrataTensor
import StrataTraining

extension RunFacts {
  /// The most classes of which the whole confusion matrix is shown.
  private static let mostClasses = 20

  /// The confusion matrix, or of many classes the pairs confused most often, and the worst mistakes.
  var classSection: Markup? {
    guard let classes = measures.classes, classes.matrix.total > 0 else { return nil }
    let matrix = classes.matrix
    let right = matrix.counts.indices.reduce(0) { $0 + matrix.counts[$1][$1] }
    let accuracy = percent(Double(right) / Double(matrix.total))
    let lead =
      "\(grouped(right)) of \(grouped(matrix.total)) predictions on \(counted(classes.examples, "example")) are right, "
      + "\(accuracy), \(measuredWhen)."
    let isWhole = matrix.counts.count <= Self.mostClasses
    let confusion = isWhole ? matrixTable(matrix) : confusedTable(matrix)
    return section("Classes", "<p>\(lead)</p>\n\(confusion)\n\(mistakes(classes))")
  }

  /// When the measures were taken.
  var measuredWhen: String {
    if measures.step == 0 { return "before training" }
    return measures.isAtEpochEnd ? "after epoch \(grouped(measures.epoch))" : "after step \(grouped(measures.step))"
  }

  private func matrixTable(_ matrix: ConfusionMatrix) -> Markup {
    func share(_ part: Double?) -> String { part.map { fixed(100 * $0, places: 1) } ?? "–" }
    // Classes that neither occur nor are predicted, such as tokens that only begin a sequence, say nothing.
    let classes = matrix.counts.indices.filter { label in
      matrix.counts[label].contains { $0 > 0 } || matrix.counts.contains { $0[label] > 0 }
    }
    let head = classes.map { #"<th scope="col">\#(className($0))</th>"# as Markup }
    let rows = classes.map { label -> Markup in
      let sum = matrix.counts[label].reduce(0, +)
      let cells = classes.map { predicted -> Markup in
        let count = matrix.counts[label][predicted]
        if count == 0 { return #"<td class="zero">·</td>"# }
        // By the share of the class, so that rare classes show as well.
        let depth = 10 + 45 * Double(count) / Double(max(1, sum))
        return
          #"<td class="\#(label == predicted ? "right" : "wrong" as Markup)" style="--p:\#(depth)%">\#(count)</td>"#
      }
      return """
        <tr><th scope="row">\(className(label))</th>\(cells)<td class="edge">\(share(matrix.recall(of: label)))</td></tr>

        """
    }
    let precisions = classes.map { #"<td class="edge">\#(share(matrix.precision(of: $0)))</td>"# as Markup }
    return """
      <div class="scroll" role="region" tabindex="0" aria-label="Confusion matrix"><table class="confusion">
      <caption><span>Rows are the true classes, columns the predicted ones. Recall and precision are in percent.</span></caption>
      <thead><tr><th scope="col"><span class="hidden">true class</span></th>\(head)<th scope="col" class="edge">recall</th></tr></thead>
      <tbody>\(rows)<tr><th scope="row" class="edge">precision</th>\(precisions)<td></td></tr></tbody>
      </table></div>
      """
  }

  private func confusedTable(_ matrix: ConfusionMatrix) -> Markup {
    var pairs: [(label: Int, predicted: Int, count: Int)] = []
    for (label, row) in matrix.counts.enumerated() {
      for (predicted, count) in row.enumerated() where count > 0 && label != predicted {
        pairs.append((label, predicted, count))
      }
    }
    pairs.sort { ($1.count, $0.label, $0.predicted) < ($0.count, $1.label, $1.predicted) }
    let rows = pairs.prefix(20).map { pair in
      [
        Markup.text(className(pair.label)), .text(className(pair.predicted)), .text(grouped(pair.count)),
        .text(matrix.recall(of: pair.label).map(percent) ?? "–"),
      ]
    }
    return rows.isEmpty
      ? ""
      : .table(
        ["true class", "predicted", "how often", "recall of the true class"], rows, numbers: [2, 3],
        caption: "The pairs confused most often, of \(grouped(matrix.counts.count)) classes")
  }

  private func mistakes(_ classes: ClassMeasures) -> Markup? {
    guard !classes.worst.isEmpty else { return nil }
    func sureness(_ mistake: ClassMeasures.Mistake) -> String {
      mistake.probability.map { shareText($0.predicted) } ?? "ahead by \(numberText(mistake.margin))"
    }
    if classes.worst.contains(where: { $0.picture != nil }) {
      let figures = classes.worst.map { mistake -> Markup in
        let text = "\(className(mistake.label)) taken for \(className(mistake.predicted))"
        let picture = mistake.picture.map { picture in
          """
          <img src="\(picture.address)" width="\(picture.width)" height="\(picture.height)" alt="Example \
          \(mistake.example), \(text)"/>
          """ as Markup
        }
        return """
          <figure>\(picture)<figcaption><b>\(className(mistake.label))</b> taken for \
          <b>\(className(mistake.predicted))</b><span>\(sureness(mistake))</span></figcaption></figure>

          """
      }
      return """
        <h3>Worst mistakes</h3><p>Examples of which the model is surest and wrong, with the probability that it gives to \
        the wrong class.</p>
        <div class="pictures">\(figures)</div>
        """
    }
    let rows = classes.worst.map { mistake in
      [
        Markup.text("\(mistake.example)"), .text(className(mistake.label)), .text(className(mistake.predicted)),
        .text(sureness(mistake)),
      ]
    }
    let table = Markup.table(
      ["example", "true class", "predicted", "how sure"], rows, numbers: [0, 3], caption: "Worst mistakes")
    return "<h3>Worst mistakes</h3>\(table)"
  }
}
