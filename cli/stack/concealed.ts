/**
 * The texts of a stack that are secret, so that no command shows one: a host, a namespace or a regex that a program
 * marked stands in its objects as plain text, and every room that judges objects quotes them.
 */
import type { EvaluatedResource, Evaluation, PropertyMap, PropertyValue } from "../../engine";

/** A shorter text is found by chance in any sentence. */
const SHORTEST = 3;

interface Text {
    readonly value: string;
    /** Its own path, and those of what it stands in. */
    readonly paths: readonly string[];
}

function joined(path: string, key: string): string {
    if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
    return path === "" ? key : `${path}.${key}`;
}

function textsIn(value: PropertyValue, path: string, above: readonly string[]): Text[] {
    const paths = [...above, path];
    if (typeof value === "string") return [{ value, paths }];
    if (Array.isArray(value)) return (value as readonly PropertyValue[]).flatMap((one, index) => textsIn(one, `${path}[${index}]`, paths));
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value as PropertyMap).flatMap(([key, one]) => textsIn(one, joined(path, key), paths));
}

type Secrecy = "marked" | "below" | "clear";

function textsOf({ inputs, secretInputs }: EvaluatedResource): { readonly value: string; readonly secrecy: Secrecy }[] {
    const secret = new Set(secretInputs);
    return textsIn(inputs, "", []).map(({ value, paths }) => {
        const [own = ""] = paths.slice(-1);
        return { value, secrecy: secret.has(own) ? "marked" : paths.some((path) => secret.has(path)) ? "below" : "clear" };
    });
}

/**
 * A text that is marked, and what stands below a mark. An object is secret as a whole where one text of it was: of those,
 * what a component makes is known by the component's own arguments, and what stands in clear elsewhere is no secret.
 */
function secretTexts(resources: readonly EvaluatedResource[]): string[] {
    const components = new Set(resources.filter(({ type }) => type.startsWith("gatehouse:index:")).map(({ urn }) => urn));
    const all = resources.flatMap((one) => {
        const made = one.parent !== undefined && components.has(one.parent);
        return textsOf(one).map(({ value, secrecy }) => ({ value, secrecy, made }));
    });
    const clear = new Set(all.filter(({ secrecy }) => secrecy === "clear").map(({ value }) => value));
    return all.filter(({ secrecy, made, value }) => secrecy === "marked" || (secrecy === "below" && !made && !clear.has(value))).map(({ value }) => value);
}

/** The forms in which a text comes to a message: hosts in lower case, a Service's host as the Service, JSON's escapes. */
function formsOf(text: string): string[] {
    const [, name, namespace] = /^([^.]+)\.([^.]+)\.svc(?:\.|$)/.exec(text) ?? [];
    const service = name === undefined ? [] : [`${namespace}/${name}`];
    return [text, text.toLowerCase(), JSON.stringify(text).slice(1, -1), encodeURI(Buffer.from(text).toString()), ...service];
}

/** Longest first, so that no part of one is left over. */
export function concealedTexts(evaluations: readonly Evaluation[]): string[] {
    const all = (one: Evaluation): EvaluatedResource[] => [...one.resources, ...one.referenced.flatMap(all)];
    const resources = evaluations.flatMap(all);
    const texts = secretTexts(resources);
    return [...new Set(texts.filter((text) => text.length >= SHORTEST).flatMap(formsOf))].sort((a, b) => b.length - a.length);
}
