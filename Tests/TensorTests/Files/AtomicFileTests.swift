import Glibc
import Tensor
import Testing

@Suite("Atomic writing")
struct AtomicFileTests {
    private func content(_ path: String) throws -> [UInt8] { try MappedFile(contentsOf: path).array }

    @Test("a file is created and replaced, with nothing left beside it")
    func replaces() throws {
        try inTemporaryDirectory { directory in
            let path = "\(directory)/file"
            try AtomicFile.write(to: path, [1, 2, 3])
            try AtomicFile.write(to: path, [4])
            #expect(try content(path) == [4])
            #expect(fileNames(in: directory) == ["file"])
            try AtomicFile.write(to: path, [])
            #expect(try content(path) == [])
        }
    }

    @Test("an error while writing leaves the old file and removes the temporary one")
    func failureKeepsOldFile() throws {
        try inTemporaryDirectory { directory in
            let path = "\(directory)/file"
            try AtomicFile.write(to: path, [1, 2, 3])
            #expect(throws: TensorFileError.self) {
                try AtomicFile.write(to: path) { (output) throws(TensorFileError) in
                    try output.write([9, 9, 9, 9])
                    throw TensorFileError(path: path, problem: "interrupted")
                }
            }
            #expect(try content(path) == [1, 2, 3])
            #expect(fileNames(in: directory) == ["file"])
        }
    }

    @Test("a directory that does not exist, or is not to be written, is an error with the system's words")
    func unwritableDirectory() throws {
        let error = #expect(throws: TensorFileError.self) { try AtomicFile.write(to: "/nonexistent/x", [1]) }
        #expect(error?.path == "/nonexistent/x")
        #expect(error?.problem.contains("No such file or directory") == true)
        // Not even root can create files there.
        #expect(throws: TensorFileError.self) { try AtomicFile.write(to: "/proc/martlet", [1]) }
        try inTemporaryDirectory { directory in
            let path = "\(directory)/file"
            try AtomicFile.write(to: path, [1])
            chmod(directory, 0o500)
            defer { chmod(directory, 0o700) }
            // Root ignores permissions.
            if geteuid() != 0 {
                #expect(throws: TensorFileError.self) { try AtomicFile.write(to: path, [2]) }
                #expect(try content(path) == [1])
            }
        }
    }

    @Test("a directory is not replaced by a file")
    func directoryTarget() throws {
        try inTemporaryDirectory { directory in
            #expect(throws: TensorFileError.self) { try AtomicFile.write(to: directory, [1]) }
            #expect(throws: TensorFileError.self) { try AtomicFile.write(to: "\(directory)/", [1]) }
            #expect(fileNames(in: directory).isEmpty)
        }
    }

    @Test("permissions stay, and a symbolic link keeps pointing to the file that is replaced")
    func permissionsAndLinks() throws {
        try inTemporaryDirectory { directory in
            let (path, link) = ("\(directory)/file", "\(directory)/link")
            try AtomicFile.write(to: path, [1])
            chmod(path, 0o640)
            symlink("file", link)
            try AtomicFile.write(to: link, [2])
            var status = stat()
            #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
            #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o640)
            #expect(try content(path) == [2])
        }
    }

    @Test("a mapped file keeps its content when the file is replaced")
    func mappingSurvives() throws {
        try inTemporaryDirectory { directory in
            let path = "\(directory)/x.npy"
            try Tensor<Float>([1, 2]).write(to: path)
            let mapped = try MappedFile(contentsOf: path)
            let before = mapped.array
            try Tensor<Float>([3, 4, 5]).write(to: path)
            #expect(mapped.array == before)
            #expect(try Tensor<Float>(contentsOf: path).array == [3, 4, 5])
        }
    }

    @Test("opening what is no file is an error", arguments: ["/nonexistent", "/tmp", "/dev/null", ""])
    func mappingErrors(path: String) {
        #expect(throws: TensorFileError.self) { try MappedFile(contentsOf: path) }
    }
}
