/// Why a command could not do what it was asked, in words for the person at the terminal.
struct CommandError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
