import Foundation
import Testing

@testable import Report

@Suite("Pages and files")
struct ReportPageTests {
    /// A folder that is removed at the end of a test.
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    private func samplePage() -> ReportPage {
        var page = ReportPage(title: "A < B & C", subtitle: "sub")
        for index in 1...4 { page.addHeading("Section \(index)") }
        page.addHeading("Deep", level: 9)
        page.addParagraph("one\ntwo\n\nthree <script>alert(1)</script>")
        page.addFacts(["n": "12", "seed": "<42>"])
        page.addCode("if a < b && c {\n}")
        var table = ReportTable(columns: ["x"])
        table.add(row: ["1"])
        page.add(table, caption: "The table.")
        var figure = Figure(title: "F", x: Axis(categories: ["a"]))
        figure.add(.bars([1], label: "p"))
        figure.add(.bars([1], label: "q"))
        page.add(figure, caption: "First.")
        page.add(figure)
        return page
    }

    @Test("a page is well formed, complete and needs nothing from outside")
    func page() {
        let html = samplePage().html
        let body = html.replacingOccurrences(of: "<!DOCTYPE html>\n", with: "")
        let xml = XMLReading(body)
        #expect(xml.failure == nil)
        #expect(xml.elements(named: "script").isEmpty)
        #expect(xml.elements(named: "link").isEmpty)
        for element in xml.elements {
            for name in ["src", "href"] {
                if let target = element.attributes[name] { #expect(target.hasPrefix("#")) }
            }
        }
        #expect(xml.elements(named: "p").map(\.text) == ["sub", "one\ntwo", "three <script>alert(1)</script>"])
        #expect(xml.elements(named: "figcaption").map(\.text) == ["Figure 1. First.", "Figure 2"])
        #expect(xml.elements(named: "caption").map(\.text) == ["Table 1. The table."])
        #expect(xml.elements(named: "dd").map(\.text) == ["12", "<42>"])
        #expect(xml.elements(named: "code").map(\.text) == ["if a < b && c {\n}"])
        #expect(xml.elements(named: "h4").map(\.text) == ["Deep"])
        let identifiers = xml.elements.compactMap { $0.attributes["id"] }
        #expect(Set(identifiers).count == identifiers.count)
        let links = xml.elements(named: "a").compactMap { $0.attributes["href"]?.dropFirst() }.map(String.init)
        #expect(links.count == 4)
        #expect(links.allSatisfy(identifiers.contains))
        #expect(samplePage().html == html)
    }

    @Test("writing replaces a file as a whole and leaves nothing else behind")
    func atomicWriting() throws {
        try withFolder { folder in
            let path = folder + "/report.html"
            try Data("old".utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
            try samplePage().write(to: path)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == samplePage().html)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["report.html"])
            let permissions = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(permissions == 0o640)
        }
    }

    @Test("a symbolic link stays one")
    func symbolicLink() throws {
        try withFolder { folder in
            try Data("old".utf8).write(to: URL(fileURLWithPath: folder + "/real"))
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "real")
            try AtomicFile.write("new", to: folder + "/link")
            #expect(try String(contentsOfFile: folder + "/real", encoding: .utf8) == "new")
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/link") == "real")
        }
    }

    @Test("what cannot be written is said with the path and the reason")
    func errors() throws {
        try withFolder { folder in
            let missing = folder + "/no/report.html"
            let error = #expect(throws: ReportError.self) { try samplePage().write(to: missing) }
            #expect(error?.description.contains(missing) == true)
            #expect(error?.description.contains("No such file or directory") == true)
            #expect(throws: ReportError.notAFile(path: folder)) { try Figure().write(to: folder) }
            #expect(throws: ReportError.notAFile(path: "/dev/null")) { try AtomicFile.write("x", to: "/dev/null") }
            #expect(throws: ReportError.self) { try AtomicFile.write("x", to: "") }
        }
    }

    @Test("a figure file is an XML document")
    func figureFile() throws {
        try withFolder { folder in
            var figure = Figure(title: "F")
            figure.add(.line(x: [0, 1], y: [0, 1]))
            try figure.write(to: folder + "/f.svg")
            let text = try String(contentsOfFile: folder + "/f.svg", encoding: .utf8)
            #expect(XMLReading(text).elements.first?.name == "svg")
        }
    }
}
