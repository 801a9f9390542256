/** What tags of metrics are read by: CEL expressions over the attributes that filters of logs have. */
import { compileCel, type CelAttributes } from "../../istio/cel";
import type { TagCompiler, TagCompilers } from "../telemetry";
import { celText, CONNECTION_ATTRIBUTES, REQUEST_ATTRIBUTES } from "./attributes";

function tags<Subject>(attributes: CelAttributes<Subject>): TagCompiler<Subject> {
    return (expression) => {
        const compiled = compileCel(expression, attributes);
        if (typeof compiled === "string") return compiled;
        return (subject) => {
            const value = celText(compiled.read(subject));
            return typeof value === "number" ? String(value) : value;
        };
    };
}

export const TAG_COMPILERS: TagCompilers = { requests: tags(REQUEST_ATTRIBUTES), connections: tags(CONNECTION_ATTRIBUTES) };
