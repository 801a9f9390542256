/**
 * Names made from other texts: the one place where they are made. A name is what it reads like (`plain`) wherever that
 * is a name and no other text of the same list comes to it; else it gets a hash of its text, so that it is valid,
 * stable and its own. So nothing that has a good name is ever renamed for the sake of another rule.
 */
import { createHash } from "node:crypto";

/** RFC 1123 label: what Kubernetes takes as the name of a Service, a namespace or a volume. */
export const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
export const MAX_LABEL = 63;
/** RFC 1123 subdomain. */
export const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const HASH_LENGTH = 8;

/** What a name is for. */
export interface NameKind {
    readonly max: number;
    readonly shape: RegExp;
}
/** A volume, a Service, a namespace. */
export const LABEL_NAME: NameKind = { max: MAX_LABEL, shape: LABEL };
/** An object, as far as its kind asks for no less. */
export const OBJECT_NAME: NameKind = { max: 253, shape: SUBDOMAIN };

function digest(text: string, length: number): string {
    return createHash("sha256").update(text).digest("hex").slice(0, length);
}

/** What is left of a text that a name may hold: as much as there is room for, before a hash of the whole. */
function hashed(text: string, plain: string, { max }: NameKind, length: number): string {
    const kept = plain
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .slice(0, max - length - 1)
        .replace(/^-+|-+$/g, "");
    // A hash may begin with a digit, as a label may; a text of which nothing is left is a letter and its hash.
    return `${kept === "" ? "x" : kept}-${digest(text, length)}`;
}

/**
 * The names of several texts, one for each in their order; equal texts have one name. They depend on which texts there
 * are, never on their order. `others` are the names that somebody else has.
 */
export function derivedNames(
    texts: readonly string[],
    plainOf: (text: string) => string,
    kind: NameKind,
    others: Iterable<string> = [],
): string[] {
    const distinct = [...new Set(texts)].sort();
    const uses = new Map<string, number>();
    for (const text of distinct) uses.set(plainOf(text), (uses.get(plainOf(text)) ?? 0) + 1);
    const occupied = new Set(others);
    const good = (plain: string): boolean =>
        plain.length <= kind.max && kind.shape.test(plain) && uses.get(plain) === 1 && !occupied.has(plain);
    const names = new Map<string, string>();
    const taken = new Set([...occupied, ...distinct.map(plainOf).filter(good)]);
    for (const text of distinct) {
        const plain = plainOf(text);
        let name = plain;
        if (!good(plain)) {
            // Somebody may have called a thing what a hash comes to.
            for (let length = HASH_LENGTH; name === plain || taken.has(name); length += 1) name = hashed(text, plain, kind, length);
        }
        taken.add(name);
        names.set(text, name);
    }
    return texts.map((text) => names.get(text) as string);
}

/** The name of one text by itself. */
export function derivedName(text: string, kind: NameKind): string {
    return derivedNames([text], (plain) => plain, kind)[0] as string;
}

/**
 * Two texts with a word between them, each of which may hold hyphens: `a` and `x-b` joined by `b` read like `a-b-x` and
 * what ends in `-b` alone. What can be read in one way only is what it reads like; the rest has a hash of both behind it.
 */
export function joinedName(first: string, word: string, second: string): string {
    const plain = `${first}-${word}-${second}`;
    const isPlain = plain.indexOf(`-${word}-`) === plain.lastIndexOf(`-${word}-`) && !plain.endsWith(`-${word}`);
    return isPlain ? plain : `${plain}-${digest(JSON.stringify([first, second]), HASH_LENGTH)}`;
}

/** A file of its own in a folder. */
export const FILE_NAME: NameKind = { max: 200, shape: /^[a-z0-9_][a-z0-9._-]*$/ };

/** A stable piece of a resource name for a host: `*.example.com` is `wildcard-example-com`. */
export function slug(host: string): string {
    return host
        .toLowerCase()
        .replace(/^\*/, "wildcard")
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^-+|-+$/g, "");
}
