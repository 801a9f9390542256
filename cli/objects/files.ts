/** Objects as files: one YAML document each, under a name that says which object it is and stays the same from run to run. */
import { createHash } from "node:crypto";
import { stringify } from "yaml";
import type { KubeObject } from "../../istio";

export interface ObjectFile {
    readonly name: string;
    readonly text: string;
    /** Holds a secret: for the owner only. */
    readonly secret: boolean;
}

const LONGEST_NAME = 200;

/** `istio-ingress-gateway-webapp`; cluster-wide objects have no namespace in front. */
function plainName({ kind, metadata }: KubeObject): string {
    const parts = [...(metadata.namespace === undefined ? [] : [metadata.namespace]), kind, metadata.name];
    return parts.join("-").toLowerCase().replaceAll(/[^a-z0-9.-]/g, "_").replace(/^[.-]/, "_");
}

function identity({ apiVersion, kind, metadata }: KubeObject): string {
    return [apiVersion, kind, metadata.namespace ?? "", metadata.name].join("\n");
}

const hash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);

/**
 * File names of objects, in their order. Where two would share one (`a-b` and `c`, `a` and `b-c`; one kind of two
 * groups), each of them gets a hash of what it is: a name never depends on the order of the program.
 */
export function fileNames(objects: readonly KubeObject[]): string[] {
    const plain = objects.map(plainName);
    const uses = new Map<string, number>();
    for (const name of plain) uses.set(name, (uses.get(name) ?? 0) + 1);
    return objects.map((object, index) => {
        const name = plain[index] ?? "";
        const alone = uses.get(name) === 1 && name.length <= LONGEST_NAME;
        return `${alone ? name : `${name.slice(0, LONGEST_NAME)}-${hash(identity(object))}`}.yaml`;
    });
}

/** No anchors and no folded lines: what people read and compare. */
export function yamlText(object: KubeObject): string {
    return stringify(object, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** The files of a set of objects. */
export function objectFiles(objects: readonly KubeObject[]): ObjectFile[] {
    const names = fileNames(objects);
    return objects.map((object, index) => ({ name: names[index] ?? "", text: yamlText(object), secret: object.kind === "Secret" }));
}
