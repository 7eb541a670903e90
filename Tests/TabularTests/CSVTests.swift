import SampleData
import Tabular
import Testing

private func table(_ text: String, _ options: CSVOptions = CSVOptions()) throws -> Table {
    try Table(csv: Array(text.utf8), options: options, path: "file.csv")
}

@Suite struct CSVTests {
    @Test("quotes, doubled quotes, embedded delimiters and line ends, CRLF and a byte order mark are read")
    func quoting() throws {
        let read = try table("\u{FEFF}name,\"no,te\",x\r\n\"A \"\"B\"\"\",\"two\nlines\",1\r\n\"\",\"c,d\",-2.5e3\r\n")
        #expect(read.columnNames == ["name", "no,te", "x"])
        #expect(try read.text("name") == ["A \"B\"", ""])
        #expect(try read.text("no,te") == ["two\nlines", "c,d"])
        #expect(try read.numbers("x") == [1, -2500])
    }

    @Test("all line ends, a missing last one, blank lines and other delimiters are read")
    func lineEnds() throws {
        for text in ["a,b\n1,2\n3,4", "a,b\r\n1,2\r\n\r\n3,4\r\n", "a,b\r1,2\r3,4\r", "\n\na,b\n1,2\n\n3,4\n\n"] {
            #expect(try table(text).features().values == [1, 2, 3, 4])
        }
        let tabs = try table("1\t2\n3\t4\n", CSVOptions(delimiter: UInt8(ascii: "\t"), hasHeader: false))
        #expect(tabs.columnNames == ["column1", "column2"] && tabs.rowCount == 2)
        #expect(try table("a,b\n").rowCount == 0)
        #expect(try table("a,b\n1,\n").numbers("b")[0].isNaN)
    }

    @Test("missing markers are missing numbers or strings, but not inside quotes of a text column")
    func missing() throws {
        let read = try table("n,t\n1,x\nNA,NA\n ? ,?\n,\nNaN,\"NA\"\nnull,\"\"\n")
        let numbers = try read.numbers("n")
        #expect(numbers[0] == 1 && numbers[1...].allSatisfy(\.isNaN))
        #expect(try read.text("t") == ["x", nil, nil, nil, "NA", ""])
        #expect(read["n"]?.missingCount == 5 && read["t"]?.missingCount == 3)
        // A column of quoted numbers with quoted blanks, as spreadsheets export it, stays numeric.
        #expect(try table("q\n\"1\"\n\"\"\n\" 3 \"\n").numbers("q")[2] == 3)
        #expect(try table("q,r\n\"\",1\n\"\",2\n").text("q") == ["", ""])
    }

    @Test("a column that turns out to be text late keeps its earlier fields as written")
    func lateText() throws {
        let read = try table("a,b,c\n1.50,NA,\"01\"\n,2,3\nx,3,4\n7,\"\",y\n")
        #expect(try read.text("a") == ["1.50", nil, "x", "7"])
        #expect(try read.text("c") == ["01", "3", "4", "y"])
        #expect(try read.numbers("b")[2] == 3)
        let forced = CSVOptions(kinds: ["a": .text])
        #expect(try table("a\n007\n8\n", forced).text("a") == ["007", "8"])
    }

