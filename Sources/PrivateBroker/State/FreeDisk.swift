import Glibc

/// Room on the disk below a folder, for a clear answer before the broker starts and blocks every publisher.
enum FreeDisk {
    static func check(_ folder: String, atLeast limit: Int) throws(PrivateBrokerError) {
        var statistics = statvfs()
        guard statvfs(folder, &statistics) == 0 else { return }
        let free = Int(statistics.f_bavail) * Int(statistics.f_frsize)
        guard free > limit else {
            throw PrivateBrokerError(
                .diskFull,
                "Only \(free >> 20) MB are free below \(folder) and the broker blocks publishers below \(limit >> 20) MB. "
                    + "Free some space and start again.")
        }
    }
}
