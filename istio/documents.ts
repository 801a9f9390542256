/**
 * Reads the documents of a YAML or JSON text into Kubernetes objects that know their file and line. A document that
 * cannot be read becomes a finding and its neighbours are read all the same; nothing here throws, whatever the text.
 */
import { LineCounter, type Document, type YAMLParseError } from "yaml";
import { nodeLocator } from "./document-places";
import { aliasBudget, toPlain, type AliasBudget, type NodeFault } from "./document-values";
import { finding, type Finding, type Place } from "./findings";
import { readJson } from "./json-document";
import { locate, partAt, type ShortDocument } from "./line-tree";
import { itemPath } from "./paths";
import { readPlainYaml } from "./plain-yaml";
import type { KubeObject, ObjectRef } from "./types";
import { unreadPolicies } from "./unread-policies";
import { outlineFaults, refOfUnknown } from "./validation/outline";
import { composeDocuments, type ComposedDocuments, type SyntaxFault } from "./yaml-documents";
import { yamlFaultText } from "./yaml-faults";

/** One object of a file. */
export interface ParsedObject {
    readonly object: KubeObject;
    readonly place: Place;
    /** Where a field stands; the nearest thing above it where the field itself is absent. */
    placeOf(field: string): Place;
    /** A scalar as it is written, where it has no quotes: `010` of a field that is 8. */
    writtenOf(field: string): string | undefined;
    /** The same of all that it has, where it was read in the short way; lines are counted from `first`. */
    readonly short?: { readonly first: number; readonly part: ShortDocument };
}

export interface ParsedDocuments {
    readonly documents: ParsedObject[];
    readonly findings: Finding[];
    /** Of documents that could not be read: policies by what their text says, each with its place. */
    readonly unread?: readonly UnreadPolicy[];
}

export interface UnreadPolicy {
    readonly ref: ObjectRef;
    readonly place: Place;
}

interface Parsing extends ParsedDocuments {
    unread?: readonly UnreadPolicy[];
}

/** Findings of one object: enough to see what is wrong, and few enough to be read. */
const MAX_FINDINGS = 100;

/** Characters of one text. A file of ten thousand gateways is about a quarter of it. */
const MAX_TEXT = 32 * 1024 * 1024;

/** Characters of one document: the API server takes objects of a tenth of it. Reading one costs about a second a megabyte. */
const MAX_DOCUMENT = 8 * 1024 * 1024;

export function parseDocuments(text: string, file: string): ParsedDocuments {
    const steps = parsingSteps(text, file);
    for (;;) {
        const { done, value } = steps.next();
        if (done) return value;
    }
}

/** As `parseDocuments`, and stops after each document: whoever has other things to do goes on later. */
export function* parsingSteps(text: string, file: string): Generator<undefined, ParsedDocuments> {
    const result: Parsing = { documents: [], findings: [] };
    if (text.length > MAX_TEXT) {
        const message = `the file has ${text.length} characters, more than the ${MAX_TEXT} that are read`;
        result.findings.push(finding("GH0116", { place: { file, line: 1 } }, message, "Split it into several files."));
        noteUnread({ text, linesBefore: 0 }, file, 0, result);
        return result;
    }
    const budget = aliasBudget();
    for (const chunk of splitDocuments(text)) {
        const before = result.findings.length;
        if (chunk.text.length > MAX_DOCUMENT) {
            const message = `the document has ${chunk.text.length} characters, more than the ${MAX_DOCUMENT} that are read of one`;
            result.findings.push(
                finding("GH0116", { place: { file, line: chunk.linesBefore + 1 } }, message, "Split it: a List into its objects."),
            );
        } else {
            readChunk(chunk, file, budget, result);
        }
        noteUnread(chunk, file, before, result);
        yield;
    }
    return result;
}

interface Chunk {
    readonly text: string;
    /** The lines before it. */
    readonly linesBefore: number;
}

/** Where a document was not read as any object, what it may have been. `before`: how many findings are of others. */
function noteUnread(chunk: Chunk, file: string, before: number, result: Parsing): void {
    const isUnread = result.findings.slice(before).some(({ level, object }) => level === "Error" && !object?.name);
    const policies = isUnread ? unreadPolicies(chunk.text).map((ref) => ({ ref, place: { file, line: chunk.linesBefore + 1 } })) : [];
    if (policies.length > 0) {
        result.unread = [...(result.unread ?? []), ...policies];
    }
}

