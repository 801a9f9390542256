/** Text as a regular expression that means it letter by letter, for RE2 and JavaScript alike (Go's regexp.QuoteMeta). */
export function quotedPattern(text: string): string {
    return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
