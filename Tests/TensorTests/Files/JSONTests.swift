import Tensor
import Testing

@Suite("JSON")
struct JSONTests {
    @Test("values keep their exact kind")
    func values() throws {
        let cases: [(String, JSON)] = [
            ("null", nil), (" true ", true), ("false", false), ("0", 0), ("-7", -7),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .unsigned(9_223_372_036_854_775_808)), ("18446744073709551615", .unsigned(.max)),
            ("18446744073709551616", .number(18446744073709551616)), ("-0", .number(-0.0)), ("1.0", 1.0),
            ("0.1", 0.1), ("1e-5", 1e-5), ("1E+2", 100.0), ("123456789012345678e-3", 123456789012345.678),
            ("5e-324", .number(.leastNonzeroMagnitude)), ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
            ("1e-400", 0.0), ("2.2250738585072011e-308", .number(.leastNormalMagnitude.nextDown)),
            ("\"\"", ""), (#""a\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00""#, "a\"\\/\u{8}\u{C}\n\r\tAé😀"),
            ("\"é 你 😀\"", "é 你 😀"), ("[]", []), ("[1,[2,[]]]", [1, [2, []]]), ("{}", [:]),
            ("{\"b\" : 1 , \"a\":{\"c\":null}}", ["b": 1, "a": ["c": nil]]),
        ]
        for (text, expected) in cases {
            let value = try JSON(parsing: text)
            #expect(value == expected, "\(text)")
            // == does not see the sign of zero.
            if let a = value.doubleValue, let b = expected.doubleValue { #expect(a.bitPattern == b.bitPattern) }
        }
    }

    @Test("texts that are not JSON are errors at their byte")
    func errors() {
        let cases: [(String, Int)] = [
            ("", 0), ("  ", 2), ("nul", 0), ("nulL", 0), ("[1,]", 3), ("[1 2]", 3), ("{\"a\":1,}", 7), ("{a:1}", 1),
            ("{\"a\" 1}", 5), ("[", 1), ("{", 1), ("\"abc", 0), ("\"a\nb\"", 2), ("\"\\x\"", 1), ("\"\\u12g4\"", 5),
            ("\"\\ud800\"", 1), ("\"\\udc00\"", 1), ("\"\\ud800\\u0041\"", 1), ("01", 0), ("-", 1), ("1.", 2),
            (".5", 0), ("1e", 2), ("+1", 0), ("1e999", 0), ("NaN", 0), ("Infinity", 0), ("-Infinity", 1),
            ("1 2", 2), ("{\"a\":1,\"a\":2}", 7), ("{\"a\":1,\"\\u0061\":2}", 7), ("\u{FEFF}1", 0), ("'a'", 0),
        ]
        for (text, offset) in cases {
            let error = #expect(throws: JSONError.self, "\(text)") { try JSON(parsing: text) }
            #expect(error?.byteOffset == offset, "\(text): \(error?.description ?? "")")
        }
    }

    @Test(
        "invalid UTF-8 is an error",
        arguments: [[0xFF], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]])
    func invalidUnicode(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSON(parsing: [0x22] + bytes + [0x22]) }
        #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0x5C, 0x6E] + bytes + [0x22]) }
    }

    @Test("nesting is limited to 128")
    func depth() throws {
        let nested: (Int) -> String = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
        _ = try JSON(parsing: nested(128))
        #expect(throws: JSONError.self) { try JSON(parsing: nested(129)) }
        #expect(throws: JSONError.self) { try JSON(parsing: String(repeating: "{\"a\":", count: 100_000)) }
        #expect(throws: JSONError.self) { try JSON(parsing: String(repeating: "[", count: 1_000_000)) }
    }

    @Test("names that look equal but differ in bytes are different members")
    func canonicallyEquivalentNames() throws {
        let object = try JSON(parsing: "{\"e\u{301}\":1,\"\u{E9}\":2}")
        #expect(object["e\u{301}"]?.intValue == 1)
        #expect(object["\u{E9}"]?.intValue == 2)
    }

    @Test("large objects keep their order and find every name")
    func largeObject() throws {
        var text = "{"
        for i in 0..<5000 { text += (i > 0 ? "," : "") + "\"key \(i * 7919 % 5000)\":\(i)" }
        let object = try #require(try JSON(parsing: text + "}").objectValue)
        #expect(object.count == 5000)
        for i in 0..<5000 {
            #expect(object[i].key == "key \(i * 7919 % 5000)")
            #expect(object["key \(i * 7919 % 5000)"]?.intValue == i)
        }
        #expect(object["key 5000"] == nil)
        #expect(throws: JSONError.self) { try JSON(parsing: text + ",\"key 3\":0}") }
    }

    @Test("writing and parsing give the same value")
    func roundTrip() throws {
        let value: JSON = [
            "z": [1, -2, 2.5, 1e300, 1e-7, .unsigned(.max), .number(-0.0)], "a": ["nested": [true, false, nil]],
            "text": "quote \" slash \\ / control \u{1}\u{1F}\u{7F} tab \t é 😀", "empty": [[], [:]],
        ]
        #expect(try JSON(parsing: value.text()) == value)
        #expect(try JSON(parsing: value.text(indentation: 2)) == value)
        #expect(try JSON.array(["\u{1}\u{1F}\n\"\\é"]).text() == "[\"\\u0001\\u001f\\n\\\"\\\\é\"]")
        let members: JSON = ["b": 1, "a": [2, [:]]]
        #expect(try members.text(sortedKeys: true) == #"{"a":[2,{}],"b":1}"#)
        #expect(try members.text(indentation: 2) == "{\n  \"b\": 1,\n  \"a\": [\n    2,\n    {}\n  ]\n}")
    }

    @Test("numbers that are not finite are written and read only when allowed")
    func nonFinite() throws {
        let value: JSON = [.number(.nan), .number(.infinity), .number(-.infinity)]
        #expect(throws: JSONError.self) { try value.text() }
        let text = try value.text(allowingNonFinite: true)
        #expect(text == "[NaN,Infinity,-Infinity]")
        let back = try JSON(parsing: text, allowingNonFinite: true)
        #expect(back[0]?.doubleValue?.isNaN == true)
        #expect(back[1]?.doubleValue == .infinity)
        #expect(back[2]?.doubleValue == -.infinity)
    }

    @Test("members can be replaced, appended and removed")
    func editing() {
        var object: JSONObject = ["a": 1, "b": 2]
        object["b"] = 3
        object["c"] = 4
        object["a"] = nil
        #expect(object == ["b": 3, "c": 4])
        #expect(object["a"] == nil)
    }

    @Test("every accessor answers nil for another kind")
    func accessors() throws {
        let value = try JSON(parsing: #"{"n": 3.0, "big": 18446744073709551615, "s": "x", "l": [1]}"#)
        #expect(value["n"]?.intValue == 3)
        #expect(value["big"]?.intValue == nil)
        #expect(value["big"]?.doubleValue == 0x1p64)
        #expect(value["s"]?.doubleValue == nil)
        #expect(value["l"]?[0]?.intValue == 1)
        #expect(value["l"]?[1] == nil)
        #expect(value["l"]?["x"] == nil)
        #expect(value[0] == nil)
    }
}