const MARKER = /^---(?=[ \t\r]|$)/;
const PREAMBLE = /^[\s\uFEFF]*(?:[#%]|$)/;

/**
 * Cuts a text before each `---` line. YAML allows that mark nowhere else at the start of a line, so an unclosed bracket
 * or quote in one document cannot swallow the next one.
 */
function splitDocuments(text: string): Chunk[] {
    const chunks: Chunk[] = [];
    let start = 0;
    let startLine = 0;
    let line = 0;
    let content = false;
    for (let at = 0; at < text.length; line += 1) {
        const newline = text.indexOf("\n", at);
        const end = newline < 0 ? text.length : newline + 1;
        // Only the head of a line decides; a line may be megabytes long.
        const head = text.slice(at, Math.min(end, at + 200)).replace(/\r?\n$/, "");
        if (MARKER.test(head) && content) {
            chunks.push({ text: text.slice(start, at), linesBefore: startLine });
            start = at;
            startLine = line;
        }
        content ||= MARKER.test(head) || !PREAMBLE.test(head);
        at = end;
    }
    chunks.push({ text: text.slice(start), linesBefore: startLine });
    return chunks;
}

const TOO_DEEP = "the document cannot be read: it is nested too deeply";
/** Brackets that stay open. The parser takes seconds to give up on a million of them. */
const MAX_OPEN = 2000;
const OPENS = /[[{\]}]/g;

/** A rough count, quotes and comments unread: honest texts, scripts in ConfigMaps among them, close what they open. */
function isBottomless(text: string): boolean {
    let open = 0;
    for (const [mark] of text.matchAll(OPENS)) {
        open += mark === "]" || mark === "}" ? -1 : 1;
        if (open > MAX_OPEN) {
            return true;
        }
    }
    return /(?:[-?:][ \t]+){2000}/.test(text);
}

function readChunk(chunk: Chunk, file: string, budget: AliasBudget, result: ParsedDocuments): void {
    const short = readJson(chunk.text) ?? readPlainYaml(chunk.text);
    if (short) readShort(short, chunk, file, result);
    else readYaml(chunk, file, budget, result);
}

/** Nothing is to be said of its form. */
function readShort(short: ShortDocument, { linesBefore }: Chunk, file: string, result: ParsedDocuments): void {
    const first = linesBefore + 1;
    for (const { prefix, item } of objectsOf(short.value, "")) {
        const where: Whereabouts = {
            placeOf: (field) => ({ file, line: first + locate(short, joinPaths(prefix, field)).line }),
            writtenOf: (field) => locate(short, joinPaths(prefix, field)).written,
            short: { first, part: partAt(short, prefix) },
        };
        readObject(item, [], where, () => where.placeOf(""), result);
    }
}

function readYaml(chunk: Chunk, file: string, budget: AliasBudget, result: ParsedDocuments): void {
    if (isBottomless(chunk.text)) {
        result.findings.push(finding("GH0116", { place: { file, line: chunk.linesBefore + 1 } }, TOO_DEEP));
        return;
    }
    const lines = new LineCounter();
    const placeAt = (offset: number): Place => ({ file, line: chunk.linesBefore + Math.max(1, lines.linePos(offset).line) });
    let composed: ComposedDocuments;
    try {
        composed = composeDocuments(chunk.text.replace(LATER_MARK, "$1"), lines);
    } catch {
        // The parser descends once a level; a text of a hundred thousand brackets exhausts the stack.
        result.findings.push(finding("GH0116", { place: placeAt(0) }, TOO_DEEP));
        return;
    }
    for (const document of composed.documents) {
        readDocument(document, composed.faults, placeAt, budget, result);
    }
    if (composed.unreadFrom !== undefined) {
        result.findings.push(finding("GH0114", { place: placeAt(composed.unreadFrom) }, UNREAD, "Begin it with a line of `---`."));
    }
}

/** A byte order mark that a file brought along when it was joined to others. */
const LATER_MARK = /^(---[^\n]*\n[ \t\r\n]*)\uFEFF/;

const UNREAD = "a document ends with `...` and what follows is not read, here as by Kubernetes: nothing of it is applied";

function readDocument(
    document: Document.Parsed,
    lexical: readonly SyntaxFault[],
    placeAt: (offset: number) => Place,
    budget: AliasBudget,
    result: ParsedDocuments,
): void {
    const [start, , end] = document.range;
    const unreadable = lexical.find(({ offset }) => offset >= start && offset <= end);
    if (unreadable) {
        result.findings.push(
            finding("GH0114", { place: placeAt(unreadable.offset) }, `the document is not valid YAML: ${unreadable.message}`),
        );
        return;
    }
    const error = document.errors[0];
    if (error) {
        result.findings.push(syntaxFinding(error, placeAt(error.pos[0])));
        return;
    }
    const { left } = budget;
    const { value, faults, targets } = toPlain(document.contents, budget);
    const whole = faults.filter((fault) => fault.fatal);
    if (whole.length > 0) {
        // What is not read costs nothing further on, and its neighbours keep their share.
        budget.left = left;
        result.findings.push(
            ...whole
                .slice(0, MAX_FINDINGS)
                .map((fault) => finding(fault.code, { field: fault.field, place: placeAt(fault.offset) }, fault.message, fault.fix)),
        );
        return;
    }
    const locate = nodeLocator(document.contents, targets);
    for (const { prefix, item } of value === null ? [] : objectsOf(value, "")) {
        const own = faults.filter((fault) => isWithin(fault.field, prefix));
        const where: Whereabouts = {
            placeOf: (field) => placeAt(locate(joinPaths(prefix, field)).offset),
            writtenOf: (field) => locate(joinPaths(prefix, field)).written,
        };
        readObject(item, own, where, (fault) => placeAt(fault.offset), result);
    }
}

type Whereabouts = Pick<ParsedObject, "placeOf" | "writtenOf" | "short">;

function syntaxFinding(error: YAMLParseError, place: Place): Finding {
    // The parser descends once a level and reports an exhausted stack as if it were a fault of the text.
    return error.code === "RESOURCE_EXHAUSTION" || /call stack/i.test(error.message)
        ? finding("GH0116", { place }, TOO_DEEP)
        : finding("GH0114", { place }, `the document is not valid YAML: ${yamlFaultText(error.code)}`);
}

interface Located {
    readonly item: unknown;
    /** Its path in the document; empty where it is the whole of it. */
    readonly prefix: string;
}

/** The one object of a document, or each object of a List. */
function objectsOf(value: unknown, prefix: string): Located[] {
    const items = listItems(value);
    return items ? items.flatMap((item, index) => objectsOf(item, itemPath(joinPaths(prefix, "items"), index))) : [{ item: value, prefix }];
}

function readObject(
    value: unknown,
    faults: readonly NodeFault[],
    where: Whereabouts,
    placeOfFault: (fault: NodeFault) => Place,
    result: ParsedDocuments,
): void {
    const object = refOfUnknown(value);
    const about = object ? { object } : {};
    const doubtful = faults
        .slice(0, MAX_FINDINGS)
        .map((fault) => finding(fault.code, { ...about, field: fault.field, place: placeOfFault(fault) }, fault.message, fault.fix));
    const outline = outlineFaults(value, where);
    result.findings.push(...doubtful, ...outline.slice(0, MAX_FINDINGS));
    if (outline.length > 0) {
        return;
    }
    // The outline has just been checked: apiVersion, kind and metadata.name are there.
    result.documents.push({ object: value as KubeObject, place: where.placeOf(""), ...where });
}

function joinPaths(prefix: string, field: string): string {
    return prefix === "" || field === "" || field.startsWith("[") ? prefix + field : `${prefix}.${field}`;
}

function isWithin(field: string, prefix: string): boolean {
    return prefix === "" || field === prefix || field.startsWith(`${prefix}.`) || field.startsWith(`${prefix}[`);
}

/** The items of `kind: List` or `kind: GatewayList`; items of a typed list that leave their kind out are given it. */
function listItems(value: unknown): unknown[] | undefined {
    if (typeof value !== "object" || value === null || !("kind" in value) || !("items" in value)) {
        return undefined;
    }
    const { kind, items } = value;
    if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items)) {
        return undefined;
    }
    const apiVersion = "apiVersion" in value ? value.apiVersion : undefined;
    if (kind === "List") {
        return items;
    }
    return items.map((item: unknown) =>
        typeof item === "object" && item !== null && !Array.isArray(item) ? { apiVersion, kind: kind.slice(0, -4), ...item } : item,
    );
}
