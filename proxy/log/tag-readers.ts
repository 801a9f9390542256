/** What tags are read by: of metrics CEL expressions over the attributes that filters of logs have, of traces the formats of logs. */
import { compileCel, type CelAttributes } from "../../istio/cel";
import { readableText, wireText } from "../../istio/wire-text";
import type { RequestRecord, TagCompiler, TagCompilers } from "../telemetry";
import { CONNECTION_ATTRIBUTES, REQUEST_ATTRIBUTES } from "./attributes";
import { celText } from "./format/cel-values";
import { rawText, textPieces } from "./format/pieces";

function tags<Subject>(attributes: CelAttributes<Subject>): TagCompiler<Subject> {
    return (expression) => {
        const compiled = compileCel(expression, attributes);
        if (typeof compiled === "string") return compiled;
        return (subject) => {
            const value = celText(compiled.read(subject));
            return value === undefined ? undefined : readableText(value);
        };
    };
}

/** Of a format that can be read; what is not there is left out of it. The bytes that were sent, as those of a header's tag. */
export function formattedTag(format: string): (record: RequestRecord) => string {
    const { requests } = textPieces(wireText(format));
    return (record) => rawText(requests, record, "");
}

export const TAG_COMPILERS: TagCompilers = { requests: tags(REQUEST_ATTRIBUTES), connections: tags(CONNECTION_ATTRIBUTES) };
