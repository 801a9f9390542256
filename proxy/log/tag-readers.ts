/** What tags are read by: of metrics CEL expressions over the attributes that filters of logs have, of traces the formats of logs. */
import { compileCel, type CelAttributes } from "../../istio/cel";
import type { RequestRecord, TagCompiler, TagCompilers } from "../telemetry";
import { CONNECTION_ATTRIBUTES, REQUEST_ATTRIBUTES } from "./attributes";
import { celText } from "./format/cel-values";
import { lineFormat } from "./format/line";

function tags<Subject>(attributes: CelAttributes<Subject>): TagCompiler<Subject> {
    return (expression) => {
        const compiled = compileCel(expression, attributes);
        if (typeof compiled === "string") return compiled;
        return (subject) => celText(compiled.read(subject));
    };
}

/** Of a format that can be read; what is not there is left out of it. */
export function formattedTag(format: string): (record: RequestRecord) => string {
    return lineFormat({ kind: "text", text: format, omitEmpty: true }).request;
}

export const TAG_COMPILERS: TagCompilers = { requests: tags(REQUEST_ATTRIBUTES), connections: tags(CONNECTION_ATTRIBUTES) };
