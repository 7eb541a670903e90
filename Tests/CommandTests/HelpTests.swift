import Testing

@Suite("The tool explains itself")
struct HelpTests {
    private static let commands = [
        "demo", "generate", "chat", "embed", "train", "quantize", "inspect", "perplexity", "study",
    ]

    @Test("without arguments it prints its help")
    func bare() throws {
        let result = try Tool.run()
        #expect(result.status == 0)
        for command in Self.commands { #expect(result.output.contains("  \(command) "), "\(command)") }
    }

    @Test("every command has a help with an example", arguments: commands)
    func help(command: String) throws {
        let result = try Tool.run(command, "--help")
        #expect(result.status == 0)
        #expect(result.output.hasPrefix("OVERVIEW: ") && result.output.contains("USAGE: martlet \(command)"))
        if command != "demo", command != "chat" { #expect(result.output.contains("  martlet \(command) ")) }
    }

    @Test(
        "what cannot be meant is a usage error, with the option and what it expects",
        arguments: [
            (["bogus"], "bogus"),
            (["generate", "x", "--top-p", "2"], "--top-p"),
            (["generate", "x", "--top-k", "0"], "--top-k"),
            (["generate", "x", "--temperature", "-1"], "--temperature"),
            (["generate", "x", "--repetition-penalty", "0"], "--repetition-penalty"),
            (["generate", "x", "--max-tokens", "-1"], "--max-tokens"),
            (["generate", "x", "--json", "--regex", "a"], "--json"),
            (["chat", "--min-p", "2"], "--min-p"),
            (["train"], "<data>"),
            (["train", "x"], "--output"),
            (["train", "x", "--output", "y", "--lora"], "--model"),
            (["train", "x", "--output", "y", "--steps", "0"], "--steps"),
            (["train", "x", "--output", "y", "--width", "10", "--heads", "3"], "--width"),
            (["train", "x", "--output", "y", "--learning-rate", "0"], "--learning-rate"),
            (["train", "x", "--output", "y", "--validation-share", "1"], "--validation-share"),
            (["train", "x", "--output", "y", "--vocabulary", "3"], "--vocabulary"),
            (["train", "x", "--output", "y", "--model", "z", "--layers", "3"], "--layers"),
            (["quantize", "x", "--output", "y"], "--format"),
            (["quantize", "x", "--format", "q9", "--output", "y"], "q8_0"),
            (["inspect"], "<path>"),
            (["perplexity", "x", "--context", "1"], "--context"),
            (["study", "--cohort", "a=a.csv"], "--cohort"),
            (["study", "--draws", "1"], "--draws"),
        ])
    func usage(arguments: [String], word: String) throws {
        let result = try Tool(arguments).wait()
        #expect(result.status == 64)
        #expect(result.errors.hasPrefix("Error: ") && result.errors.contains(word), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test(
        "what is not there or cannot be read is an error in a sentence",
        arguments: [
            (["generate", "x"], "make models"),
            (["chat"], "make models"),
            (["embed", "x"], "make models"),
            (["generate", "x", "--model", "/nowhere"], "/nowhere"),
            (["generate", "x", "--model", "/etc/passwd"], "/etc/passwd"),
            (["generate", "x", "--model", "/tmp"], "/tmp"),
            (["embed", "x", "--model", "/nowhere"], "/nowhere"),
            (["quantize", "/nowhere", "--format", "q8_0", "--output", "/tmp/martlet-never"], "/nowhere"),
            (["quantize", "/etc/passwd", "--format", "q8_0", "--output", "/tmp/martlet-never"], "/etc/passwd"),
            (["inspect", "/nowhere"], "/nowhere"),
            (["perplexity", "x"], "make models"),
            (["inspect", "/etc/passwd"], "/etc/passwd"),
            (["inspect", "/tmp"], "/tmp"),
            (["train", "/nowhere.txt", "--output", "/tmp/martlet-never"], "/nowhere.txt"),
            (["train", "/etc/passwd", "--output", "/tmp/martlet-never", "--resume"], "checkpoint"),
        ])
    func failures(arguments: [String], word: String) throws {
        let result = try Tool(arguments).wait()
        #expect(result.status == 1)
        #expect(result.errors.hasPrefix("Error: ") && result.errors.contains(word), "\(result.errors)")
        #expect(!result.errors.contains("Fatal"))
    }
}
