import Report
import Tokenizers

/// How a tokenizer cuts a text.
struct TokenTable {
    let table: ReportTable

    init(_ tokenizer: Tokenizer, _ text: String) {
        let encoding = tokenizer.encoding(of: text)
        let bytes = Array(text.utf8)
        var table = ReportTable(columns: [ReportTable.Column("Token", alignment: .trailing), "Written", "Text"])
        for (id, range) in zip(encoding.ids, encoding.offsets) {
            let part = String(decoding: bytes[range], as: UTF8.self)
            table.add(row: ["\(id)", tokenizer.token(withID: id) ?? "?", range.isEmpty ? "" : "\"\(part)\""])
        }
        self.table = table
    }
}
