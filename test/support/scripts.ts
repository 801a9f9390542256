/** The build's scripts, which are plain JavaScript, with their types. */
import path from "node:path";
import type { BuildOptions } from "esbuild";
import { root } from "./checkout";

interface Scripts {
    readonly bundle: { libraryOptions(entry: string, outfile: string, define?: Readonly<Record<string, string>>): BuildOptions };
    readonly image: { layOutImage(folder: string): void };
    readonly "release-image": { releaseImage(environment: Readonly<Record<string, string | undefined>>): Record<string, string> };
}

export function script<N extends keyof Scripts>(name: N): Scripts[N] {
    return require(path.join(root, "scripts", name)) as Scripts[N]; // oxlint-disable-line typescript/no-require-imports -- plain JavaScript without declarations
}