    @Test("every fault names the file, the line and the byte")
    func faults() throws {
        func fault(_ text: String, _ options: CSVOptions = CSVOptions()) -> TableError? {
            let result = Result { try table(text, options) }
            guard case .failure(let error) = result else { return nil }
            return error as? TableError
        }
        typealias Problem = TableError.Problem
        let cases: [(String, Problem, Int, Int)] = [
            ("", .empty, 1, 1), ("\n\n", .empty, 1, 1),
            ("a,b\n1,2\n3\n", .raggedRow(expected: 2, found: 1), 3, 2),
            ("a,b\n1,2\n\n3,4,5,6\n", .raggedRow(expected: 2, found: 4), 4, 5),
            ("a,b\n\"x\ny\",\"open\n\n", .unterminatedQuote, 3, 4),
            ("a,b\r\n1,\"x\"y\r\n", .textAfterQuote, 2, 6),
            ("a,b,a\n", .duplicateColumn("a"), 1, 5),
        ]
        for (text, problem, line, column) in cases {
            #expect(fault(text) == TableError(problem, path: "file.csv", line: line, column: column), "\(text)")
        }
        let forced = fault("a\n1\nx\n", CSVOptions(kinds: ["a": .numeric]))
        #expect(forced == TableError(.notANumber(column: "a", text: "x"), path: "file.csv", line: 3, column: 1))
        #expect(fault("a\n1\n", CSVOptions(kinds: ["b": .text]))?.problem == .noSuchColumn("b"))
        let ragged = try #require(fault("a,b\n1\n"))
        #expect("\(ragged)" == "file.csv:2:2: the row has 1 fields; expected 2")
    }

    @Test("bytes that are not UTF-8 are refused with their place, or read as Windows-1252 when allowed")
    func encodings() throws {
        let bytes: [UInt8] = Array("name,n\nZo".utf8) + [0xEB] + Array(",1\n".utf8) + [0x80] + Array(",2\n".utf8)
        #expect(throws: TableError(.invalidUTF8(byte: 0xEB), path: "w.csv", line: 2, column: 3)) {
            try Table(csv: bytes, path: "w.csv")
        }
        for encoding in [TextEncoding.windows1252, .utf8OrWindows1252] {
            let read = try Table(csv: bytes, options: CSVOptions(encoding: encoding))
            #expect(try read.text("name") == ["Zoë", "€"])
        }
        let valid = Array("ä,b\n日本,🦉\n".utf8)
        #expect(try Table(csv: valid, options: CSVOptions(encoding: .utf8OrWindows1252)).text("ä") == ["日本"])
        for broken: [UInt8] in [
            [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82],
        ] {
            #expect(throws: TableError.self) { try Table(csv: [0x61, 0x0A] + broken) }
        }
        #expect(throws: TableError.self) { try Table(csv: [0xFF, 0xFE, 0x61, 0x00]) }
    }

    @Test("numbers are rounded as the standard library rounds them")
    func decimals() throws {
        var texts = [
            "0", "-0", "1", "+1.5", ".5", "5.", "1e5", "1E-5", "9007199254740993", "1.7976931348623157e308",
            "2.2250738585072014e-308", "4.9406564584124654e-324", "0.1", "123456789012345678901234567890",
            "0.000000000000000000000000000001234567890123456789", "9223372036854775807", "8.5e-27", "1e23", "1e-400",
            "5e-324", "1.00000000000000011102230246251565404236316680908203125", "6.02214076e+23", "00012.50",
        ]
        var generator = SplitMix64(state: 9)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: generator.next())
            if value.isFinite { texts.append("\(value)") }
            texts.append("\(Double.random(in: -1...1, using: &generator))")
            texts.append(
                "\(Int64.random(in: .min ... .max, using: &generator))e\(Int.random(in: -40...40, using: &generator))")
        }
        let read = try table("x\n" + texts.joined(separator: "\n")).numbers("x")
        for (text, value) in zip(texts, read) {
            #expect(value.bitPattern == Double(text)?.bitPattern, "\(text)")
        }
        #expect(try table("x\ninf\n-Infinity\n").numbers("x") == [.infinity, -.infinity])
        for text in ["1.2.3", "1e", "e5", "-", ".", "0x10", "1,5x", "1e999"] {
            #expect(try table("x\ty\n\(text)\t1", CSVOptions(delimiter: 9)).column("x").kind == .text, "\(text)")
        }
    }

    @Test("what is written reads back as the same table")
    func roundTrip() throws {
        let original = try Table([
            Column("n", [1, .nan, 0.1, -1e-300, .infinity]),
            Column("t", text: ["a", nil, "", "NA", "say \"hi\",\r\nthen go "]),
            Column(" s,p", text: ["é", "?", " x", "y\r", nil]),
        ])
        #expect(try Table(csv: original.csv()) == original)
        let lone = try Table([Column("only", [1, .nan, 3])])
        #expect(try Table(csv: lone.csv()) == lone)
        let loneText = try Table([Column("only", text: ["a", nil, "", "c"])])
        #expect(try Table(csv: loneText.csv()) == loneText)
        let semicolons = CSVOptions(delimiter: UInt8(ascii: ";"), hasHeader: false, missingMarkers: ["-", ""])
        let read = try Table(csv: original.csv(options: semicolons), options: semicolons)
        #expect(try read.text("column2") == original.text("t"))
    }

    @Test("files are read and written, compressed ones too, and a missing or damaged file is an error")
    func files() throws {
        let lung = try Table(csv: SampleData.path(of: .lungValidationTable))
        #expect(lung.rowCount == 95 && lung.columns.count == 696)
        #expect(try lung.numbers("y").reduce(0, +) == 8)
        #expect(try lung.removing("y").features().values.allSatisfy { $0 > -10 && $0 < 10 })
        let compressed = try SampleData.bytes(of: .lungValidationTable)
        var damaged = compressed
        damaged[1_000] ^= 0xFF
        for bytes in [Array(compressed.dropLast(100)), damaged, compressed + compressed] {
            // The last holds two members, one stream, and so a second header among the numbers.
            let numeric = CSVOptions(kinds: ["y": .numeric])
            #expect(throws: TableError.self) {
                try withTemporaryFile(bytes) { path in try Table(csv: path, options: numeric) }
            }
        }
        // The file holds 494242 bytes.
        func limited(_ limit: Int) throws -> Table {
            try withTemporaryFile(compressed) { try Table(csv: $0, options: CSVOptions(inflatedLimit: limit)) }
        }
        #expect(try limited(494_242) == lung)
        let bomb = #expect(throws: TableError.self) { try limited(494_241) }
        #expect(bomb?.problem == .inflatesBeyond(494_241))
        let twice = try withTemporaryFile(compressed + compressed) { path in
            try Table(csv: path, options: CSVOptions(hasHeader: false))
        }
        #expect(twice.rowCount == 192)
        let again = try withTemporaryFile([]) { path in
            try lung.write(csv: path)
            return try Table(csv: path)
        }
        #expect(again == lung)
        #expect(throws: TableError(.unreadable("No such file or directory"), path: "/nowhere/x.csv")) {
            try Table(csv: "/nowhere/x.csv")
        }
    }
}

