/** Takes secret values out of messages: whoever marks a host or a name as secret does not want to read it in a report. */
import { isBelow, type Resource, type Side } from "./resource";
import { walkTexts } from "./values";

/** A shorter text is found by chance. */
const SHORTEST = 4;
/** What a Secret holds is secret, marked or not. */
const ALWAYS: readonly string[] = ["data", "stringData"];
const SECRET_TYPE = "kubernetes:core/v1:Secret";

function secretsOf(side: Side | undefined, type: string): string[] {
    const paths = [...(side?.secretPaths ?? []), ...(type === SECRET_TYPE || side?.values["kind"] === "Secret" ? ALWAYS : [])];
    const found: string[] = [];
    if (side === undefined || paths.length === 0) return found;
    walkTexts(side.values, (text, path) => {
        if (text.length >= SHORTEST && isBelow(path, paths)) found.push(text);
    });
    return found;
}

/** The texts that are secret in these resources, longest first. */
export function secretTextsOf(resources: readonly Resource[]): readonly string[] {
    const all = new Set(resources.flatMap(({ inputs, outputs, type }) => [...secretsOf(inputs, type), ...secretsOf(outputs, type)]));
    return [...all].sort((a, b) => b.length - a.length);
}

export function redacted(message: string, secrets: readonly string[]): string {
    return secrets.reduce((text, secret) => (text.includes(secret) ? text.replaceAll(secret, "(not shown)") : text), message);
}
