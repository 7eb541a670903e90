import Report
import Tensor

/// How similar texts are to each other: the cosines of their vectors, as a table.
struct SimilarityTable {
    let table: ReportTable

    /// Compares vectors `[texts, width]`.
    init(_ texts: [String], _ vectors: Tensor<Float>) {
        let products = vectors.matmul(vectors.transposed())
        var table = ReportTable(
            columns: [""] + texts.indices.map { ReportTable.Column("\($0 + 1)", alignment: .trailing) })
        for (row, text) in texts.enumerated() {
            let cosines = texts.indices.map { column in
                let lengths = Double(products[row, row]) * Double(products[column, column])
                return NumberFormat.fixed(3).text(Double(products[row, column]) / lengths.squareRoot())
            }
            table.add(row: ["\(row + 1)  \(text)"] + cosines)
        }
        self.table = table
    }
}
