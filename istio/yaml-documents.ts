/**
 * The syntax trees of a text of YAML, cut as Kubernetes' reader cuts it. Within brackets it ends a value at a colon only
 * where a space or a line's end follows: `[2001:db8::]` is a list of one text, where YAML 1.2 makes a mapping of it. A
 * value that begins with `:` or has a `?` there it does not read at all.
 */
import { Composer, CST, Lexer, Parser, type Document, type LineCounter } from "yaml";

/** A value that Kubernetes' reader does not take. */
export interface SyntaxFault {
    readonly offset: number;
    readonly message: string;
}

export interface ComposedDocuments {
    readonly documents: readonly Document.Parsed[];
    readonly faults: readonly SyntaxFault[];
    /** Where text behind a `...` begins: Kubernetes' reader takes one document between two lines of `---`. */
    readonly unreadFrom?: number;
}

/** Every scalar stays the text it was written as: `resolveScalar` says what it is. */
const OPTIONS = { schema: "failsafe", resolveKnownTags: false, uniqueKeys: false, prettyErrors: false, logLevel: "silent" } as const;

export function composeDocuments(text: string, lines: LineCounter): ComposedDocuments {
    const faults: SyntaxFault[] = [];
    const parser = new Parser(lines.addNewLine);
    lines.addNewLine(0);
    const control = CONTROL.exec(text);
    if (control) {
        faults.push({
            offset: control.index,
            message: "it has a control character; write it in double quotes as in `\\x07`, or in base64",
        });
    }
    const documents = [...new Composer(OPTIONS).compose(tokens(parser, text, faults))];
    const from = documents[0]?.range[1] ?? 0;
    const end = documents.length > 1 ? DOCUMENT_END.exec(text.slice(from)) : null;
    return end === null
        ? { documents, faults }
        : { documents: documents.slice(0, 1), faults, unreadFrom: from + end.index + end[0].length };
}

/** The line that ends a document, and what is empty behind it. */
const DOCUMENT_END = /^\.\.\.(?=\s|$).*(?:\r?\n(?:[ \t]*(?:#.*)?(?=\r?\n))?)*/m;

function* tokens(parser: Parser, text: string, faults: SyntaxFault[]): Generator<CST.Token> {
    for (const lexeme of lexemes(text, faults)) {
        yield* parser.next(lexeme);
    }
    yield* parser.end();
}

/** The lexer's own, but for plain values within brackets. */
function* lexemes(text: string, faults: SyntaxFault[]): Generator<string> {
    let offset = 0;
    let brackets = 0;
    /** A plain value within brackets that may go on. */
    let held: string | undefined;
    /** Behind such a colon before a comma the lexer sees an empty value. */
    let hasColon = false;
    let isScalar = false;
    for (const lexeme of new Lexer().lex(text)) {
        if (held !== undefined) {
            if (lexeme === ":" && CLOSES.has(text.charCodeAt(offset + 1))) {
                held += lexeme;
                offset += 1;
                hasColon = true;
                continue;
            }
            if (hasColon && (lexeme === CST.SCALAR || lexeme === "")) {
                continue;
            }
            hasColon = false;
            yield held;
            held = undefined;
        }
        if (isScalar) {
            isScalar = false;
            if (brackets > 0 && isPlain(text, offset)) {
                faults.push(...plainFaults(lexeme, offset));
                held = lexeme;
                offset += lexeme.length;
                continue;
            }
        } else if (lexeme === CST.SCALAR) {
            isScalar = true;
            yield lexeme;
            continue;
        } else if (lexeme === CST.DOCUMENT || lexeme === CST.FLOW_END) {
            brackets = 0;
            yield lexeme;
            continue;
        } else if (lexeme === "[" || lexeme === "{") {
            brackets += 1;
        } else if (lexeme === "]" || lexeme === "}") {
            brackets -= 1;
        }
        offset += lexeme.length;
        yield lexeme;
    }
    if (held !== undefined) {
        yield held;
    }
}

/** What YAML 1.1 does not print. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f]/;

/** `,[]{}`: what ends a value within brackets without a space before it. */
const CLOSES: ReadonlySet<number> = new Set([..."[]{},"].map((character) => character.charCodeAt(0)));

function isPlain(text: string, offset: number): boolean {
    const first = text[offset];
    return first !== '"' && first !== "'";
}

function plainFaults(value: string, offset: number): SyntaxFault[] {
    if (value.startsWith(":")) {
        return [{ offset, message: "a value within brackets begins with `:`, which Kubernetes' reader does not take; put it in quotes" }];
    }
    return value.includes("?")
        ? [{ offset, message: "a value within brackets has a `?`, which Kubernetes' reader does not take; put it in quotes" }]
        : [];
}
