/// Stops the program because of a caller's mistake.
///
/// `precondition` drops its message in optimised builds; this prints it always.
@inline(never)
public func trap(_ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line) -> Never {
    fatalError(message(), file: file, line: line)
}
