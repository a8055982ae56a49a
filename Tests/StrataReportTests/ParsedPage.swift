import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// A page as a strict reader of XML sees it.
struct ParsedPage {
  /// The numbers of a chart.
  struct ChartData: Decodable {
    struct Series: Decodable {
      let name: String
      let y: [Double?]
    }
    let title: String
    let x: [Int]
    let xName: String
    let series: [Series]

    func values(_ name: String) -> [Double?]? { series.first { $0.name == name }?.y }
  }

  let source: String
  let document: XMLDocument
  let charts: [ChartData]

  init(_ source: String) throws {
    self.source = source
    document = try XMLDocument(xmlString: source)
    charts = try document.nodes(forXPath: "//figure/script").map { node in
      try JSONDecoder().decode(ChartData.self, from: Data(try #require(node.stringValue).utf8))
    }
  }

  init(contentsOf path: String) throws { try self.init(String(contentsOfFile: path, encoding: .utf8)) }

  func chart(_ title: String) throws -> ChartData { try #require(charts.first { $0.title == title }) }

  /// The text of the first element of a path.
  func text(_ path: String) throws -> String { try texts(path).first ?? "(nothing)" }

  func texts(_ path: String) throws -> [String] { try document.nodes(forXPath: path).map { $0.stringValue ?? "" } }

  func count(_ path: String) throws -> Int { try document.nodes(forXPath: path).count }
}
