import ArgumentParser

/// The command-line tool.
@main
struct Martlet: ParsableCommand {}
