import ArgumentParser
import Report

/// `martlet demo`: runs each system once on real data that come with the package, and writes one report.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run every system on the real data that come with the package and write a report.")

    @Option(help: "Where the report goes.")
    var output = "report.html"

    @Option(help: "The seed of everything random; the same seed gives the same report.")
    var seed: UInt64 = 1

    /// The parts in their order.
    private var parts: [any DemoPart] {
        [LungStudy(seed: seed), MetaLearningStudy(seed: seed), ShakespeareStudy(seed: seed), RealModels()]
    }

    func run() async throws {
        let events = TerminalProgress()
        var page = ReportPage(
            title: "Martlet demo", subtitle: "Every number below was computed by this run, with seed \(seed).")
        for part in parts { try part.run(on: &page, events: events) }
        try page.write(to: output)
        print("Wrote \(output)")
    }
}

/// One system at work: computes, prints what it found, and adds it to the report.
protocol DemoPart {
    func run(on page: inout ReportPage, events: some EventSink) throws
}
