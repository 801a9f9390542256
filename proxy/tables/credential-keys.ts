/** The keys of SecretEntries: made of what they stand for, and read back into it. */
import { fileRef, refOfKind, type ObjectRef } from "../../istio/types";

const SECRET = "kubernetes://";
const FILES = "file://";

export function keyOfSecret(namespace: string, name: string): string {
    return `${SECRET}${namespace}/${name}`;
}

/** `~` stands between paths, and in none of them. */
export function keyOfFiles(...paths: readonly string[]): string {
    return FILES + paths.map((path) => path.replaceAll("%", "%25").replaceAll("~", "%7E")).join("~");
}

/** Of a name that can't be any credential's: there is never an entry for it. */
export function keyOfNothing(credentialName: string): string {
    return `invalid://${credentialName}`;
}

/** The Secret, or the first file, that a key stands for. */
export function objectOfKey(key: string): ObjectRef | undefined {
    if (key.startsWith(FILES)) {
        const [path = ""] = key.slice(FILES.length).split("~");
        const name = path.replaceAll("%7E", "~").replaceAll("%25", "%");
        return name === "" ? undefined : fileRef(name);
    }
    if (!key.startsWith(SECRET)) return undefined;
    const [namespace = "", name = "", ...more] = key.slice(SECRET.length).split("/");
    return namespace === "" || name === "" || more.length > 0 ? undefined : refOfKind("Secret", namespace, name);
}
