/**
 * The texts of a program that are secret, so that no command, policy or error shows one: a host, a namespace or a regex that
 * a program marked stands in its objects as plain text, and every room that judges objects quotes them.
 */

/** A resource as far as it tells what of it is secret. */
export interface SecretBearer {
    readonly urn: string;
    readonly type: string;
    readonly parent?: string;
    readonly inputs?: SecretSide;
    readonly outputs?: SecretSide;
}

export interface SecretSide {
    readonly values: Readonly<Record<string, unknown>>;
    /** Paths as Pulumi writes them: `data`, `spec.items[0]["a.b"]`. */
    readonly secretPaths: readonly string[];
}

/** A shorter text is found by chance in any sentence. */
const SHORTEST = 3;
/** What a Secret holds is secret, marked or not. */
const CONTENTS: readonly string[] = ["data", "stringData"];

type Secrecy = "marked" | "below" | "clear";

interface Text {
    readonly value: string;
    readonly secrecy: Secrecy;
    /** By a component, whose own arguments say what of it is secret. */
    readonly made: boolean;
}

function textsIn(value: unknown, path: string, above: Secrecy, marks: ReadonlySet<string>, made: boolean, found: Text[]): void {
    const own: Secrecy = marks.has(path) ? "marked" : above === "clear" ? "clear" : "below";
    if (typeof value === "string") found.push({ value, secrecy: own, made });
    else if (Array.isArray(value))
        value.forEach((one: unknown, index) => {
            textsIn(one, `${path}[${index}]`, own, marks, made, found);
        });
    else if (typeof value === "object" && value !== null)
        for (const [key, one] of Object.entries(value)) textsIn(one, joined(path, key), own, marks, made, found);
}

function joined(path: string, key: string): string {
    if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
    return path === "" ? key : `${path}.${key}`;
}

/** What a Secret holds is as `contents` says: "below" where that which stands in clear elsewhere may be said. */
function textsOf({ type, inputs, outputs }: SecretBearer, made: boolean, contents: "marked" | "below"): Text[] {
    const found: Text[] = [];
    for (const side of [inputs, outputs]) {
        if (!side) continue;
        const { values, secretPaths } = side;
        const isSecret = type === "kubernetes:core/v1:Secret" || values["kind"] === "Secret";
        const marks = new Set(secretPaths);
        for (const [key, value] of Object.entries(values)) {
            const isContent = isSecret && CONTENTS.includes(key);
            const texts: Text[] = [];
            textsIn(value, joined("", key), isContent ? "below" : "clear", marks, made && !isContent, texts);
            if (isContent && key === "data") texts.push(...texts.map((one) => ({ ...one, value: decoded(one.value) })));
            found.push(...(isContent ? texts.map((one) => ({ ...one, secrecy: contents })) : texts));
        }
    }
    return found;
}

/** What is no text comes to no message. */
function decoded(base64: string): string {
    const text = Buffer.from(base64, "base64").toString();
    return text.includes("\ufffd") ? "" : text;
}

/**
 * A text that is marked, and what stands below a mark. An object is secret as a whole where one text of it was: of those,
 * what a component makes is known by the component's own arguments, and what stands in clear elsewhere is no secret.
 */
function secretOnes(resources: readonly SecretBearer[], contents: "marked" | "below"): string[] {
    // The real engine tells policies nothing of a component's arguments.
    const components = new Set(
        resources.filter(({ type, inputs }) => type.startsWith("gatehouse:index:") && inputs !== undefined).map(({ urn }) => urn),
    );
    const all = resources.flatMap((one) => textsOf(one, one.parent !== undefined && components.has(one.parent), contents));
    const clear = new Set(all.filter(({ secrecy }) => secrecy === "clear").map(({ value }) => value));
    return all
        .filter(({ secrecy, made, value }) => secrecy === "marked" || (secrecy === "below" && !made && !clear.has(value)))
        .map(({ value }) => value);
}

/** The forms in which a text comes to a message: hosts in lower case, a Service's host as the Service, JSON's escapes. */
function formsOf(text: string): string[] {
    const [, name, namespace] = /^([^.]+)\.([^.]+)\.svc(?:\.|$)/.exec(text) ?? [];
    const service = name === undefined ? [] : [`${namespace}/${name}`];
    return [text, text.toLowerCase(), JSON.stringify(text).slice(1, -1), encodeURI(Buffer.from(text).toString()), ...service];
}

export interface SecretTextOptions {
    /** Texts that are secret for another reason: of the configuration. */
    readonly more?: readonly string[];
    /**
     * Whether what a Secret holds is left out where the same text stands in clear elsewhere, too. A report can do without a
     * host that is some Secret's user name as well; an address that is to be opened cannot.
     */
    readonly contentsAlways?: boolean;
}

/** The secret texts of the resources in all forms; longest first, so that no part of one is left over. */
export function secretTexts(resources: readonly SecretBearer[], { more = [], contentsAlways = false }: SecretTextOptions = {}): string[] {
    const texts = [...secretOnes(resources, contentsAlways ? "marked" : "below"), ...more].filter((text) => text.length >= SHORTEST);
    return [...new Set([...new Set(texts)].flatMap(formsOf))].sort((a, b) => b.length - a.length);
}

/** The text without the ones that are secret. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
    return secrets.reduce((left, secret) => (left.includes(secret) ? left.replaceAll(secret, "(not shown)") : left), text);
}
