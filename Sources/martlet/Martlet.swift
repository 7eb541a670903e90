import ArgumentParser
import Report

/// The command-line tool.
@main
struct Martlet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet", abstract: "Machine learning in Swift, on Linux, without Python.",
        subcommands: [Demo.self, Study.self], defaultSubcommand: Demo.self)
}

/// `martlet demo`: runs each system once on real data that come with the package, and writes one report.
struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run every system on the real data that come with the package and write a report.")

    @Option(help: "Where the report goes.")
    var output = "report.html"

    @Option(help: "The seed of everything random; the same seed gives the same report.")
    var seed: UInt64 = 1

    func run() throws {
        let events = TerminalProgress()
        var page = ReportPage(
            title: "Martlet demo", subtitle: "Every number below was computed by this run, with seed \(seed).")
        let study = try LungStudy(seed: seed).run(events: events)
        study.report(on: &page)
        print(study.ranking.text)
        print(study.decisions.text)
        try page.write(to: output)
        print("Wrote \(output)")
    }
}
