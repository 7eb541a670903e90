import GoldenSupport
import Tensor
import Testing
import Tokenizers

@Suite("Chat templates render as Jinja does")
struct ChatTemplateTests {
    @Test("conversations in published templates")
    func conversations() throws {
        for folder in try Golden.folders(topic: "core/tokenizers") {
            let file = try folder.index("chat_templates.json")
            let templates = try #require(file["templates"]?.objectValue)
            let cases = try #require(file["cases"]?.arrayValue)
            #expect(!cases.isEmpty)
            for json in cases {
                let name = try #require(json["template"]?.stringValue)
                let template = try ChatTemplate(try #require(templates[name]?.stringValue))
                check(
                    template, try #require(json["args"]?.objectValue), json, json["args"]?["error"], "\(folder) \(name)"
                )
            }
        }
    }

    @Test("dictionaries keep the order in which names were given")
    func orderOfNames() throws {
        for (source, expected) in [
            ("{{ dict(b=1, a=2) | tojson }}", #"{"b": 1, "a": 2}"#),
            ("{{ dict({'z': 0, 'b': 3}, c=1, b=2, a=3) | tojson }}", #"{"z": 0, "b": 2, "c": 1, "a": 3}"#),
            (
                "{% set d = {'x': 0} %}{% set _ = d.update(c=1, a=2, b=3) %}{{ d | tojson }}",
                #"{"x": 0, "c": 1, "a": 2, "b": 3}"#
            ),
            ("{% for key in dict(b=1, a=2) %}{{ key }}{% endfor %}", "ba"),
            ("{{ dict(b=1, a=2) | tojson(sort_keys=true) }}", #"{"a": 2, "b": 1}"#),
        ] {
            #expect(try ChatTemplate(source).render(messages: []) == expected, "\(source)")
        }
    }

    @Test("every construct of the language, and its mistakes")
    func language() throws {
        for folder in try Golden.folders(topic: "core/tokenizers") {
            guard let file = try? folder.index("jinja.json") else { continue }
            let variables = try #require(file["variables"]?.objectValue)
            for json in try #require(file["cases"]?.arrayValue) {
                let source = try #require(json["template"]?.stringValue)
                do {
                    let template = try ChatTemplate(source)
                    check(template, variables, json, json["raised"]?.boolValue == true ? json["error"] : nil, source)
                } catch {
                    #expect(json["rendered"]?.isNull == true, "\(source): \(error)")
                }
            }
        }
    }

    private func check(
        _ template: ChatTemplate, _ variables: JSONObject, _ json: JSON, _ raised: JSON?, _ comment: String
    ) {
        do {
            let text = try template.render(variables)
            let expected = json["rendered"]?.stringValue
            #expect(expected != nil, "\(comment) should fail, but renders \(text.debugDescription)")
            if let expected {
                #expect(sameBytes(text, expected), "\(comment)\n\(text.debugDescription)\n\(expected.debugDescription)")
            }
        } catch {
            #expect(json["rendered"]?.isNull == true, "\(comment): \(error)")
            if let message = raised?.stringValue {
                #expect(error.problem == message)
                #expect(error.isRaisedByTemplate)
            }
        }
    }
}
