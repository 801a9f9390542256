/** Names of images, as registries and Kubernetes read them: `registry.example:5000/team/gatehouse:1.2.3@sha256:…`. */

export interface ImageReference {
    /** `registry.example:5000`; undefined where the name has none. */
    readonly registry?: string;
    /** `registry.example:5000/team/gatehouse`. */
    readonly name: string;
    readonly tag?: string;
    /** `sha256:` and 64 hexadecimal digits. */
    readonly digest?: string;
}

const SHAPE = /^([^@]+?)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(.*))?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const MAX_NAME = 255;

/** The first part of a name is a registry where it could not be a folder of one. */
function isRegistry(part: string): boolean {
    return (part.includes(".") || part.includes(":") || part === "localhost") && HOST.test(part);
}

/** Undefined for what is no reference. */
export function parseReference(text: unknown): ImageReference | undefined {
    const [, name = "", tag, digest] = (typeof text === "string" && SHAPE.exec(text)) || [];
    const parts = name.split("/");
    const registry = parts.length > 1 && isRegistry(parts[0] ?? "") ? parts.shift() : undefined;
    if (name.length > MAX_NAME || !parts.every((part) => COMPONENT.test(part)) || (digest !== undefined && !DIGEST.test(digest)))
        return undefined;
    return {
        ...(registry === undefined ? {} : { registry }),
        name,
        ...(tag === undefined ? {} : { tag }),
        ...(digest === undefined ? {} : { digest }),
    };
}
