/** What an argument of `analyze` means: a folder or file of objects, or a stack. */
import path from "node:path";
import { CommandError, EXIT } from "../exit";
import { hasManifest, MANIFESTS, resolveStack, type StackLookup } from "../stack/resolve";

export type Target =
    | { readonly kind: "path"; readonly path: string }
    /** A folder with a Pulumi.yaml. */
    | { readonly kind: "stack"; readonly dir: string };

/** An existing path wins; `stack:NAME` forces a stack; a folder with a Pulumi.yaml is one. */
export function resolveTarget(text: string, lookup: StackLookup): Target {
    const file = path.resolve(lookup.cwd, text);
    if (text.startsWith("stack:") || hasManifest(file, lookup) || MANIFESTS.includes(path.basename(file))) {
        return { kind: "stack", dir: resolveStack(text, lookup) };
    }
    if (lookup.isFile(file) || lookup.isFolder(file)) return { kind: "path", path: text };
    if (/[\\/]|\.(ya?ml|json)$/i.test(text)) throw new CommandError(EXIT.unable, `there is no file or folder ${JSON.stringify(text)}`);
    return { kind: "stack", dir: resolveStack(text, lookup) };
}
