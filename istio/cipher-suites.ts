/** Entries of `cipherSuites`: a suite's name, or `[A|B]`, suites of equal preference (BoringSSL's groups). */
export function suitesIn(entry: string): readonly string[] {
    return /^\[[^\][]*\]$/.test(entry) ? entry.slice(1, -1).split("|") : [entry];
}
