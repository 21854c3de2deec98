/// What became of the look-ups for answers to use again, since the process began, and what is kept.
package struct CacheStatistics: Sendable, Equatable {
    package var hits = 0
    /// The same request was on its way already.
    package var shared = 0
    /// A call was made.
    package var misses = 0
    package var answers = 0
    package var bytes = 0

    package init() {}
}
