import Glibc
import Testing

/// Every writer of the package against full disks, folders that may not be written, and sudden death: an error with the
/// path and the system's reason, and either the old content or the new one, never a part.
@Suite("Writers when writing fails", .serialized)
struct WritingFailureTests {
    /// Runs a test in a new folder, with what the two versions look like when nothing fails.
    private func inFolder(
        _ writer: Writer, _ body: (_ folder: String, _ versions: [[String: [UInt8]]]) async throws -> Void
    ) async throws {
        let scratch = TemporaryFolder()
        var versions: [[String: [UInt8]]] = []
        for version in 0...1 {
            let folder = scratch.folder("version\(version)")
            try writer.write(version, into: folder)
            versions.append(Writer.visible(in: folder))
        }
        #expect(versions[0] != versions[1] && versions[0].values.contains { $0.count > 50_000 })
        try await body(scratch.folder("tested"), versions)
    }

    @Test("a full disk", arguments: Writer.allCases)
    func fullDisk(writer: Writer) async throws {
        try await inFolder(writer) { folder, versions in
            try writer.write(0, into: folder)
            await #expect(processExitsWith: .success) { [writer = writer as Writer, folder = folder as String] in
                // A limit on the size of files fails writes as a full disk does.
                signal(SIGXFSZ, SIG_IGN)
                var limit = rlimit(rlim_cur: 40_000, rlim_max: 40_000)
                setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
                expectFailure(writer, folder, reason: "File too large")
            }
            #expect(Writer.visible(in: folder) == versions[0])
            #expect(Writer.hidden(in: folder).isEmpty)
        }
    }

    @Test("a full file system", .enabled(if: FileSystem.canMount), arguments: Writer.allCases)
    func fullFileSystem(writer: Writer) async throws {
        try await inFolder(writer) { folder, versions in
            let size = versions[0].values.map { ($0.count + 4095) / 4096 * 4096 }.reduce(0, +)
            // Room for the old content, not for the new one beside it.
            let fileSystem = try FileSystem(mountedAt: folder, byteCount: size + size / 2)
            try writer.write(0, into: folder)
            let error = #expect(throws: (any Error).self) { try writer.write(1, into: folder) }
            #expect(error.map(isTyped) == true)
            let text = error.map { "\($0)" } ?? ""
            #expect(text.contains(folder) && text.contains("No space left on device"), "\(text)")
            #expect(Writer.visible(in: folder) == versions[0])
            #expect(Writer.hidden(in: folder).isEmpty)
            withExtendedLifetime(fileSystem) {}
        }
    }

    @Test("a folder that may not be written", arguments: Writer.allCases)
    func readOnlyFolder(writer: Writer) async throws {
        try await inFolder(writer) { folder, versions in
            try writer.write(0, into: folder)
            let closed = writer == .checkpoint ? "\(folder)/target" : folder
            chmod(closed, 0o555)
            defer { chmod(closed, 0o755) }
            await #expect(processExitsWith: .success) { [writer = writer as Writer, folder = folder as String] in
                // Permissions do not bind root: become nobody.
                if geteuid() == 0 { precondition(setgid(65_534) == 0 && setuid(65_534) == 0) }
                expectFailure(writer, folder, reason: "Permission denied")
            }
            #expect(Writer.visible(in: folder) == versions[0])
            #expect(Writer.hidden(in: folder).isEmpty)
        }
    }

    @Test("kill -9 at any moment", arguments: Writer.allCases)
    func killed(writer: Writer) async throws {
        try await inFolder(writer) { folder, versions in
            try writer.write(0, into: folder)
            for delay in [2_000, 5_000, 11_000, 23_000] as [UInt32] {
                await #expect(processExitsWith: .signal(SIGKILL)) {
                    [writer = writer as Writer, folder = folder as String, delay = delay as UInt32] in
                    Task.detached {
                        usleep(delay)
                        kill(getpid(), SIGKILL)
                    }
                    while true { for version in 0...1 { try writer.write(version, into: folder) } }
                }
                #expect(versions.contains(Writer.visible(in: folder)))
            }
            // What the dead left behind, if anything, is in nobody's way.
            try writer.write(1, into: folder)
            #expect(Writer.visible(in: folder) == versions[1])
        }
    }
}

/// Ends the process with success if writing fails as it should.
private func expectFailure(_ writer: Writer, _ folder: String, reason: String) -> Never {
    do {
        try writer.write(1, into: folder)
    } catch {
        let text = "\(error)"
        if isTyped(error), text.contains("\(folder)/target"), text.contains(reason) { exit(0) }
        fatalError(text)
    }
    fatalError("nothing failed")
}
