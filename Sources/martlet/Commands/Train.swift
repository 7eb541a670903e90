import ArgumentParser
import Report
import Tensor
import Transformer

/// `martlet train`: trains a language model from scratch, further, or by adapters.
struct Train: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a language model on your texts.",
        discussion: """
            Without --model, a new small model learns from scratch, byte by byte or with a tokenizer of its own:

              martlet train poems.txt --output poet --steps 2000
              martlet train poems.txt --output poet --vocabulary 4000 --width 256

            With --model, a model that exists learns on, all of it or, with --lora, by small adapters:

              martlet train chats.jsonl --model SmolLM2-135M --lora --output tuned
              martlet generate --model SmolLM2-135M --adapter tuned "Hello"

            A file that ends in .jsonl has an object on each line, one of

              {"text": ...}
              {"prompt": ..., "completion": ...}
              {"messages": [{"role": ..., "content": ...}, ...]}

            of which the text, the completion or the assistant's words are learned. Any other file is plain text.

            Ctrl-C finishes the step and saves; the same command with --resume goes on from there, bit for bit.
            """)

    @Argument(help: "The files to learn from.", completion: .file())
    var data: [String]

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where the model goes, and its checkpoints meanwhile.", valueName: "folder"),
        completion: .directory)
    var output: String

    @OptionGroup(title: "A model that exists") var start: StartingPoint
    @OptionGroup(title: "A new model") var shape: NewModelArguments
    @OptionGroup(title: "The course of training") var course: TrainingCourse

    @Option(help: ArgumentHelp("Write every number of the run to a file, a line of JSON each.", valueName: "file"))
    var log: String?

    func validate() throws {
        if start.model == nil, start.lora {
            throw ValidationError("--lora adapts a model that exists: name it with --model.")
        }
        if start.model != nil, shape.isGiven {
            throw ValidationError(
                "--layers, --width, --heads, --family, --vocabulary and --tokenizer are for new models.")
        }
    }

    func run() async throws {
        let progress = TerminalProgress()
        let file = try log.map { try JSONLinesSink(path: $0) }
        let events = CompositeSink([progress, ValidationRemarks(to: progress)] + (file.map { [$0] } ?? []))
        let cancellation = Cancellation()
        let interrupts = Interrupts {
            remark("Stopping after this step; again to stop at once.")
            cancellation.cancel()
        }
        defer { withExtendedLifetime(interrupts) {} }
        let checkpoints = RunCheckpoints(output: output, isResuming: course.resume)
        try checkpoints.check()
        do {
            if let model = start.model {
                let location = try ModelLocation(model)
                if start.lora {
                    try AdapterTraining(location, start, data, course, checkpoints).run(events, cancellation)
                } else {
                    try FineTuning(location, data, course, checkpoints).run(events, cancellation)
                }
            } else {
                try NewModelTraining(shape, data, course, checkpoints).run(events, cancellation)
            }
            try file?.close()
        } catch is CancellationError {
            try? file?.close()
            remark("Saved in \(checkpoints.folder); the same command with --resume goes on from there.")
            throw ExitCode(130)
        }
    }
}
