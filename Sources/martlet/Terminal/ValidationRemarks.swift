import Report

/// Says every validation loss in a line that stays.
struct ValidationRemarks: EventSink {
    private let sink: any EventSink

    /// Speaks to a sink.
    init(to sink: some EventSink) { self.sink = sink }

    func receive(_ event: ProgressEvent) {
        guard case .scalar("validationLoss", let step, let value) = event else { return }
        sink.receive(.message("step \(step): validation loss \(NumberFormat.significant(4).text(value))"))
    }
}
