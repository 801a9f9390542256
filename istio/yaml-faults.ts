/**
 * What the YAML parser's error codes mean, in our sentences. Its own messages quote the text, which may be a key that
 * was pasted with the wrong indentation.
 */
import type { ErrorCode } from "yaml";

const SENTENCES: Readonly<Record<ErrorCode, string>> = {
    ALIAS_PROPS: "an alias has an anchor or a tag",
    BAD_ALIAS: "an alias (`*name`) has no anchor (`&name`) before it",
    BAD_COLLECTION_TYPE: "a tag does not fit what it stands before",
    BAD_DIRECTIVE: "a line that begins with `%` is no directive",
    BAD_DQ_ESCAPE: "a text in double quotes has an unknown escape; write `\\\\` for a backslash",
    BAD_INDENT: "the indentation does not fit the lines above",
    BAD_PROP_ORDER: "an anchor or a tag stands in the wrong place",
    BAD_SCALAR_START: "a value begins with a character that needs quotes",
    BLOCK_AS_IMPLICIT_KEY: "a second `: ` stands on one line; put the value in quotes",
    BLOCK_IN_FLOW: "an indented block stands within brackets",
    DUPLICATE_KEY: "a key stands twice",
    IMPOSSIBLE: "the text cannot be read",
    KEY_OVER_1024_CHARS: "a key is longer than 1024 characters",
    MISSING_CHAR: "a character is missing: a quote, bracket, colon or comma",
    MULTILINE_IMPLICIT_KEY: "a key goes over several lines; a colon is missing, or a quote",
    MULTIPLE_ANCHORS: "a value has two anchors",
    MULTIPLE_DOCS: "a second document begins without `---`",
    MULTIPLE_TAGS: "a value has two tags",
    NON_STRING_KEY: "a key is no text",
    RESOURCE_EXHAUSTION: "it is nested too deeply",
    TAB_AS_INDENT: "a tab indents a line; YAML takes spaces only",
    TAG_RESOLVE_FAILED: "a tag (`!name`) is unknown or does not fit its value",
    UNEXPECTED_TOKEN: "something stands where nothing is expected; a quote or bracket may close too early, or a `- ` or `: ` be missing",
};

export function yamlFaultText(code: ErrorCode): string {
    return SENTENCES[code] ?? SENTENCES.IMPOSSIBLE;
}