@Suite struct ARFFTests {
    @Test("declarations, quoted names, comments, missing values and every type are read")
    func dense() throws {
        let text = """
            % a comment
            @RELATION 'my data'
            @attribute 'petal length' REAL
            @attribute kind {a, 'b c', "d'e"}
            @Attribute note string
            @attribute when date "yyyy-MM-dd"
            @attribute n integer
            @DATA
            1.5, a, 'it\\'s, ok', "2001-04-03", 3

            % in between
            ?,'b c',?,?,-4e2 % trailing
            2 , "d'e" , plain , 2020-01-01 , ?
            """
        let read = try Table(arff: Array(text.utf8))
        #expect(read.columnNames == ["petal length", "kind", "note", "when", "n"] && read.rowCount == 3)
        #expect(try read.text("kind") == ["a", "b c", "d'e"])
        #expect(read["kind"]?.levels == ["a", "b c", "d'e"])
        #expect(try read.text("note") == ["it's, ok", nil, "plain"])
        #expect(try read.text("when") == ["2001-04-03", nil, "2020-01-01"])
        #expect(try read.numbers("n")[1] == -400 && read.numbers("petal length")[1].isNaN)
        #expect(try read.labels("kind").indices == [0, 1, 2])
    }

    @Test("sparse rows fill in zeros and first levels")
    func sparse() throws {
        let text =
            "@relation r\n@attribute a numeric\n@attribute c {x,y}\n@attribute b numeric\n@data\n{0 1.5, 1 y}\n{}\n{2 ?}\n"
        let read = try Table(arff: Array(text.utf8))
        #expect(try read.numbers("a") == [1.5, 0, 0])
        #expect(try read.text("c") == ["y", "x", "x"])
        #expect(try read.numbers("b")[2].isNaN)
    }

