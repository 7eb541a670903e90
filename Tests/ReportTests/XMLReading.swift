import Foundation
import FoundationXML

/// One element as the XML parser saw it.
struct XMLElementRecord {
    var name: String
    var attributes: [String: String]
    var text = ""
}

/// Reads XML with Foundation's parser, which knows nothing of how it was written.
final class XMLReading: NSObject, XMLParserDelegate {
    private(set) var elements: [XMLElementRecord] = []
    private(set) var failure: String?
    private var open: [Int] = []

    init(_ text: String) {
        super.init()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = self
        if !parser.parse() { failure = parser.parserError.map { "\($0) in line \(parser.lineNumber)" } ?? "unknown" }
    }

    func elements(named name: String) -> [XMLElementRecord] {
        elements.filter { $0.name == name }
    }

    var texts: [String] { elements(named: "text").map(\.text) }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        open.append(elements.count)
        elements.append(XMLElementRecord(name: name, attributes: attributes))
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        for index in open { elements[index].text += text }
    }
}
