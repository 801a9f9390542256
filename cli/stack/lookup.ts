/** The file system as stack resolution sees it. */
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { hasManifest, type StackLookup } from "./resolve";

function stat(file: string): ReturnType<typeof statSync> | undefined {
    return statSync(file, { throwIfNoEntry: false });
}

/** The folder of this package: the nearest one above the running file that is named so. */
function packageRoot(): string {
    for (let folder = path.dirname(process.argv[1] ?? __filename); ; folder = path.dirname(folder)) {
        if (existsSync(path.join(folder, "cli", "gatehouse.js")) || path.dirname(folder) === folder) return folder;
    }
}

export function fileSystemLookup(): StackLookup {
    const isFile = (file: string): boolean => stat(file)?.isFile() ?? false;
    const isFolder = (folder: string): boolean => stat(folder)?.isDirectory() ?? false;
    return {
        cwd: process.cwd(),
        packageRoot: packageRoot(),
        isFile,
        isFolder,
        stacksBelow: (folder) =>
            isFolder(folder) ? readdirSync(folder).filter((name) => hasManifest(path.join(folder, name), { isFile })) : [],
    };
}