    @Test("faults name the line")
    func faults() {
        let head = "@relation r\n@attribute a numeric\n@attribute c {x,y}\n"
        let cases: [(String, Int)] = [
            (head + "@data\n1\n", 5), (head + "@data\n1,x,2\n", 5), (head + "@data\n1,z\n", 5),
            (head + "@data\nq,x\n", 5), (head + "@data\n{7 1}\n", 5), (head + "@data\n{0 1\n", 5),
            (head + "@data\n1,'x\n", 5), (head + "@attribute a real\n", 4), (head + "@attribute d relational\n", 4),
            ("junk\n", 1), ("@data\n", 1), ("@attribute c {x;\n", 1), (head + "@data\n1,x,{5}\n", 5), (head, 3),
        ]
        for (text, line) in cases {
            do {
                _ = try Table(arff: Array(text.utf8), path: "f.arff")
                Issue.record("no error for \(text)")
            } catch {
                #expect(error.line == line && error.path == "f.arff", "\(text) \(error)")
            }
        }
        #expect(throws: TableError(.empty)) { try Table(arff: []) }
    }
}

@Suite struct TableTests {
    @Test("columns, rows, labels and features are selected by name and index")
    func selection() throws {
        let read = try Table([
            Column("x", [3, 1, 2]), Column("y", [10, 5, 10]), Column("t", text: ["b", "a", "b"]),
        ])
        #expect(try read.features(["y", "x"]).values == [10, 3, 5, 1, 10, 2])
        #expect(try read.labels("y").names == ["5", "10"] && read.labels("y").indices == [1, 0, 1])
        #expect(try read.labels("t").matches("b") == [true, false, true])
        #expect(try read.selecting(rows: [2, 0, 2]).numbers("x") == [2, 3, 2])
        #expect(try read.selecting(["t"]).columnNames == ["t"] && read.removing("t").columnNames == ["x", "y"])
        let matrix = try read.features(["x", "y"])
        #expect(
            matrix.selecting(rows: [1]).values == [1, 5] && matrix.selecting(columns: [1]).column(0) == [10, 5, 10])
        #expect(FeatureMatrix(matrix.tensor) == matrix)
        #expect(matrix[2, 0] == 2 && FeatureMatrix([[1, 2], [3, 4]]).rows == 2)
    }

    @Test("wrong names, kinds, lengths and missing labels are errors")
    func errors() throws {
        let read = try Table([Column("x", [1, .nan]), Column("t", text: ["a", nil])])
        #expect(throws: TableError(.noSuchColumn("z"))) { try read.column("z") }
        #expect(throws: TableError(.wrongKind(column: "t", expected: .numeric))) { try read.features() }
        #expect(throws: TableError(.wrongKind(column: "x", expected: .text))) { try read.text("x") }
        #expect(throws: TableError(.missingValue(column: "x", row: 1))) { try read.labels("x") }
        #expect(throws: TableError(.missingValue(column: "t", row: 1))) { try read.labels("t") }
        #expect(throws: TableError(.duplicateColumn("x"))) { try read.appending(Column("x", [1, 2])) }
        #expect(throws: TableError(.wrongLength(column: "w", expected: 2, found: 1))) {
            try read.appending(Column("w", [1]))
        }
    }
}
