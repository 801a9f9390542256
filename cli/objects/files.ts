/** Objects as files: one YAML document each, under a name that says which object it is and stays the same from run to run. */
import { stringify } from "yaml";
import { derivedNames, FILE_NAME, type KubeObject } from "../../istio";

export interface ObjectFile {
    readonly name: string;
    readonly text: string;
    /** Holds a secret: for the owner only. */
    readonly secret: boolean;
}

/** `istio-ingress-gateway-webapp`; cluster-wide objects have no namespace in front. */
function plainName({ kind, metadata }: KubeObject): string {
    const parts = [...(metadata.namespace === undefined ? [] : [metadata.namespace]), kind, metadata.name];
    return parts
        .join("-")
        .toLowerCase()
        .replaceAll(/[^a-z0-9.-]/g, "_")
        .replace(/^[.-]/, "_");
}

function identity({ apiVersion, kind, metadata }: KubeObject): string {
    return [apiVersion, kind, metadata.namespace ?? "", metadata.name].join("\n");
}

/**
 * File names of objects, in their order. Where two would share one (`a-b` and `c`, `a` and `b-c`; one kind of two
 * groups), each of them gets a hash of what it is: a name never depends on the order of the program.
 */
export function fileNames(objects: readonly KubeObject[]): string[] {
    const plain = new Map(objects.map((object) => [identity(object), plainName(object)]));
    return derivedNames(objects.map(identity), (text) => plain.get(text) ?? "", FILE_NAME).map((name) => `${name}.yaml`);
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
