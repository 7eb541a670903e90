import NN

/// Where a run keeps its checkpoints, and whether it goes on from one.
struct RunCheckpoints {
    let output: String
    let isResuming: Bool

    /// The folder of the checkpoints, inside the output.
    var folder: String { "\(output)/checkpoints" }

    /// Refuses to mix two runs, and to go on from nothing.
    func check() throws {
        let latest = try CheckpointFolder(folder).steps().last
        if isResuming, latest == nil {
            throw CommandError("There is no checkpoint in \(folder): leave out --resume to start.")
        }
        if !isResuming, let latest {
            throw CommandError(
                "\(folder) has the checkpoint of step \(latest) of an earlier run: add --resume to go on with it, or choose another --output."
            )
        }
    }
}
